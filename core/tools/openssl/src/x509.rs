//! `openssl x509`: shows certificates, and signs requests.

use super::config::Config;
use super::context::{Context, Done};
use super::engine::ENGINE_OPTION;
use super::input;
use super::options::{Command, HELP, Parsed, Unknown, flag, number, value};
use super::signer::{self, Signer};
use super::{req, subject, text, texts, v3};
use hsmlab_crypto::cert::{Certificate, CertificateSpec, Version};
use hsmlab_crypto::chain::{self, Purpose};
use hsmlab_crypto::extension::Extension;
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::PublicKey;
use hsmlab_crypto::name::{Name, NameStyle};
use hsmlab_crypto::{oids, pem};
use hsmlab_sim::SimDuration;

/// `openssl x509`.
pub(super) const X509: Command = Command {
    name: "x509",
    usage: "x509 [options]",
    unknown: Unknown::Digest,
    options: &[
        HELP,
        value(
            "in",
            "Certificate input, or CSR input file with -req (default - stdin)",
        ),
        value("passin", "Private key and cert file pass-phrase source"),
        flag("new", "Generate a certificate from scratch"),
        flag("req", "Input is a CSR file (rather than a certificate)"),
        value("inform", "CSR input file format (DER or PEM)"),
        value("key", "Key for signing, and to include in certificate"),
        value("signkey", "Same as -key"),
        value("keyform", "Key input format"),
        value("out", "Output file - default stdout"),
        value("outform", "Output format (DER or PEM) - default PEM"),
        flag("nocert", "No cert output (except for requested printing)"),
        flag("noout", "No output (except for requested printing)"),
        flag("text", "Print the certificate in text form"),
        value("certopt", "Various certificate text printing options"),
        flag("fingerprint", "Print the certificate fingerprint"),
        flag("alias", "Print certificate alias"),
        flag("serial", "Print serial number value"),
        flag("startdate", "Print the notBefore field"),
        flag("enddate", "Print the notAfter field"),
        flag("dates", "Print both notBefore and notAfter fields"),
        flag("subject", "Print subject DN"),
        flag("issuer", "Print issuer DN"),
        value(
            "nameopt",
            "Certificate subject/issuer name printing options",
        ),
        flag("email", "Print email address(es)"),
        flag("hash", "Synonym for -subject_hash (for backward compat)"),
        flag("subject_hash", "Print subject hash value"),
        flag("issuer_hash", "Print issuer hash value"),
        value(
            "ext",
            "Restrict which X.509 extensions to print and/or copy",
        ),
        flag("purpose", "Print out certificate purposes"),
        flag("pubkey", "Print the public key in PEM format"),
        flag("modulus", "Print the RSA key modulus"),
        number(
            "checkend",
            "Check whether cert expires in the next arg seconds",
        ),
        value("checkhost", "Check certificate matches host"),
        value("set_serial", "Serial number to use, overrides -CAserial"),
        number(
            "days",
            "Number of days until newly generated certificate expires - default 30",
        ),
        flag("preserve_dates", "Preserve existing validity dates"),
        value("subj", "Set or override certificate subject (and issuer)"),
        value(
            "force_pubkey",
            "Key to be placed in new certificate or certificate request",
        ),
        flag(
            "clrext",
            "Do not take over any extensions from the source cert or request",
        ),
        value("extfile", "Config file with X509V3 extensions to add"),
        value(
            "extensions",
            "Section of extfile to use - default: unnamed section",
        ),
        value("sigopt", "Signature parameter, in n:v form"),
        value("CA", "Use the given CA certificate, conflicts with -key"),
        value("CAform", "CA cert format (PEM/DER/P12); has no effect"),
        value("CAkey", "The corresponding CA key; default is -CA arg"),
        value(
            "CAserial",
            "File that keeps track of CA-generated serial number",
        ),
        flag(
            "CAcreateserial",
            "Create CA serial number file if it does not exist",
        ),
        value(
            "copy_extensions",
            "copy extensions when converting from CSR to x509 or vice versa",
        ),
        ENGINE_OPTION,
    ],
    run: x509,
};

/// The validity in days of `x509 -req` without `-days`.
const DAYS: i64 = 30;

fn x509(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    if parsed.has("CA") && (parsed.has("key") || parsed.has("signkey")) {
        return cx.fail("Cannot use both -key and -CA option\n");
    }
    let signs = parsed.has("req") || parsed.has("CA") || parsed.has("key") || parsed.has("signkey");
    if signs {
        return sign(cx, parsed);
    }
    let certificate = input::certificate(cx, parsed.value("in"), "certificate")?;
    show(cx, parsed, &certificate)
}

/// Prints in the order in which the options were given; a repeated option counts at its last place.
fn show(cx: &mut Context<'_, '_>, parsed: &Parsed, certificate: &Certificate) -> Done {
    cx.check_writable(parsed.value("out"))?;
    let style = text::name_style(parsed.value("nameopt"));
    let hash = match &parsed.unknown {
        Some(_) => Some(req::digest(cx, parsed)?),
        None => None,
    };
    let mut shown: Vec<&str> = Vec::new();
    for (name, _) in &parsed.given {
        let names: &[&str] = if name == "dates" {
            &["startdate", "enddate"]
        } else {
            &[name.as_str()]
        };
        for &name in names {
            let name = if name == "subject_hash" { "hash" } else { name };
            shown.retain(|other| *other != name);
            shown.push(name);
        }
    }
    let mut out = String::new();
    for name in shown {
        out += &part(certificate, name, hash, style);
    }
    if let Some(names) = parsed.value("ext") {
        match chosen_extensions(certificate, names) {
            Some(lines) => out += &lines,
            None => cx.err("No extensions in certificate\n"),
        }
    }
    let mut status = Ok(());
    if let Some(seconds) = parsed.number("checkend") {
        let end = i128::from(certificate.not_after().unix_seconds());
        let limit = i128::from(cx.now().unix_seconds()) + i128::from(seconds);
        if end < limit {
            out += "Certificate will expire\n";
            status = Err(super::context::Stop::Exit(1));
        } else {
            out += "Certificate will not expire\n";
        }
        cx.write(parsed.value("out"), out.as_bytes())?;
        return status;
    }
    let quiet = parsed.has("noout") || parsed.has("nocert");
    write_certificate(cx, parsed, &out, (!quiet).then_some(certificate))
}

fn write_certificate(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    printed: &str,
    certificate: Option<&Certificate>,
) -> Done {
    let mut bytes = printed.as_bytes().to_vec();
    match certificate {
        Some(certificate) if input::is_der(parsed.value("outform")) => {
            bytes.extend_from_slice(certificate.der());
        }
        Some(certificate) => bytes.extend(certificate.to_pem().into_bytes()),
        None => {}
    }
    cx.write(parsed.value("out"), &bytes)
}

fn part(certificate: &Certificate, name: &str, hash: Option<Hash>, style: NameStyle) -> String {
    match name {
        "text" => text::certificate(certificate, style),
        "subject" => text::name_line("subject=", certificate.subject(), style),
        "issuer" => text::name_line("issuer=", certificate.issuer(), style),
        "serial" => format!("serial={}\n", text::serial_hex(certificate.serial())),
        "startdate" => format!("notBefore={}\n", text::time(certificate.not_before())),
        "enddate" => format!("notAfter={}\n", text::time(certificate.not_after())),
        "hash" => format!("{:08x}\n", name_hash(certificate.subject())),
        "issuer_hash" => format!("{:08x}\n", name_hash(certificate.issuer())),
        "pubkey" => pem::encode("PUBLIC KEY", certificate.spki_der()),
        "modulus" => {
            let otherwise = "No modulus for this public key type";
            req::modulus(certificate.public_key().ok(), otherwise)
        }
        "alias" => "<No Alias>\n".to_owned(),
        "email" => emails(certificate),
        "purpose" => purposes(certificate),
        "fingerprint" => {
            let digest = text::colons(&certificate.fingerprint(hash.unwrap_or(Hash::Sha1)));
            let label = hash.map_or("SHA1", Hash::name);
            format!("{label} Fingerprint={digest}\n")
        }
        _ => String::new(),
    }
}

/// Computes `X509_NAME_hash`: the first four bytes of the SHA-1 of the canonical name, little-endian.
fn name_hash(name: &Name) -> u32 {
    let digest = Hash::Sha1.digest(&name.canonical());
    digest
        .iter()
        .take(4)
        .rev()
        .fold(0, |n, &byte| (n << 8) | u32::from(byte))
}

fn emails(certificate: &Certificate) -> String {
    let in_name = certificate
        .subject()
        .rdns
        .iter()
        .flatten()
        .filter(|attribute| attribute.oid == oids::EMAIL)
        .map(|attribute| format!("{}\n", attribute.text()));
    let alternative = certificate
        .extension(oids::SUBJECT_ALT_NAME)
        .and_then(v3::alt_text)
        .unwrap_or_default();
    let in_extension = alternative
        .split(", ")
        .filter_map(|name| name.strip_prefix("email:"))
        .map(|address| format!("{address}\n"));
    in_name.chain(in_extension).collect()
}

/// Formats the extensions that `-ext` names; `None` if there are none.
fn chosen_extensions(certificate: &Certificate, names: &str) -> Option<String> {
    let wanted: Vec<&str> = names
        .split(',')
        .filter_map(|name| oids::by_name(name.trim()).map(|entry| entry.dotted))
        .collect();
    let chosen: Vec<Extension> = certificate
        .extensions()
        .iter()
        .filter(|extension| wanted.contains(&extension.oid.as_str()))
        .cloned()
        .collect();
    (!chosen.is_empty()).then(|| text::extensions(&chosen, 0))
}

fn purposes(certificate: &Certificate) -> String {
    use hsmlab_crypto::extension::KeyUsage;
    let usages = certificate.key_usage();
    let allows = |wanted: &[KeyUsage]| {
        usages
            .as_ref()
            .is_none_or(|has| wanted.iter().any(|usage| has.contains(usage)))
    };
    let extended = certificate.extended_key_usage();
    let for_purpose = |oid: &str| {
        extended
            .as_ref()
            .is_none_or(|has| has.iter().any(|it| it == oid))
    };
    let is_ca = chain::fits_purpose(certificate, Purpose::SslClient, true);
    let ca = |oid: &str| for_purpose(oid) && authority(certificate);
    let server = chain::fits_purpose(certificate, Purpose::SslServer, false);
    let mail = for_purpose(oids::EMAIL_PROTECTION);
    let stamp = extended
        .as_ref()
        .is_some_and(|has| has.len() == 1 && has.iter().any(|it| it == "1.3.6.1.5.5.7.3.8"));
    let encipher = allows(&[KeyUsage::KeyEncipherment]);
    let rows = [
        (
            "SSL client",
            chain::fits_purpose(certificate, Purpose::SslClient, false),
        ),
        ("SSL client CA", is_ca),
        ("SSL server", server),
        ("SSL server CA", ca(oids::SERVER_AUTH)),
        ("Netscape SSL server", server && encipher),
        ("Netscape SSL server CA", ca(oids::SERVER_AUTH)),
        (
            "S/MIME signing",
            mail && allows(&[KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]),
        ),
        ("S/MIME signing CA", ca(oids::EMAIL_PROTECTION)),
        ("S/MIME encryption", mail && encipher),
        ("S/MIME encryption CA", ca(oids::EMAIL_PROTECTION)),
        ("CRL signing", allows(&[KeyUsage::CrlSign])),
        ("CRL signing CA", authority(certificate)),
        ("Any Purpose", true),
        ("Any Purpose CA", true),
        ("OCSP helper", true),
        ("OCSP helper CA", authority(certificate)),
        ("Time Stamp signing", stamp),
        ("Time Stamp signing CA", authority(certificate)),
    ];
    let mut out = String::from("Certificate purposes:\n");
    for (name, yes) in rows {
        out += &format!("{name} : {}\n", if yes { "Yes" } else { "No" });
    }
    out
}

fn authority(certificate: &Certificate) -> bool {
    chain::is_authority(certificate)
}

/// The source of a new certificate's serial number.
enum Serial {
    Given(Vec<u8>),
    /// The next number of a serial file, which is then updated.
    Next(Vec<u8>, String),
    /// A random number, which starts a new serial file.
    Random(Option<String>),
}

fn sign(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let hash = req::digest(cx, parsed)?;
    // An invalid section is reported before anything else is read.
    let nobody = v3::Subject {
        key: None,
        issuer: None,
        issuer_key: None,
    };
    extensions(cx, parsed, &nobody, Vec::new())?;
    let passin = parsed.value("passin");
    let (subject, public, asked) = source(cx, parsed)?;
    let subject = match parsed.value("subj") {
        Some(text) => subject::parse_subject(cx, text)?,
        None => subject,
    };
    let public = match parsed.value("force_pubkey") {
        Some(path) => input::public_key(cx, Some(path), "explicitly set public key")?,
        None => public,
    };
    let issuer = match parsed.value("CA") {
        Some(path) => Some(input::certificate(cx, Some(path), "CA certificate")?),
        None => None,
    };
    let own_key = parsed.value("key").or(parsed.value("signkey"));
    let signer: Signer = match (&issuer, own_key) {
        (Some(certificate), _) => {
            let path = parsed.value("CAkey").or(parsed.value("CA"));
            let key = signer::load(cx, path, passin, "CA private key")?;
            if certificate.public_key().ok() != Some(key.public_key()) {
                return cx.fail(&format!(
                    "CA certificate and CA private key do not match\n{}",
                    texts::key_mismatch()
                ));
            }
            key
        }
        (None, Some(path)) => signer::load(cx, Some(path), passin, "private key")?,
        (None, None) => {
            let text =
                "We need a private key to sign with, use -key or -CAkey or -CA with private key\n";
            return cx.fail(text);
        }
    };
    let subject_key = v3::Subject {
        key: Some(&public),
        issuer: issuer.as_ref(),
        issuer_key: Some(&signer.public_key()),
    };
    let extensions = extensions(cx, parsed, &subject_key, asked)?;
    let serial = serial(cx, parsed)?;
    let Ok(days) = u64::try_from(parsed.number("days").unwrap_or(DAYS)) else {
        return cx.fail("x509: Non-positive number \"-days\"\n");
    };
    cx.check_writable(parsed.value("out"))?;
    let algorithm = req::signature_algorithm(cx, parsed, signer.kind(), hash)?;
    // No prompt may follow.
    let serial = settle_serial(cx, serial)?;
    let now = cx.now();
    let spec = CertificateSpec {
        version: if extensions.is_empty() {
            Version::V1
        } else {
            Version::V3
        },
        serial,
        subject: subject.clone(),
        key: public,
        not_before: now,
        not_after: now + SimDuration::from_days(days),
        extensions,
    };
    let name = issuer.as_ref().map_or(&subject, Certificate::subject);
    let certificate = req::sign_certificate(cx, &spec, name, &signer, algorithm)?;
    show_new(cx, parsed, &certificate)
}

fn show_new(cx: &mut Context<'_, '_>, parsed: &Parsed, certificate: &Certificate) -> Done {
    let style = text::name_style(parsed.value("nameopt"));
    let names = parsed.given.iter().map(|(name, _)| name.as_str());
    let mut out = String::new();
    for name in names.filter(|name| *name != "dates") {
        out += &part(certificate, name, None, style);
    }
    let quiet = parsed.has("noout") || parsed.has("nocert");
    write_certificate(cx, parsed, &out, (!quiet).then_some(certificate))
}

/// Returns the subject and key to certify, from a request or a certificate, and the requested extensions.
fn source(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done<(Name, PublicKey, Vec<Extension>)> {
    let path = parsed.value("in");
    let unusable = "Error getting public key from certificate request\n";
    if !parsed.has("req") {
        let certificate = input::certificate(cx, path, "certificate")?;
        return match certificate.public_key() {
            Ok(key) => Ok((
                certificate.subject().clone(),
                key,
                certificate.extensions().to_vec(),
            )),
            Err(_) => cx.fail(unusable),
        };
    }
    let failure = "Unable to load certificate request input\n";
    let request = input::request(cx, path, parsed.value("inform"), failure)?;
    if request.verify().is_err() {
        return cx.fail("Certificate request self-signature did not match the contents\n");
    }
    cx.err("Certificate request self-signature ok\n");
    let line = text::name_line("subject=", request.subject(), NameStyle::OneLine);
    cx.err(&line);
    let asked = match parsed.value("copy_extensions") {
        Some("copy" | "copyall") => request.extensions(),
        _ => Vec::new(),
    };
    match request.public_key() {
        Ok(key) => Ok((request.subject().clone(), key, asked)),
        Err(_) => cx.fail(unusable),
    }
}

fn extensions(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    subject: &v3::Subject<'_>,
    asked: Vec<Extension>,
) -> Done<Vec<Extension>> {
    let mut all = if parsed.has("clrext") {
        Vec::new()
    } else {
        asked
    };
    let Some(path) = parsed.value("extfile") else {
        return Ok(all);
    };
    let config = match cx.io.read_file(path) {
        Ok(bytes) => Config::parse(&String::from_utf8_lossy(&bytes)),
        Err(error) => return cx.fail(&texts::cannot_read(path, error)),
    };
    let named = parsed
        .value("extensions")
        .or(config.get("default", "extensions"));
    let section = named.unwrap_or("default");
    match v3::from_section(&config, section, subject) {
        Ok(extensions) => {
            all.retain(|old| !extensions.iter().any(|new| new.oid == old.oid));
            all.extend(extensions);
            Ok(all)
        }
        Err(lines) => cx.fail(&format!(
            "Error checking extension section {section}\n{lines}"
        )),
    }
}

fn serial(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done<Serial> {
    if let Some(text) = parsed.value("set_serial") {
        return Ok(Serial::Given(req::parse_serial(cx, text)?));
    }
    let Some(ca) = parsed.value("CA") else {
        return Ok(Serial::Random(None));
    };
    let explicit = parsed.value("CAserial").map(str::to_owned);
    if explicit.is_none() && !parsed.has("CAcreateserial") {
        // An existing file is still used; without one the serial number is random.
        let path = serial_path(ca);
        return match cx.io.read_file(&path) {
            Ok(_) => next_serial(cx, path),
            Err(_) => Ok(Serial::Random(None)),
        };
    }
    let path = explicit.unwrap_or_else(|| serial_path(ca));
    if cx.io.host.fs.exists(&cx.io.path(&path)) {
        return next_serial(cx, path);
    }
    if parsed.has("CAcreateserial") {
        return Ok(Serial::Random(Some(path)));
    }
    let error = hsmlab_shell::fs::FsError::NotFound;
    cx.fail(&texts::cannot_read_serial(&path, error))
}

/// The serial file of a CA: `customerCA.srl` for `customerCA.crt`.
fn serial_path(ca: &str) -> String {
    let (folder, file) = ca
        .rsplit_once('/')
        .map_or(("", ca), |(folder, file)| (folder, file));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if folder.is_empty() && !ca.starts_with('/') {
        format!("{stem}.srl")
    } else {
        format!("{folder}/{stem}.srl")
    }
}

fn next_serial(cx: &mut Context<'_, '_>, path: String) -> Done<Serial> {
    let text = match cx.io.read_file(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => return cx.fail(&texts::cannot_read(&path, error)),
    };
    match hex::decode(&text).ok().filter(|digits| !digits.is_empty()) {
        Some(mut digits) => {
            for byte in digits.iter_mut().rev() {
                let (next, over) = byte.overflowing_add(1);
                *byte = next;
                if !over {
                    break;
                }
            }
            Ok(Serial::Next(digits, path))
        }
        None => cx.fail(&format!("Unable to load number from {path}\n")),
    }
}

fn settle_serial(cx: &mut Context<'_, '_>, serial: Serial) -> Done<Vec<u8>> {
    let (digits, path) = match serial {
        Serial::Given(digits) => (digits, None),
        Serial::Next(digits, path) => (digits, Some(path)),
        Serial::Random(path) => (hsmlab_crypto::cert::build::random_serial(cx.rng()), path),
    };
    if let Some(path) = path {
        let text = format!("{}\n", hex::encode_upper(&digits));
        cx.write(Some(&path), text.as_bytes())?;
    }
    Ok(digits)
}
