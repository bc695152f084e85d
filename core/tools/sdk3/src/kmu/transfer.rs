//! Import and export of keys as plain files, with a wrapping key on the way.

use zeroize::Zeroizing;

use super::generate::{COMMON, Flags, done, failed, pair_flags, refuse, secret_flags, template};
use super::options::{Opt, Options, Spec, may, may_number, number, text};
use super::session::{Code, Heading, Session, code, code_of, returned};
use hsmlab_client::export::public_pem;
use hsmlab_crypto::seal::{self, KeyWrap};
use hsmlab_crypto::secret::Secret as Plain;
use hsmlab_crypto::{keyfile, keys::KeyKind, keys::PublicKey, pem};
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_proto::key::{KeyType, WrapMechanism};
use hsmlab_proto::message::{Command, Fault, Reply, UnwrapKind};
use hsmlab_proto::sdk3::{Sdk3Command, Sdk3Reply};
use hsmlab_shell::process::Io;

/// RFC 3394's initial value.
pub(super) const DEFAULT_IV: [u8; 8] = [0xa6; 8];

const KEY: Opt = number("-k", "key handle", "Key handle", "specifies the key handle");
const WRAPPING: Opt = number(
    "-w",
    "wrapping key handle",
    "Wrapping key handle",
    "specifies the handle of an AES key that wraps",
);
const OUT: Opt = text(
    "-out",
    "key file",
    "Output file",
    "specifies the file to write the key to",
);
const FILE: Opt = text(
    "-f",
    "key file",
    "Key file",
    "specifies the file with the key",
);
const LABEL: Opt = text("-l", "label", "Key label", "specifies the key label");
const HOST_KEY: Opt = may(
    "-wk",
    "wrapping key file",
    "specifies the file with the wrapping key in plain",
);

/// `exSymKey`.
pub(super) const EXPORT_SYMMETRIC: Spec = Spec {
    name: "exSymKey",
    what: "Export a symmetric key from the HSM in plain.",
    options: &[&[
        KEY,
        WRAPPING,
        OUT,
        may_number("-m", "4", "specifies the wrapping mechanism"),
        HOST_KEY,
    ]],
};
/// `exportPrivateKey`.
pub(super) const EXPORT_PRIVATE: Spec = Spec {
    name: "exportPrivateKey",
    what: "Export a private key from the HSM in plain.",
    options: &[&[
        KEY,
        WRAPPING,
        OUT,
        may_number("-m", "4", "specifies the wrapping mechanism"),
        HOST_KEY,
    ]],
};
/// `exportPubKey`.
pub(super) const EXPORT_PUBLIC: Spec = Spec {
    name: "exportPubKey",
    what: "Export a public key.",
    options: &[&[KEY, OUT]],
};
/// `imSymKey`.
pub(super) const IMPORT_SYMMETRIC: Spec = Spec {
    name: "imSymKey",
    what: "Import a symmetric key into the HSM.",
    options: &[
        &[
            FILE,
            WRAPPING,
            number(
                "-t",
                "key type",
                "Key type",
                "specifies the key type: 16 = GENERIC_SECRET, 31 = AES",
            ),
            LABEL,
            HOST_KEY,
        ],
        &COMMON,
    ],
};
/// `importPrivateKey`.
pub(super) const IMPORT_PRIVATE: Spec = Spec {
    name: "importPrivateKey",
    what: "Import a private key into the HSM.",
    options: &[&[LABEL, FILE, WRAPPING, HOST_KEY], &COMMON],
};
/// `importPubKey`.
pub(super) const IMPORT_PUBLIC: Spec = Spec {
    name: "importPubKey",
    what: "Import a public key into the HSM.",
    options: &[&[LABEL, FILE], &COMMON],
};

/// Reads a file of a command; prints a message if it cannot.
pub(super) fn read(io: &mut Io<'_>, file: &str) -> Option<Zeroizing<Vec<u8>>> {
    match io.read_file(file) {
        Ok(bytes) => Some(Zeroizing::new(bytes.to_vec())),
        Err(_) => {
            io.out(format!(
                "\n\tWARNING: Failed to read from the file \"{file}\".\n"
            ));
            None
        }
    }
}

/// Writes a file of a command; prints a message if it cannot.
pub(super) fn write(io: &mut Io<'_>, file: &str, bytes: &[u8]) -> bool {
    match io.write_file(file, bytes) {
        Ok(()) => true,
        Err(error) => {
            io.out(format!(
                "\n\tError: Failed to write file {file}: {}\n",
                error.text()
            ));
            false
        }
    }
}

/// The key in the file of `-wk`.
fn host_key(io: &mut Io<'_>, options: &Options) -> Result<Option<Plain>, ()> {
    if !options.has("-wk") {
        return Ok(None);
    }
    let bytes = read(io, options.text("-wk")).ok_or(())?;
    Ok(Some(Plain::new(bytes.to_vec())))
}

/// AES key wrap of data under a key of the HSM.
pub(super) fn wrap_in_hsm(
    session: &mut Session,
    io: &mut Io<'_>,
    wrapping: Handle,
    iv: [u8; 8],
    data: &[u8],
) -> Result<Secret, Code> {
    let command = Command::Sdk3(Sdk3Command::AesWrap {
        wrapping,
        iv,
        data: Secret::new(data),
    });
    data_of(session, io, &command)
}

/// Unwraps data with a key of the HSM.
pub(super) fn unwrap_in_hsm(
    session: &mut Session,
    io: &mut Io<'_>,
    wrapping: Handle,
    iv: [u8; 8],
    data: &[u8],
) -> Result<Secret, Code> {
    let command = Command::Sdk3(Sdk3Command::AesUnwrap {
        wrapping,
        iv,
        data: Secret::new(data),
    });
    data_of(session, io, &command)
}

fn data_of(session: &mut Session, io: &mut Io<'_>, command: &Command) -> Result<Secret, Code> {
    match session.one(io, command) {
        Ok((_, Reply::Sdk3(Sdk3Reply::Data(data)))) => Ok(data),
        Ok(_) => Err(code_of(&Fault::Malformed)),
        Err((code, _)) => Err(code),
    }
}

/// A value with PKCS#5 padding to a multiple of eight bytes.
fn padded(value: &[u8]) -> Zeroizing<Vec<u8>> {
    let pad = 8 - value.len() % 8;
    let mut out = Zeroizing::new(Vec::with_capacity(value.len() + pad));
    out.extend_from_slice(value);
    out.resize(value.len() + pad, u8::try_from(pad).unwrap_or(8));
    out
}

/// Removes that padding.
fn stripped(padded: &[u8]) -> Option<&[u8]> {
    let pad = usize::from(*padded.last()?);
    let at = padded.len().checked_sub(pad)?;
    let (value, padding) = padded.split_at_checked(at)?;
    let right = (1..=8).contains(&pad) && padding.iter().all(|byte| usize::from(*byte) == pad);
    right.then_some(value)
}

/// A key's plain value: wrapped in the HSM, then unwrapped there or with the key of `-wk`. Prints
/// the steps; `None`: one of them failed.
fn plain(session: &mut Session, io: &mut Io<'_>, options: &Options) -> Option<Secret> {
    let host = host_key(io, options).ok()?;
    let wrapping = options.handle("-w");
    let command = Command::Wrap {
        payload: options.handle("-k"),
        wrapping,
        mechanism: WrapMechanism::AesPkcs5Pad,
    };
    let wrapped = match session.one(io, &command) {
        Ok((_, Reply::Wrapped { wrapped, .. })) => wrapped,
        Ok(_) => return None,
        Err((code, states)) => {
            failed(io, "Cfm3WrapKey", &code, &states);
            return None;
        }
    };
    let ok = code(Some(&Ok(())));
    io.out(format!("\n        {}", returned("Cfm3WrapKey", &ok)));
    let unwrapped = match &host {
        None => {
            let unwrapped = unwrap_in_hsm(session, io, wrapping, DEFAULT_IV, &wrapped);
            let code = unwrapped.as_ref().err().cloned().unwrap_or(ok);
            io.out(format!(
                "\n        {}",
                returned("Cfm3UnWrapHostKey", &code)
            ));
            unwrapped.ok()?
        }
        Some(key) => match seal::unwrap(KeyWrap::NoPad, key.expose(), &wrapped) {
            Ok(unwrapped) => Secret::from(unwrapped),
            Err(_) => {
                io.out("\n\tError: The key in the -wk file does not unwrap the key.\n");
                return None;
            }
        },
    };
    stripped(unwrapped.expose()).map(Secret::new)
}

/// `exSymKey`.
pub(super) fn export_symmetric(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(value) = plain(session, io, options) else {
        return;
    };
    let file = options.text("-out");
    if write(io, file, value.expose()) {
        io.out(format!(
            "\n\nWrapped Symmetric Key written to file \"{file}\"\n"
        ));
    }
}

/// `exportPrivateKey`.
pub(super) fn export_private(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(value) = plain(session, io, options) else {
        return;
    };
    if keyfile::from_pkcs8(value.expose()).is_err() {
        return io.out("\n\tError: The key is not a private key.\n");
    }
    let text = Zeroizing::new(pem::encode("PRIVATE KEY", value.expose()));
    let file = options.text("-out");
    if write(io, file, text.as_bytes()) {
        io.out(format!(
            "\nPEM formatted private key is written to {file}\n"
        ));
    }
}

/// `exportPubKey`.
pub(super) fn export_public(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let function = "Cfm3ExportPubKey";
    let key = session.key(io, options.handle("-k"));
    let found = key
        .and_then(|key| public_pem(&key.attributes).ok_or_else(|| code_of(&Fault::WrongKeyType)));
    match found {
        Ok(text) => {
            let file = options.text("-out");
            if write(io, file, text.as_bytes()) {
                io.out(format!(
                    "\nPEM formatted public key is written to {file}\n\n{}",
                    returned(function, &code(Some(&Ok(()))))
                ));
            }
        }
        Err(code) => failed(io, function, &code, &[]),
    }
}

/// Wraps a value, in the HSM or with the key of `-wk`, and unwraps it in the HSM into a key.
fn import(
    session: &mut Session,
    io: &mut Io<'_>,
    options: &Options,
    value: &[u8],
    (kind, flags): (UnwrapKind, Flags),
    (what, heading): (&str, Heading),
) {
    let Ok(host) = host_key(io, options) else {
        return;
    };
    let template = match template(session, io, options, flags) {
        Ok(template) => template,
        Err(code) => return refuse(io, "Cfm3CreateUnwrapTemplate", code),
    };
    let wrapping = options.handle("-w");
    let value = padded(value);
    let wrapped = match &host {
        None => {
            let wrapped = wrap_in_hsm(session, io, wrapping, DEFAULT_IV, &value);
            let code = wrapped.as_ref().err().cloned();
            let code = code.unwrap_or_else(code_ok);
            io.out(format!("\n        {}", returned("Cfm3WrapHostKey", &code)));
            match wrapped {
                Ok(wrapped) => wrapped.expose().to_vec(),
                Err(_) => return,
            }
        }
        Some(key) => match seal::wrap(KeyWrap::NoPad, key.expose(), &value) {
            Ok(wrapped) => wrapped,
            Err(_) => return io.out("\n\tError: The -wk file does not hold an AES key.\n"),
        },
    };
    io.out(format!(
        "\n        {}",
        returned("Cfm3CreateUnwrapTemplate", &code_ok())
    ));
    let in_session = template.session;
    let command = Command::Unwrap {
        wrapping,
        mechanism: WrapMechanism::AesPkcs5Pad,
        wrapped,
        kind,
        template,
    };
    match session.make(io, &command, in_session) {
        Ok(made) => {
            let handle = made.keys.first().map_or(0, |key| key.handle);
            let report = format!("{what} Unwrapped.  Key Handle: {handle}");
            done(
                session,
                io,
                options,
                "Cfm3UnWrapKey",
                &report,
                heading,
                &made,
            );
        }
        Err((code, states)) => failed(io, "Cfm3UnWrapKey", &code, &states),
    }
}

fn code_ok() -> Code {
    code(Some(&Ok(())))
}

/// `imSymKey`.
pub(super) fn import_symmetric(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let (kind, key_type) = match options.number("-t") {
        Some(31) => (UnwrapKind::Aes, KeyType::Aes),
        Some(16) => (UnwrapKind::GenericSecret, KeyType::GenericSecret),
        _ => {
            io.out("\n\tError: Invalid key type specified.\n");
            return super::options::help(&IMPORT_SYMMETRIC, io);
        }
    };
    let Some(value) = read(io, options.text("-f")) else {
        return;
    };
    let flags = secret_flags(key_type);
    let shown = ("Symmetric Key", Heading::Usual);
    import(session, io, options, &value, (kind, flags), shown);
}

/// `importPrivateKey`.
pub(super) fn import_private(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(bytes) = read(io, options.text("-f")) else {
        return;
    };
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    let Ok(key) = keyfile::from_pem(&text, None) else {
        // Guess: not published.
        return io.out("\n\tError: Failed to read the private key.\n");
    };
    let rsa = matches!(key.kind(), KeyKind::Rsa(_));
    let kind = if rsa {
        UnwrapKind::RsaPrivate
    } else {
        UnwrapKind::EcPrivate
    };
    let value = keyfile::to_pkcs8(&key);
    io.out(format!("\nBER encoded key length is {}\n", value.len()));
    let flags = pair_flags(rsa).1;
    let shown = ("Private Key", Heading::Left);
    import(session, io, options, value.expose(), (kind, flags), shown);
}

/// `importPubKey`.
pub(super) fn import_public(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let function = "Cfm3CreatePublicKey";
    let Some(bytes) = read(io, options.text("-f")) else {
        return;
    };
    let text = String::from_utf8_lossy(&bytes);
    let key = pem::find(&text, &["PUBLIC KEY"])
        .ok()
        .and_then(|block| PublicKey::from_spki_der(&block.bytes).ok());
    let Some(key) = key else {
        // Guess: not published.
        return io.out("\n\tError: Failed to read the public key.\n");
    };
    let rsa = matches!(key.kind(), KeyKind::Rsa(_));
    let template = match template(session, io, options, pair_flags(rsa).0) {
        Ok(template) => template,
        Err(code) => return refuse(io, function, code),
    };
    let in_session = template.session;
    let command = Command::ImportPublic {
        spki: key.spki_der(),
        template,
    };
    match session.make(io, &command, in_session) {
        Ok(made) => {
            let handle = made.keys.first().map_or(0, |key| key.handle);
            let report = format!("Public Key Handle: {handle}");
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
