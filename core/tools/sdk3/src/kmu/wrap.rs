//! Import and export of wrapped keys, and AES key wrap of files.

use serde_json::{Value, json};

use super::generate::{COMMON, Flags, done, failed, pair_flags, refuse, secret_flags, template};
use super::options::{Opt, Options, Spec, flag, may, may_number, number, text};
use super::session::{Code, Heading, Session, code, returned};
use super::transfer::{DEFAULT_IV, read, unwrap_in_hsm, wrap_in_hsm, write};
use crate::shared::attributes;
use hsmlab_proto::key::{Hash, KeyInfo, KeyType, WrapMechanism};
use hsmlab_proto::message::{Command, Reply, UnwrapKind};
use hsmlab_shell::process::Io;

const MECHANISM: Opt = number(
    "-m",
    "wrapping mechanism",
    "Wrapping mechanism",
    "specifies the mechanism: 4 = AES_KEY_WRAP_PAD_PKCS5, 5 = NIST_AES_WRAP_NO_PAD, 6 = NIST_AES_WRAP_PAD, 7 = RSA_AES, 8 = RSA_OAEP, 10 = AES_GCM, 11 = CLOUDHSM_AES_GCM, 12 = RSA_PKCS",
);
const HASH: Opt = may_number(
    "-t",
    "hash type",
    "specifies the hash: 2 = SHA1, 3 = SHA256, 4 = SHA384, 5 = SHA512, 6 = SHA224",
);
const AAD: Opt = may(
    "-aad",
    "file",
    "specifies the file with additional authenticated data",
);
const IV: Opt = may("-i", "IV", "specifies the IV in hex");
const IV_FILE: Opt = may("-iv_file", "IV file", "specifies the file for the IV");
const TAG: Opt = may_number("-tag_size", "bytes", "specifies the size of the tag");
const NO_HEADER: Opt = flag(
    "-noheader",
    "leaves the header with the key's attributes out",
);

/// `wrapKey`.
pub(super) const WRAP: Spec = Spec {
    name: "wrapKey",
    what: "Wrap a key of the HSM with another.",
    options: &[&[
        number(
            "-k",
            "key handle",
            "Key handle",
            "specifies the handle of the key to wrap",
        ),
        number(
            "-w",
            "wrapping key handle",
            "Wrapping key handle",
            "specifies the handle of the wrapping key",
        ),
        text(
            "-out",
            "file",
            "Output file",
            "specifies the file to write the wrapped key to",
        ),
        MECHANISM,
        HASH,
        AAD,
        NO_HEADER,
        IV,
        IV_FILE,
        TAG,
    ]],
};
/// `unWrapKey`.
pub(super) const UNWRAP: Spec = Spec {
    name: "unWrapKey",
    what: "Unwrap a key into the HSM.",
    options: &[
        &[
            text(
                "-f",
                "key file",
                "Key file",
                "specifies the file with the wrapped key",
            ),
            number(
                "-w",
                "wrapping key handle",
                "Wrapping key handle",
                "specifies the handle of the unwrapping key",
            ),
            MECHANISM,
            HASH,
            AAD,
            NO_HEADER,
            IV,
            IV_FILE,
            TAG,
            may(
                "-l",
                "key label",
                "specifies the key label (with -noheader)",
            ),
            may_number("-kt", "key type", "specifies the key type (with -noheader)"),
            may_number(
                "-kc",
                "key class",
                "specifies the key class (with -noheader)",
            ),
        ],
        &COMMON,
    ],
};
/// `aesWrapUnwrap`.
pub(super) const AES: Spec = Spec {
    name: "aesWrapUnwrap",
    what: "Does NIST AES Wrap/Unwrap of a file.",
    options: &[&[
        number(
            "-m",
            "1/0",
            "Wrap/unwrap mode",
            "specifies to wrap (1) or to unwrap (0)",
        ),
        text("-f", "file", "Input file", "specifies the file"),
        number(
            "-w",
            "wrapping key handle",
            "Wrapping key handle",
            "specifies the handle of an AES key",
        ),
        may("-i", "IV", "specifies the IV in hex"),
        may("-out", "file", "specifies the file to write the result to"),
    ]],
};

/// The first bytes of a wrapped file with a header. The tool's own header is not published; this
/// one is the lab's.
const MARK: &[u8] = b"HSMLAB-WRAPPED-KEY\n";

/// The mechanism of the options; `None`: the tool has printed the error.
fn mechanism(
    io: &mut Io<'_>,
    options: &Options,
    iv: Vec<u8>,
    tag: Option<u32>,
) -> Option<WrapMechanism> {
    // Guess: the default hash.
    let hash = match options.number("-t").unwrap_or(3) {
        2 => Hash::Sha1,
        3 => Hash::Sha256,
        4 => Hash::Sha384,
        5 => Hash::Sha512,
        6 => Hash::Sha224,
        _ => {
            io.out("\n\tError: Invalid hash type specified.\n");
            return None;
        }
    };
    let aad = if options.has("-aad") {
        read(io, options.text("-aad"))?.to_vec()
    } else {
        Vec::new()
    };
    let tag_bits = tag
        .or_else(|| options.number("-tag_size"))
        .unwrap_or(16)
        .saturating_mul(8);
    Some(match options.number("-m") {
        Some(4) => WrapMechanism::AesPkcs5Pad,
        Some(5) => WrapMechanism::AesNoPad,
        Some(6) => WrapMechanism::AesZeroPad,
        Some(7) => WrapMechanism::RsaAes { hash, mgf: hash },
        Some(8) => WrapMechanism::RsaOaep { hash, mgf: hash },
        Some(10) => WrapMechanism::AesGcm { tag_bits, aad, iv },
        Some(11) => WrapMechanism::CloudhsmAesGcm { tag_bits, aad },
        Some(12) => WrapMechanism::RsaPkcs,
        _ => {
            io.out("\n\tError: Invalid wrapping mechanism specified.\n");
            return None;
        }
    })
}

fn header(key: &KeyInfo, iv: &[u8], tag: u32) -> Vec<u8> {
    let attributes = &key.attributes;
    let value = json!({
        "key-type": attributes::key_type(attributes.key_type),
        "key-class": attributes::class(attributes.class),
        "label": attributes.label,
        "id": hex::encode(&attributes.id),
        "iv": hex::encode(iv),
        "tag-size": tag,
    });
    [MARK, value.to_string().as_bytes(), b"\n"].concat()
}

/// `wrapKey`.
pub(super) fn wrap(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let function = "Cfm2WrapKey";
    let Some(mechanism) = mechanism(io, options, Vec::new(), None) else {
        return;
    };
    let payload = options.handle("-k");
    let key = match session.key(io, payload) {
        Ok(key) => key,
        Err(code) => return failed(io, function, &code, &[]),
    };
    let command = Command::Wrap {
        payload,
        wrapping: options.handle("-w"),
        mechanism,
    };
    let (iv, wrapped) = match session.one(io, &command) {
        Ok((_, Reply::Wrapped { iv, wrapped })) => (iv, wrapped),
        Ok(_) => return,
        Err((code, states)) => return failed(io, function, &code, &states),
    };
    let file = options.text("-out");
    let bytes = if options.has("-noheader") {
        if options.has("-iv_file") && !write(io, options.text("-iv_file"), &iv) {
            return;
        }
        wrapped
    } else {
        let tag = options.number("-tag_size").unwrap_or(16);
        [header(&key, &iv, tag), wrapped].concat()
    };
    if write(io, file, &bytes) {
        // The guide's sample does not close the quotation mark either.
        io.out(format!(
            "\n        Key Wrapped.\n\n        Wrapped Key written to file \"{file} length {}\n\n        {}",
            bytes.len(),
            returned(function, &code(Some(&Ok(()))))
        ));
    }
}

/// The content of a wrapped file, and the type of the wrapped key.
struct Wrapped {
    key_type: u64,
    class: u64,
    label: String,
    id: Vec<u8>,
    iv: Vec<u8>,
    tag: Option<u32>,
    bytes: Vec<u8>,
}

/// Reads a file with a header.
fn with_header(bytes: &[u8]) -> Option<Wrapped> {
    let rest = bytes.strip_prefix(MARK)?;
    let at = rest.iter().position(|byte| *byte == b'\n')?;
    let (head, wrapped) = rest.split_at_checked(at)?;
    let head: Value = serde_json::from_slice(head).ok()?;
    let text = |name: &str| head.get(name)?.as_str();
    Some(Wrapped {
        key_type: head.get("key-type")?.as_u64()?,
        class: head.get("key-class")?.as_u64()?,
        label: text("label")?.to_owned(),
        id: hex::decode(text("id")?).ok()?,
        iv: hex::decode(text("iv")?).ok()?,
        tag: head
            .get("tag-size")?
            .as_u64()
            .and_then(|tag| u32::try_from(tag).ok()),
        bytes: wrapped.get(1..)?.to_vec(),
    })
}

/// The same for a file without a header, from the options.
fn without_header(io: &mut Io<'_>, options: &Options, bytes: Vec<u8>) -> Option<Wrapped> {
    for (flag, what) in [
        ("-l", "Key label"),
        ("-kt", "Key type"),
        ("-kc", "Key class"),
    ] {
        if !options.has(flag) {
            io.out(format!("\n\tError: {what} ({flag}) is missing.\n"));
            return None;
        }
    }
    let iv = if options.has("-iv_file") {
        read(io, options.text("-iv_file"))?.to_vec()
    } else {
        iv_of(io, options)?.unwrap_or_default()
    };
    Some(Wrapped {
        key_type: options.number("-kt").unwrap_or(u64::MAX),
        class: options.number("-kc").unwrap_or(u64::MAX),
        label: options.text("-l").to_owned(),
        id: options.text("-id").as_bytes().to_vec(),
        iv,
        tag: None,
        bytes,
    })
}

/// The IV of `-i`; outer `None`: it is not hex, and the message has been printed.
#[allow(clippy::option_option, reason = "not given, given, wrong")]
fn iv_of(io: &mut Io<'_>, options: &Options) -> Option<Option<Vec<u8>>> {
    if !options.has("-i") {
        return Some(None);
    }
    let text = options.text("-i");
    match hex::decode(text.strip_prefix("0x").unwrap_or(text)) {
        Ok(iv) => Some(Some(iv)),
        Err(_) => {
            io.out("\n\tError: Invalid IV (-i) specified.\n");
            None
        }
    }
}

/// `unWrapKey`.
pub(super) fn unwrap(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(bytes) = read(io, options.text("-f")) else {
        return;
    };
    let bare = options.has("-noheader");
    let read = if bare {
        without_header(io, options, bytes.to_vec())
    } else {
        let read = with_header(&bytes);
        if read.is_none() {
            // Guess: not published.
            io.out("\n\tError: The file has no header: use -noheader.\n");
        }
        read
    };
    let Some(wrapped) = read else {
        return;
    };
    let (kind, flags): (UnwrapKind, Flags) = match (wrapped.key_type, wrapped.class) {
        (31, 4) => (UnwrapKind::Aes, secret_flags(KeyType::Aes)),
        (16, 4) => (
            UnwrapKind::GenericSecret,
            secret_flags(KeyType::GenericSecret),
        ),
        (0, 3) => (UnwrapKind::RsaPrivate, pair_flags(true).1),
        (3, 3) => (UnwrapKind::EcPrivate, pair_flags(false).1),
        _ => return io.out("\n\tError: Invalid key type or class specified.\n"),
    };
    let Some(mechanism) = mechanism(io, options, wrapped.iv, wrapped.tag) else {
        return;
    };
    let mut template = match template(session, io, options, flags) {
        Ok(template) => template,
        Err(code) => return refuse(io, "Cfm3UnWrapKey", code),
    };
    template.label = wrapped.label;
    template.id = wrapped.id;
    let function = if bare {
        "Cfm2UnWrapWithTemplate3"
    } else {
        "Cfm3UnWrapKey"
    };
    if bare {
        let ok = code(Some(&Ok(())));
        io.out(format!(
            "\n        {}",
            returned("Cfm3CreateUnwrapTemplate2", &ok)
        ));
    }
    let in_session = template.session;
    let command = Command::Unwrap {
        wrapping: options.handle("-w"),
        mechanism,
        wrapped: wrapped.bytes,
        kind,
        template,
    };
    match session.make(io, &command, in_session) {
        Ok(made) => {
            let handle = made.keys.first().map_or(0, |key| key.handle);
            let report = format!("Key Unwrapped.  Key Handle: {handle}");
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

/// `aesWrapUnwrap`.
pub(super) fn aes(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let wraps = match options.number("-m") {
        Some(1) => true,
        Some(0) => false,
        _ => {
            io.out("\n\tError: Invalid mode (-m) specified.\n");
            return super::options::help(&AES, io);
        }
    };
    let Some(given) = iv_of(io, options) else {
        return;
    };
    let iv = match given {
        None => {
            io.out(
                "\n        Warning: IV (-i) is missing.\n                 0xA6A6A6A6A6A6A6A6 is considered as default IV\n",
            );
            DEFAULT_IV
        }
        Some(iv) => match <[u8; 8]>::try_from(iv.as_slice()) {
            Ok(iv) => iv,
            Err(_) => return io.out("\n\tError: Invalid IV (-i) specified.\n"),
        },
    };
    let Some(bytes) = read(io, options.text("-f")) else {
        return;
    };
    let wrapping = options.handle("-w");
    let (function, done): (_, Result<_, Code>) = if wraps {
        let done = wrap_in_hsm(session, io, wrapping, iv, &bytes);
        ("Cfm3WrapHostKey", done)
    } else {
        let done = unwrap_in_hsm(session, io, wrapping, iv, &bytes);
        ("Cfm3UnWrapHostKey", done)
    };
    let result = match done {
        Ok(data) => {
            let lines: Vec<String> = data
                .expose()
                .chunks(8)
                .map(|line| {
                    let bytes: Vec<String> =
                        line.iter().map(|byte| format!("{byte:02X}")).collect();
                    bytes.join(" ")
                })
                .collect();
            io.out(format!("result data:\n{}\n", lines.join("\n")));
            if options.has("-out") {
                let file = options.text("-out");
                if !write(io, file, data.expose()) {
                    return;
                }
                io.out(format!("\nresult written to file {file}\n"));
            }
            code(Some(&Ok(())))
        }
        Err(code) => code,
    };
    io.out(format!("\n        {}", returned(function, &result)));
}
