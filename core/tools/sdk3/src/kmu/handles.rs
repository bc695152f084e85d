//! Files that represent keys: masked objects, and handles in the form of a private key.

use super::generate::failed;
use super::options::{Options, Spec, may_number, number, text};
use super::session::{Heading, Session, cluster, code, code_of, returned, states, together};
use super::transfer::{read, write};
use hsmlab_crypto::der::{self, tag};
use hsmlab_crypto::{keyfile, pem};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Class, KeyInfo, PublicPart};
use hsmlab_proto::message::{Command, Fault, Reply};
use hsmlab_shell::process::Io;

/// `extractMaskedObject`.
pub(super) const EXTRACT: Spec = Spec {
    name: "extractMaskedObject",
    what: "Extracts a masked object.",
    options: &[&[
        number(
            "-o",
            "object handle",
            "Object handle",
            "specifies the object handle",
        ),
        text(
            "-out",
            "object file",
            "Output file",
            "specifies the file to write the masked object to",
        ),
    ]],
};
/// `insertMaskedObject`.
pub(super) const INSERT: Spec = Spec {
    name: "insertMaskedObject",
    what: "Inserts a masked object.",
    options: &[&[
        text(
            "-f",
            "filename",
            "Object file",
            "specifies the file with the masked object",
        ),
        may_number(
            "-min_srv",
            "minimum number of servers",
            "specifies the number of servers that must have the object",
        ),
        may_number(
            "-timeout",
            "number of seconds",
            "specifies the number of seconds to wait for -min_srv",
        ),
    ]],
};
/// `getCaviumPrivKey`.
pub(super) const FAKE: Spec = Spec {
    name: "getCaviumPrivKey",
    what: "Saves a private key handle in fake PEM format.",
    options: &[&[
        number(
            "-k",
            "private key handle",
            "Private key handle",
            "specifies the private key handle",
        ),
        text(
            "-out",
            "fake PEM file",
            "Output file",
            "specifies the file to write the handle to",
        ),
    ]],
};
/// `IsValidKeyHandlefile`.
pub(super) const CHECK: Spec = Spec {
    name: "IsValidKeyHandlefile",
    what: "Checks if private key file has an HSM key handle or a real key.",
    options: &[&[text(
        "-f",
        "private key file",
        "Private key file",
        "specifies the file",
    )]],
};

/// The mark before the handle in the place of a private key's number. The tool's own form is not
/// published; this one is the lab's.
const MARK: &[u8] = b"CAVIUMHANDLE";

/// `extractMaskedObject`. The file format is the lab's: the handle, then the masked object.
pub(super) fn extract(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let function = "Cfm3ExtractMaskedObject";
    let handle = options.handle("-o");
    match session.one(io, &Command::ExtractMasked { handle }) {
        Ok((_, Reply::Bytes(masked))) => {
            let file = options.text("-out");
            let bytes = [handle.to_be_bytes().as_slice(), &masked].concat();
            if write(io, file, &bytes) {
                io.out(format!(
                    "\nObject was masked and written to file \"{file}\"\n\n        {}",
                    returned(function, &code(Some(&Ok(()))))
                ));
            }
        }
        Ok(_) => {}
        Err((code, states)) => failed(io, function, &code, &states),
    }
}

/// `insertMaskedObject`.
pub(super) fn insert(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(bytes) = read(io, options.text("-f")) else {
        return;
    };
    let Some((handle, masked)) = bytes.split_first_chunk::<8>() else {
        return failed(
            io,
            "Cfm3InsertMaskedObject",
            &code_of(&Fault::UnwrapFailed),
            &[],
        );
    };
    let command = Command::InsertMasked {
        masked: masked.to_vec(),
    };
    let answers = session.all(io, &command);
    let states = states(&answers);
    let overall = together(&states);
    let mut report = format!("\n{}", returned("Cfm3InsertMaskedObject", &overall));
    if overall.0 == 0 {
        let handle = Handle::from_be_bytes(*handle);
        report += &format!("        New Key Handle: {handle}\n");
    }
    io.out(report + &cluster(Heading::Usual, &states));
}

/// A private key whose secret numbers are the handle.
fn fake(key: &KeyInfo) -> Option<String> {
    let secret = [MARK, &key.handle.to_be_bytes()].concat();
    match key.attributes.public.as_ref()? {
        PublicPart::Rsa { modulus, exponent } => {
            let none = der::small(0);
            let der = der::sequence(&[
                &der::small(0),
                &der::unsigned(modulus),
                &der::unsigned(exponent),
                &der::unsigned(&secret),
                &none,
                &none,
                &none,
                &none,
                &none,
            ]);
            Some(pem::encode("RSA PRIVATE KEY", &der))
        }
        PublicPart::Ec { curve, point } => {
            let der = der::sequence(&[
                &der::small(1),
                &der::octet_string(&secret),
                &der::tlv(der::context(0), &der::oid(curve.oid())?),
                &der::tlv(der::context(1), &der::bit_string(point)),
            ]);
            Some(pem::encode("EC PRIVATE KEY", &der))
        }
        PublicPart::Pure(_) => None,
    }
}

/// The handle in such a file.
fn handle_in(text: &str) -> Option<Handle> {
    let block = pem::find(text, &["RSA PRIVATE KEY", "EC PRIVATE KEY"]).ok()?;
    let mut fields = der::only(&block.bytes, tag::SEQUENCE).ok()?;
    fields.small_integer().ok()?;
    let secret = if block.label == "RSA PRIVATE KEY" {
        fields.integer().ok()?;
        fields.integer().ok()?;
        fields.integer().ok()?
    } else {
        fields.octet_string().ok()?
    };
    let handle = secret.strip_prefix(MARK)?;
    Some(Handle::from_be_bytes(*handle.first_chunk()?))
}

/// `getCaviumPrivKey`.
pub(super) fn save(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let function = "getCaviumPrivKey";
    let key = session.key(io, options.handle("-k"));
    let found = key.and_then(|key| {
        let private = key.attributes.class == Class::PrivateKey;
        fake(&key)
            .filter(|_| private)
            .ok_or_else(|| code_of(&Fault::WrongKeyType))
    });
    match found {
        Ok(text) => {
            let file = options.text("-out");
            if write(io, file, text.as_bytes()) {
                io.out(format!(
                    "\nPrivate Key Handle is written to {file} in fake PEM format\n\n        {}",
                    returned(function, &code(Some(&Ok(()))))
                ));
            }
        }
        Err(code) => failed(io, function, &code, &[]),
    }
}

/// `IsValidKeyHandlefile`.
pub(super) fn check(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(bytes) = read(io, options.text("-f")) else {
        return;
    };
    let text = zeroize::Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    if let Some(handle) = handle_in(&text) {
        // Guess: the text for a valid handle.
        let word = if session.key(io, handle).is_ok() {
            "valid"
        } else {
            "invalid"
        };
        io.out(format!("\nInput file has {word} key handle: {handle}\n"));
    } else if keyfile::from_pem(&text, None).is_ok() || keyfile::is_encrypted(&text) {
        io.out("\nInput key file has real private key\n");
    } else {
        // Guess: not published.
        io.out("\n\tError: The file has no private key.\n");
    }
}
