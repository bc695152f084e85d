//! Signatures of files: the tool hashes, the HSM signs the digest.

use super::generate::failed;
use super::options::{Opt, Options, Spec, number, text};
use super::session::{Heading, Session, cluster, code, code_of, returned};
use super::transfer::{read, write};
use hsmlab_proto::key::{Hash, SignMechanism};
use hsmlab_proto::message::{Command, Fault, Reply};
use hsmlab_shell::process::Io;

const MECHANISM: Opt = number(
    "-m",
    "signature mechanism",
    "Signature mechanism",
    "specifies the mechanism: RSA_PKCS 0 = SHA1, 1 = SHA256, 2 = SHA384, 3 = SHA512, 4 = SHA224; RSA_PKCS_PSS 5 = SHA1, 6 = SHA256, 7 = SHA384, 8 = SHA512, 9 = SHA224; ECDSA 15 = SHA1, 16 = SHA224, 17 = SHA256, 18 = SHA384, 19 = SHA512",
);

/// `sign`.
pub(super) const SIGN: Spec = Spec {
    name: "sign",
    what: "Generate a signature of a file.",
    options: &[&[
        text(
            "-f",
            "file name",
            "Message file",
            "specifies the file to sign",
        ),
        number(
            "-k",
            "private key handle",
            "Private key handle",
            "specifies the private key handle",
        ),
        MECHANISM,
        text(
            "-out",
            "signed file name",
            "Output file",
            "specifies the file to write the signature to",
        ),
    ]],
};
/// `verify`.
pub(super) const VERIFY: Spec = Spec {
    name: "verify",
    what: "Verify the signature of a file.",
    options: &[&[
        text(
            "-f",
            "message file",
            "Message file",
            "specifies the file that was signed",
        ),
        text(
            "-s",
            "signature file",
            "Signature file",
            "specifies the file with the signature",
        ),
        number(
            "-k",
            "public key handle",
            "Public key handle",
            "specifies the public key handle",
        ),
        MECHANISM,
    ]],
};

/// The mechanism of a number ("`key_mgmt_util-sign`"), and its hash.
fn mechanism(number: Option<u32>) -> Option<(SignMechanism, Hash)> {
    let number = number?;
    let hash = match number {
        0 | 5 | 15 => Hash::Sha1,
        1 | 6 | 17 => Hash::Sha256,
        2 | 7 | 18 => Hash::Sha384,
        3 | 8 | 19 => Hash::Sha512,
        4 | 9 | 16 => Hash::Sha224,
        _ => return None,
    };
    let mechanism = match number {
        0..=4 => SignMechanism::RsaPkcs { hash },
        5..=9 => SignMechanism::RsaPss {
            hash,
            mgf: hash,
            salt_bytes: hash.size(),
        },
        // Client SDK 5.16 introduced the check for weak hashes.
        _ => SignMechanism::Ecdsa {
            hash,
            weak_hash: true,
        },
    };
    Some((mechanism, hash))
}

fn chosen(io: &mut Io<'_>, options: &Options) -> Option<(SignMechanism, Hash)> {
    let found = mechanism(options.number("-m"));
    if found.is_none() {
        io.out("\n\tError: Invalid signature mechanism specified.\n");
    }
    found
}

/// `sign`.
pub(super) fn sign(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some((mechanism, hash)) = chosen(io, options) else {
        return;
    };
    let Some(message) = read(io, options.text("-f")) else {
        return;
    };
    let command = Command::Sign {
        handle: options.handle("-k"),
        mechanism,
        digest: hash.digest(&message),
    };
    let (id, signature) = match session.one(io, &command) {
        Ok((id, Reply::Bytes(signature))) => (id, signature),
        Ok(_) => return,
        Err((code, states)) => return failed(io, "Cfm3Sign", &code, &states),
    };
    let file = options.text("-out");
    if write(io, file, &signature) {
        io.out(format!(
            "\n{}\nsignature is written to file {file}\n{}",
            returned("Cfm3Sign", &code(Some(&Ok(())))),
            cluster(Heading::Left, &[(id, Some(Ok(())))])
        ));
    }
}

/// `verify`.
pub(super) fn verify(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some((mechanism, hash)) = chosen(io, options) else {
        return;
    };
    let Some(message) = read(io, options.text("-f")) else {
        return;
    };
    let Some(signature) = read(io, options.text("-s")) else {
        return;
    };
    let command = Command::Verify {
        handle: options.handle("-k"),
        mechanism,
        digest: hash.digest(&message),
        signature: signature.to_vec(),
    };
    match session.one(io, &command) {
        Ok(_) => io.out(format!(
            "\nSignature verification successful\n\n{}",
            returned("Cfm3Verify", &code(Some(&Ok(()))))
        )),
        Err((found, _)) if found == code_of(&Fault::SignatureMismatch) => {
            io.out("\nCfm3Verify returned: 0x1b\n\nCSP Error: ERR_BAD_PKCS_DATA\n");
        }
        Err((code, states)) => failed(io, "Cfm3Verify", &code, &states),
    }
}
