//! Key generation.

use super::options::{Opt, Options, Spec, flag, may, may_number, number, text};
use super::session::{Code, Heading, Session, cluster, code_of, returned};
use hsmlab_client::nodes::{Made, NodeState};
use hsmlab_crypto::cert::Certificate;
use hsmlab_proto::key::{Curve, Flag, KeyType, Template};
use hsmlab_proto::message::{Command, Fault, PairKind, Reply};
use hsmlab_proto::sdk3::{CertificateKind, Sdk3Command, Sdk3Reply};
use hsmlab_shell::process::Io;
use hsmlab_sim::SimDuration;

const LABEL: Opt = text("-l", "label", "Key label", "specifies the key label");

/// The options that every command for a new key accepts.
pub(super) const COMMON: [Opt; 8] = [
    may("-id", "key ID", "specifies key ID"),
    may_number(
        "-min_srv",
        "minimum number of servers",
        "specifies the number of servers that must have the key within -timeout",
    ),
    may_number(
        "-m_value",
        "0..8",
        "specifies the number of users to approve for any key service",
    ),
    flag("-nex", "set the key as non-extractable"),
    flag("-sess", "specifies key as session key"),
    may_number(
        "-timeout",
        "number of seconds",
        "specifies the number of seconds to wait for -min_srv",
    ),
    may(
        "-u",
        "user-ids",
        "specifies the list of users to share with (separated by ,)",
    ),
    flag(
        "-attest",
        "performs the attestation check on the firmware response",
    ),
];

/// `genSymKey`.
pub(super) const SYMMETRIC: Spec = Spec {
    name: "genSymKey",
    what: "Generate Symmetric keys specifying key type, key size and key label.",
    options: &[
        &[
            number(
                "-t",
                "key type",
                "Key type",
                "specifies the key type: 16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES",
            ),
            number(
                "-s",
                "key size",
                "Key size",
                "specifies the key size in bytes",
            ),
            LABEL,
        ],
        &COMMON,
    ],
};
/// `genRSAKeyPair`.
pub(super) const RSA: Spec = Spec {
    name: "genRSAKeyPair",
    what: "Generate an RSA key pair specifying modulus length, public exponent and key label.",
    options: &[
        &[
            number(
                "-m",
                "modulus length",
                "Modulus size",
                "specifies the modulus length",
            ),
            number(
                "-e",
                "public exponent",
                "Public exponent",
                "specifies the public exponent",
            ),
            LABEL,
        ],
        &COMMON,
    ],
};
/// `genECCKeyPair`.
pub(super) const ECC: Spec = Spec {
    name: "genECCKeyPair",
    what: "Generate ECC key pair specifying the curve id and key label.",
    options: &[
        &[
            number(
                "-i",
                "EC curve id",
                "Curve id",
                "specifies the Curve ID: 2 = prime256v1, 14 = secp384r1, 16 = secp256k1",
            ),
            LABEL,
        ],
        &COMMON,
    ],
};

/// The curves of the utility's list, by number; `Some` for those that the HSM supports.
pub(super) const CURVES: [(u32, &str, Option<Curve>); 16] = [
    (1, "NID_X9_62_prime192v1", None),
    (2, "NID_X9_62_prime256v1", Some(Curve::P256)),
    (3, "NID_sect163k1", None),
    (4, "NID_sect163r2", None),
    (5, "NID_sect233k1", None),
    (6, "NID_sect233r1", None),
    (7, "NID_sect283k1", None),
    (8, "NID_sect283r1", None),
    (9, "NID_sect409k1", None),
    (10, "NID_sect409r1", None),
    (11, "NID_sect571k1", None),
    (12, "NID_sect571r1", None),
    (13, "NID_secp224r1", Some(Curve::P224)),
    (14, "NID_secp384r1", Some(Curve::P384)),
    (15, "NID_secp521r1", Some(Curve::P521)),
    (16, "NID_secp256k1", Some(Curve::K256)),
];

/// Flags of a new key.
pub(super) type Flags = Vec<(Flag, bool)>;

/// The usage flags of a secret key that this tool makes (the attribute files in
/// "`key_mgmt_util-genSymKey`").
pub(super) fn secret_flags(key_type: KeyType) -> Flags {
    let on = key_type == KeyType::Aes;
    vec![
        (Flag::Encrypt, on),
        (Flag::Decrypt, on),
        (Flag::Wrap, on),
        (Flag::Unwrap, on),
        (Flag::Sign, false),
        (Flag::Verify, false),
    ]
}

/// The same for the parts of a pair ("`key_mgmt_util-genRSAKeyPair`", "-genECCKeyPair").
pub(super) fn pair_flags(rsa: bool) -> (Flags, Flags) {
    let mut public = vec![(Flag::Verify, true)];
    let mut private = vec![(Flag::Sign, true)];
    if rsa {
        public.extend([(Flag::Encrypt, true), (Flag::Wrap, true)]);
        private.extend([(Flag::Decrypt, true), (Flag::Unwrap, true)]);
    }
    (public, private)
}

/// The attributes of a new key from its options.
///
/// # Errors
/// An HSM's refusal, or `None` if the tool itself has printed the reason.
pub(super) fn template(
    session: &mut Session,
    io: &mut Io<'_>,
    options: &Options,
    mut flags: Flags,
) -> Result<Template, Option<Code>> {
    let mut complain = |text: &str| {
        io.out(format!("\n\tError: {text}\n"));
        Err(None)
    };
    if options.has("-timeout") && !options.has("-min_srv") {
        return complain("Minimum servers (-min_srv) option is missing");
    }
    if options.has("-sess") && options.has("-u") {
        return complain("sharing session keys is not allowed");
    }
    if options.number::<u32>("-m_value").unwrap_or(0) > 0 {
        return complain("hsmlab: this lab's key_mgmt_util does not have key quorums (-m_value)");
    }
    let mut share_with = Vec::new();
    if options.has("-u") {
        let users = session.users(io).map_err(Some)?;
        for id in options.text("-u").split(',') {
            let id: u32 = id.trim().parse().unwrap_or(0);
            let user = users.iter().find(|user| user.id == id);
            let user = user.ok_or_else(|| Some(code_of(&Fault::NoSuchUser)))?;
            share_with.push(user.username.clone());
        }
    }
    if options.has("-nex") {
        flags.push((Flag::Extractable, false));
    }
    Ok(Template {
        label: options.text("-l").to_owned(),
        id: options.text("-id").as_bytes().to_vec(),
        flags,
        session: options.has("-sess"),
        share_with,
        quorum: None,
    })
}

/// `genSymKey`.
pub(super) fn symmetric(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let function = "Cfm3GenerateSymmetricKey";
    let key_type = match options.number("-t") {
        Some(31) => KeyType::Aes,
        Some(16) => KeyType::GenericSecret,
        // RC4 is refused in FIPS mode. Triple DES has not been allowed in it since 2023 (User
        // Guide, "compliance-dep-notif"); the lab's HSMs support neither.
        Some(18 | 21) => return failed(io, function, &code_of(&Fault::NotInFips), &[]),
        _ => {
            io.out("\n\tError: Invalid key type specified.\n");
            return super::options::help(&SYMMETRIC, io);
        }
    };
    let template = match template(session, io, options, secret_flags(key_type)) {
        Ok(template) => template,
        Err(code) => return refuse(io, function, code),
    };
    let in_session = template.session;
    let command = Command::GenerateSymmetric {
        key_type,
        length_bytes: options.number("-s").unwrap_or(u32::MAX),
        template,
    };
    match session.make(io, &command, in_session) {
        Ok(made) => {
            let handle = made.keys.first().map_or(0, |key| key.handle);
            let report = format!("Symmetric Key Created.  Key Handle: {handle}");
            done(
                session,
                io,
                options,
                function,
                &report,
                Heading::Usual,
                &made,
            );
        }
        Err((code, states)) => failed(io, function, &code, &states),
    }
}

/// `genRSAKeyPair`, `genECCKeyPair`.
pub(super) fn pair(session: &mut Session, io: &mut Io<'_>, options: &Options, rsa: bool) {
    let function = "Cfm3GenerateKeyPair";
    let kind = if rsa {
        PairKind::Rsa {
            bits: options.number("-m").unwrap_or(u32::MAX),
            exponent: options.number("-e").unwrap_or(u64::MAX),
        }
    } else {
        let id = options.number::<u32>("-i");
        match CURVES.iter().find(|(number, _, _)| Some(*number) == id) {
            Some((_, _, Some(curve))) => PairKind::Ec(*curve),
            Some((_, _, None)) => {
                // As in the guide's sample, the HSM refuses, and the nodes are called unavailable.
                let code = code_of(&Fault::NotInFips);
                let answers = session.all(io, &Command::Info);
                let states: Vec<NodeState> = answers.iter().map(|(id, _)| (*id, None)).collect();
                return failed(io, function, &code, &states);
            }
            None => {
                io.out("\n\tError: Invalid EC Curve ID.\n\nThe following are the HSM supported ECC Curves\n");
                io.out(curves());
                return;
            }
        }
    };
    let (public_flags, private_flags) = pair_flags(rsa);
    let private = match template(session, io, options, private_flags) {
        Ok(template) => template,
        Err(code) => return refuse(io, function, code),
    };
    // Public keys are always extractable, and belong to everyone.
    let public = Template {
        flags: public_flags,
        share_with: Vec::new(),
        ..private.clone()
    };
    let in_session = private.session;
    let command = Command::GeneratePair {
        kind,
        public,
        private,
    };
    let heading = if rsa { Heading::Rsa } else { Heading::Usual };
    match session.make(io, &command, in_session) {
        Ok(made) => {
            let handle = |at: usize| made.keys.get(at).map_or(0, |key| key.handle);
            let report = format!(
                "Cfm3GenerateKeyPair:    public key handle: {}    private key handle: {}",
                handle(0),
                handle(1)
            );
            done(session, io, options, function, &report, heading, &made);
        }
        Err((code, states)) => failed(io, function, &code, &states),
    }
}

/// The listing of curves.
pub(super) fn curves() -> String {
    let lines: Vec<String> = CURVES
        .iter()
        .map(|(number, name, _)| format!("\n      {name:<24} - {number}"))
        .collect();
    lines.concat() + "\n"
}

/// Prints an HSM's refusal; the tool's own has been printed already.
pub(super) fn refuse(io: &mut Io<'_>, function: &str, code: Option<Code>) {
    if let Some(code) = code {
        failed(io, function, &code, &[]);
    }
}

/// Prints a failure.
pub(super) fn failed(io: &mut Io<'_>, function: &str, code: &Code, states: &[NodeState]) {
    io.out(format!("\n        {}", returned(function, code)));
    if !states.is_empty() {
        io.out(cluster(Heading::Usual, states));
    }
}

/// Prints that keys were made, and makes sure that enough HSMs hold them.
pub(super) fn done(
    session: &mut Session,
    io: &mut Io<'_>,
    options: &Options,
    function: &str,
    report: &str,
    heading: Heading,
    made: &Made,
) {
    let ok = super::session::code(Some(&Ok(())));
    io.out(format!(
        "\n        {}\n        {report}\n",
        returned(function, &ok)
    ));
    if options.has("-attest") {
        let passed = attest(session, io);
        let word = if passed { "PASS" } else { "FAIL" };
        io.out(format!("\n        Attestation Check : [{word}]\n"));
    }
    io.out(cluster(heading, &made.states));
    if !options.has("-sess") {
        keep(session, io, options, made);
    }
}

/// Compares the number of HSMs that hold the keys with `-min_srv` and the configuration: the larger
/// value counts (User Guide of 2023, "manage-key-sync"). The text is from the utility's public
/// source. Guess: without `-timeout`, the tool waits forever; the lab's waits one minute.
fn keep(session: &mut Session, io: &mut Io<'_>, options: &Options, made: &Made) {
    let asked = options.number::<usize>("-min_srv").unwrap_or(1);
    let wanted = asked.max(session.minimum());
    let holders = made
        .states
        .iter()
        .filter(|(_, state)| matches!(state, Some(Ok(()))))
        .count();
    if holders >= wanted {
        return;
    }
    if holders == made.states.len() {
        io.out(format!(
            "\n Not a valid min_srv count, please check the number of servers in cluster !!\n \
             Key generation succesful in all servers {holders} present in the cluster\n"
        ));
        return;
    }
    let seconds = options.number("-timeout").unwrap_or(60).min(3600);
    io.sys.sleep(SimDuration::from_seconds(seconds));
    for key in &made.keys {
        let states = session.spread(io, key.handle);
        let reached = states
            .iter()
            .filter(|(_, state)| matches!(state, Some(Ok(()))))
            .count();
        io.out(format!(
            "\n        Checking key status ({seconds} seconds)..\n"
        ));
        io.out(cluster(Heading::Usual, &states));
        if reached >= wanted {
            continue;
        }
        io.out(format!(
            "Couldn't verify key sync on {wanted} servers\nRolling back\n"
        ));
        super::find::delete(session, io, key.handle);
    }
}

/// True if the HSM's certificate leads to the manufacturer: the partition's, the hardware's, the
/// root.
fn attest(session: &mut Session, io: &mut Io<'_>) -> bool {
    let mut chain = Vec::new();
    for kind in [
        CertificateKind::ClusterOfManufacturer,
        CertificateKind::ManufacturerHardware,
        CertificateKind::ManufacturerRoot,
    ] {
        let command = Command::Sdk3(Sdk3Command::Certificate(kind));
        let Ok((_, Reply::Sdk3(Sdk3Reply::Certificate(pem)))) = session.one(io, &command) else {
            return false;
        };
        let Ok(certificate) = Certificate::from_pem(&pem) else {
            return false;
        };
        chain.push(certificate);
    }
    chain.windows(2).all(|pair| {
        let [certificate, issuer] = pair else {
            return false;
        };
        issuer
            .public_key()
            .is_ok_and(|key| certificate.verify(&key).is_ok())
    })
}
