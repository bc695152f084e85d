//! Digests and signatures over files: `dgst`, `pkeyutl`.

use super::context::{Context, Done, Stop};
use super::engine::ENGINE_OPTION;
use super::input;
use super::options::{Command, HELP, Parsed, Unknown, flag, value};
use super::{req, signer, texts};
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::{KeyKind, PublicKey, SignatureAlgorithm};
use hsmlab_crypto::seal;

/// `openssl dgst`.
pub(super) const DGST: Command = Command {
    name: "dgst",
    usage: "dgst [options] [file...]",
    unknown: Unknown::Digest,
    options: &[
        HELP,
        flag("c", "Print the digest with separating colons"),
        flag("r", "Print the digest in coreutils format"),
        flag("hex", "Print as hex dump"),
        flag("binary", "Print in binary form"),
        value("out", "Output to filename rather than stdout"),
        value("passin", "Input file pass phrase source"),
        value("hmac", "Create hashed MAC with key"),
        value("sign", "Sign digest using private key"),
        value("verify", "Verify a signature using public key"),
        value("prverify", "Verify a signature using private key"),
        value("signature", "File with signature to verify"),
        value("sigopt", "Signature parameter in n:v form"),
        ENGINE_OPTION,
    ],
    run: dgst,
};

/// `openssl pkeyutl`.
pub(super) const PKEYUTL: Command = Command {
    name: "pkeyutl",
    usage: "pkeyutl [options]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        value("in", "Input file - default stdin"),
        value("inkey", "Input private key file"),
        value(
            "keyform",
            "Private key format (ENGINE, other values ignored)",
        ),
        flag("pubin", "Input is a public key"),
        flag("certin", "Input is a cert with a public key"),
        value("passin", "Input file pass phrase source"),
        value("out", "Output file - default stdout"),
        flag("sign", "Sign input data with private key"),
        flag("verify", "Verify with public key"),
        flag("rawin", "Indicate the input data is in raw form"),
        value(
            "digest",
            "Specify the digest algorithm when signing the raw input data",
        ),
        value("pkeyopt", "Public key options as opt:value"),
        value("sigfile", "Signature file (verify operation only)"),
        ENGINE_OPTION,
    ],
    run: pkeyutl,
};

fn dgst(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let hash = match &parsed.unknown {
        Some(name) if Hash::from_name(name).is_none() => {
            let stack = texts::unsupported_fetch(name);
            return cx.fail(&format!(
                "dgst: Unknown option or message digest: {name}\ndgst: Use -help for summary.\n{stack}"
            ));
        }
        _ => req::digest(cx, parsed)?,
    };
    let files: Vec<Option<&str>> = match parsed.rest.as_slice() {
        [] => vec![None],
        files => files.iter().map(|file| Some(file.as_str())).collect(),
    };
    if let Some(path) = parsed.value("verify") {
        let key = input::public_key(cx, Some(path), "public key")?;
        return verify(cx, parsed, hash, &key, &files);
    }
    if let Some(path) = parsed.value("prverify") {
        let key = input::private_key(cx, Some(path), parsed.value("passin"), "private key")?;
        return verify(cx, parsed, hash, &key.public_key(), &files);
    }
    if let Some(path) = parsed.value("sign") {
        let key = signer::load(cx, Some(path), parsed.value("passin"), "private key")?;
        let algorithm = req::signature_algorithm(cx, parsed, key.kind(), hash)?;
        for file in files {
            let message = message(cx, file)?;
            let signature = match key.sign(cx, algorithm, &message) {
                Ok(signature) => signature,
                Err(error) => return cx.fail(&format!("Error signing data\n{error}")),
            };
            if parsed.has("hex") {
                let label = match key.kind() {
                    KeyKind::Rsa(_) => "RSA",
                    KeyKind::Ec(_) => "ECDSA",
                };
                let label = format!("{label}-{}", long_name(hash));
                let line = shown(parsed, &label, file, &signature);
                cx.write(parsed.value("out"), line.as_bytes())?;
            } else {
                cx.write(parsed.value("out"), &signature)?;
            }
        }
        return Ok(());
    }
    let mut failed = false;
    for file in files {
        let message = match message(cx, file) {
            Ok(message) => message,
            Err(Stop::Exit(_)) => {
                failed = true;
                continue;
            }
            Err(stop) => return Err(stop),
        };
        // OpenSSL 3.0 prints the default digest under its old name.
        let label = match &parsed.unknown {
            None => hash.name().to_uppercase(),
            Some(_) if parsed.has("hmac") && file.is_some() => format!("HMAC-{}", long_name(hash)),
            Some(_) => long_name(hash),
        };
        let digest = match parsed.value("hmac") {
            Some(key) => seal::hmac(hash, key.as_bytes(), &message),
            None => hash.digest(&message),
        };
        if parsed.has("binary") {
            cx.write(parsed.value("out"), &digest)?;
        } else {
            let line = shown(parsed, &label, file, &digest);
            cx.write(parsed.value("out"), line.as_bytes())?;
        }
    }
    if failed { Err(Stop::Exit(1)) } else { Ok(()) }
}

/// A digest's name in OpenSSL 3: `SHA2-256`.
fn long_name(hash: Hash) -> String {
    match hash {
        Hash::Sha1 => "SHA1".to_owned(),
        other => format!("SHA2-{}", other.size() * 8),
    }
}

fn shown(parsed: &Parsed, label: &str, file: Option<&str>, bytes: &[u8]) -> String {
    let name = file.unwrap_or("stdin");
    let between = if parsed.has("c") { ":" } else { "" };
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let digits = digits.join(between);
    if parsed.has("r") {
        format!("{digits} *{name}\n")
    } else {
        format!("{label}({name})= {digits}\n")
    }
}

fn message(cx: &mut Context<'_, '_>, file: Option<&str>) -> Done<Vec<u8>> {
    let Some(path) = file else {
        return cx.all_stdin();
    };
    match cx.io.read_file(path) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => cx.fail(&texts::cannot_read_digest(path, error)),
    }
}

fn verify(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    hash: Hash,
    key: &PublicKey,
    files: &[Option<&str>],
) -> Done {
    let Some(path) = parsed.value("signature") else {
        let text = "No signature to verify: use the -signature option\n";
        return cx.fail(text);
    };
    let signature = match cx.io.read_file(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let lines = texts::cannot_read_signature(path, error);
            return cx.fail(&lines);
        }
    };
    for file in files {
        let message = message(cx, *file)?;
        let algorithm = match key.kind() {
            KeyKind::Ec(_) => SignatureAlgorithm::Ecdsa(hash),
            KeyKind::Rsa(_)
                if parsed
                    .values("sigopt")
                    .any(|it| it == "rsa_padding_mode:pss") =>
            {
                SignatureAlgorithm::RsaPss {
                    hash,
                    salt_bytes: pss_salt(parsed, hash),
                }
            }
            KeyKind::Rsa(_) => SignatureAlgorithm::RsaPkcs1(hash),
        };
        if key.verify(algorithm, &message, &signature).is_err() {
            cx.out("Verification failure\n");
            let lines = match key.kind() {
                KeyKind::Rsa(_) => texts::bad_rsa_signature(),
                KeyKind::Ec(_) => String::new(),
            };
            return cx.fail(&lines);
        }
        cx.out("Verified OK\n");
    }
    Ok(())
}

fn pss_salt(parsed: &Parsed, hash: Hash) -> usize {
    parsed
        .values("sigopt")
        .find_map(|option| option.strip_prefix("rsa_pss_saltlen:")?.parse().ok())
        .unwrap_or(hash.size())
}

fn pkeyutl(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let (mut hash, mut pss, mut salt) = (None, false, None);
    for option in parsed.values("pkeyopt") {
        match option.split_once(':') {
            Some(("digest", name)) if Hash::from_name(name).is_some() => {
                hash = Hash::from_name(name);
            }
            Some(("rsa_padding_mode", "pss")) => pss = true,
            Some(("rsa_padding_mode", "pkcs1")) => pss = false,
            Some(("rsa_pss_saltlen", "digest" | "-1")) => salt = None,
            Some(("rsa_pss_saltlen", bytes)) => salt = bytes.parse().ok(),
            _ => return cx.fail(&format!("pkeyutl: Can't set parameter \"{option}\":\n")),
        }
    }
    let raw = parsed.has("rawin") || parsed.has("digest");
    if let Some(name) = parsed.value("digest") {
        hash = Hash::from_name(name);
    }
    let path = parsed.value("inkey");
    if path.is_none() {
        return cx.fail("pkeyutl: no private key given (-inkey parameter)\n");
    }
    let algorithm = |kind: KeyKind, length: usize| {
        let by_length = Hash::ALL.into_iter().find(|hash| hash.size() == length);
        let hash = hash.or(by_length).unwrap_or(Hash::Sha256);
        match kind {
            KeyKind::Ec(_) => SignatureAlgorithm::Ecdsa(hash),
            KeyKind::Rsa(_) if pss => SignatureAlgorithm::RsaPss {
                hash,
                salt_bytes: salt.unwrap_or(hash.size()),
            },
            KeyKind::Rsa(_) => SignatureAlgorithm::RsaPkcs1(hash),
        }
    };
    if parsed.has("verify") {
        let key = if parsed.has("certin") {
            let certificate = input::certificate(cx, path, "certificate")?;
            match certificate.public_key() {
                Ok(key) => key,
                Err(_) => return cx.fail("pkeyutl: Error loading key\n"),
            }
        } else {
            input::public_key(cx, path, "public key")?
        };
        let Some(signature) = parsed.value("sigfile") else {
            return cx.fail("pkeyutl: No signature file specified for verify\n");
        };
        let signature = input::bytes(cx, Some(signature))?;
        let data = input::bytes(cx, parsed.value("in"))?;
        let verified = if raw {
            key.verify(algorithm(key.kind(), 32), &data, &signature)
        } else {
            key.verify_digest(algorithm(key.kind(), data.len()), &data, &signature)
        };
        return match verified {
            Ok(()) => {
                cx.out("Signature Verified Successfully\n");
                Ok(())
            }
            Err(_) => {
                cx.out("Signature Verification Failure\n");
                Err(Stop::Exit(1))
            }
        };
    }
    let key = signer::load(cx, path, parsed.value("passin"), "private key")?;
    let data = input::bytes(cx, parsed.value("in"))?;
    if !raw && data.len() > 64 {
        return cx.fail("Error: The input data looks too long to be a hash\n");
    }
    cx.check_writable(parsed.value("out"))?;
    let signed = if raw {
        key.sign(cx, algorithm(key.kind(), 32), &data)
    } else {
        key.sign_digest(cx, algorithm(key.kind(), data.len()), &data)
    };
    match signed {
        Ok(signature) => cx.write(parsed.value("out"), &signature),
        Err(_) => cx.fail("Public Key operation error\n"),
    }
}
