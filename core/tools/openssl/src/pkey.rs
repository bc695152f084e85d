//! Creates and converts keys: `genrsa`, `genpkey`, `ecparam`, `rsa`, `ec`, `pkey`, `pkcs8`.

use super::context::{Context, Done};
use super::engine::{self, ENGINE_OPTION};
use super::input;
use super::keys;
use super::options::{Command, HELP, Opt, Parsed, Unknown, flag, number, value};
use super::texts;
use hsmlab_client::reference;
use hsmlab_crypto::keyfile::{self, KeyCipher, KeyForm};
use hsmlab_crypto::keys::{Curve, KeyKind, PrivateKey, PublicKey};
use hsmlab_crypto::pem;

/// The largest RSA key that the lab creates; larger ones would take minutes in a browser.
const RSA_BITS_MAX: i64 = 8192;
/// The smallest RSA key that OpenSSL accepts.
const RSA_BITS_MIN: i64 = 512;

const IN: Opt = value("in", "Input file");
const INFORM: Opt = value("inform", "Input format (DER/PEM)");
const OUT: Opt = value("out", "Output file");
const OUTFORM: Opt = value("outform", "Output format (DER/PEM)");
const PASSIN: Opt = value("passin", "Input file pass phrase source");
const PASSOUT: Opt = value("passout", "Output file pass phrase source");
const TEXT: Opt = flag("text", "Print the key in text");
const NOOUT: Opt = flag("noout", "Don't print key out");
const PUBIN: Opt = flag("pubin", "Expect a public key in input file");
const PUBOUT: Opt = flag("pubout", "Output a public key");
const TRADITIONAL: Opt = flag("traditional", "Use traditional format for private keys");

/// `openssl genrsa`.
pub(super) const GENRSA: Command = Command {
    name: "genrsa",
    usage: "genrsa [options] numbits",
    unknown: Unknown::Cipher,
    options: &[
        HELP,
        flag("3", "(deprecated) Use 3 for the E value"),
        flag("F4", "Use the Fermat number F4 (0x10001) for the E value"),
        flag("f4", "Use the Fermat number F4 (0x10001) for the E value"),
        OUT,
        PASSOUT,
        flag("verbose", "Verbose output"),
        TRADITIONAL,
        ENGINE_OPTION,
    ],
    run: genrsa,
};

/// `openssl genpkey`.
pub(super) const GENPKEY: Command = Command {
    name: "genpkey",
    usage: "genpkey [options]",
    unknown: Unknown::Cipher,
    options: &[
        HELP,
        value("algorithm", "The public key algorithm"),
        value(
            "pkeyopt",
            "Set the public key algorithm option as opt:value",
        ),
        OUT,
        OUTFORM,
        value("pass", "Output file pass phrase source"),
        TEXT,
    ],
    run: genpkey,
};

/// `openssl ecparam`.
pub(super) const ECPARAM: Command = Command {
    name: "ecparam",
    usage: "ecparam [options]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        flag("list_curves", "Prints a list of all curve 'short names'"),
        flag("genkey", "Generate ec key"),
        value("name", "Use the ec parameters with specified 'short name'"),
        flag("noout", "Do not print the ec parameter"),
        OUT,
    ],
    run: ecparam,
};

/// `openssl rsa`.
pub(super) const RSA: Command = Command {
    name: "rsa",
    usage: "rsa [options]",
    unknown: Unknown::Cipher,
    options: &[
        HELP,
        flag("check", "Verify key consistency"),
        IN,
        INFORM,
        PUBIN,
        flag("RSAPublicKey_in", "Input is an RSAPublicKey"),
        PASSIN,
        OUT,
        OUTFORM,
        PUBOUT,
        flag("RSAPublicKey_out", "Output is an RSAPublicKey"),
        PASSOUT,
        NOOUT,
        TEXT,
        flag("modulus", "Print the RSA key modulus"),
        TRADITIONAL,
    ],
    run: rsa,
};

/// `openssl ec`.
pub(super) const EC: Command = Command {
    name: "ec",
    usage: "ec [options]",
    unknown: Unknown::Cipher,
    options: &[
        HELP,
        IN,
        INFORM,
        PUBIN,
        PASSIN,
        flag("check", "check key consistency"),
        OUT,
        OUTFORM,
        PUBOUT,
        PASSOUT,
        NOOUT,
        TEXT,
    ],
    run: ec,
};

/// `openssl pkey`.
pub(super) const PKEY: Command = Command {
    name: "pkey",
    usage: "pkey [options]",
    unknown: Unknown::Cipher,
    options: &[
        HELP,
        flag("check", "Check key consistency"),
        flag("pubcheck", "Check public key consistency"),
        IN,
        INFORM,
        PASSIN,
        PUBIN,
        OUT,
        OUTFORM,
        PASSOUT,
        PUBOUT,
        TRADITIONAL,
        TEXT,
        flag("text_pub", "Only output public key components in text form"),
        NOOUT,
    ],
    run: pkey,
};

/// `openssl pkcs8`.
pub(super) const PKCS8: Command = Command {
    name: "pkcs8",
    usage: "pkcs8 [options]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        IN,
        INFORM,
        PASSIN,
        OUT,
        OUTFORM,
        PASSOUT,
        flag("topk8", "Output PKCS8 file"),
        flag("nocrypt", "Use or expect unencrypted private key"),
        flag("traditional", "use traditional format private key"),
        value("v2", "Use PKCS#5 v2.0 and cipher"),
        value("v2prf", "Set the PRF algorithm to use with PKCS#5 v2.0"),
        number("iter", "Specify the iteration count"),
    ],
    run: pkcs8,
};

/// Resolves the cipher that an unknown option names.
fn cipher(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done<Option<KeyCipher>> {
    let Some(name) = &parsed.unknown else {
        return Ok(None);
    };
    let plain = name.to_ascii_lowercase().replace('-', "");
    match plain.as_str() {
        "aes128" | "aes128cbc" => Ok(Some(KeyCipher::Aes128)),
        "aes192" | "aes192cbc" => Ok(Some(KeyCipher::Aes192)),
        "aes256" | "aes256cbc" => Ok(Some(KeyCipher::Aes256)),
        _ => {
            let command = cx.command.name;
            let hint = match command {
                "genrsa" | "genpkey" => String::new(),
                _ => format!("{command}: Use -help for summary.\n"),
            };
            let stack = if command == "rsa" {
                String::new()
            } else {
                texts::unsupported_fetch(name)
            };
            cx.fail(&format!("{command}: Unknown cipher: {name}\n{hint}{stack}"))
        }
    }
}

fn genrsa(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let cipher = cipher(cx, parsed)?;
    let bits = match parsed.rest.as_slice() {
        [] => 2048,
        [bits] => match bits.parse::<i64>() {
            Ok(bits) if bits > 0 => bits,
            _ => return cx.fail(&format!("genrsa: Can't parse \"{bits}\" as a number\n")),
        },
        _ => return cx.fail("Extra arguments given.\ngenrsa: Use -help for summary.\n"),
    };
    if parsed.has("3") {
        return cx.fail(LAB_EXPONENT);
    }
    cx.check_writable(parsed.value("out"))?;
    let bits = rsa_bits(cx, bits, "Error setting RSA length\n")?;
    if cx.engine {
        return match engine::generate_rsa(cx, u32::try_from(bits).unwrap_or(0)) {
            Ok(pem) => cx.write_private(parsed.value("out"), pem.as_bytes()),
            Err(why) => {
                let lines = texts::engine(&why);
                cx.fail(&format!("Error generating RSA key\n{lines}"))
            }
        };
    }
    let pass_phrase = match cipher {
        Some(_) => Some(cx.new_pass_phrase(parsed.value("passout"), "Enter PEM pass phrase:")?),
        None => None,
    };
    let key = generate(cx, KeyKind::Rsa(bits))?;
    if parsed.has("verbose") {
        cx.err(&format!(
            "Generating RSA private key, {bits} bit long modulus (2 primes)\n"
        ));
        cx.err("e is 65537 (0x010001)\n");
    }
    let form = if parsed.has("traditional") {
        KeyForm::Traditional
    } else {
        KeyForm::Pkcs8
    };
    let text = match (cipher, pass_phrase) {
        (Some(cipher), Some(phrase)) => keyfile::to_encrypted_pem(&key, cipher, &phrase, cx.rng()),
        _ => keyfile::to_pem(&key, form),
    };
    cx.write_private(parsed.value("out"), text.as_bytes())
}

/// The refusal of other exponents. The lab supports only 65537, the exponent that AWS and FIPS 186-5
/// ask for.
const LAB_EXPONENT: &str = "hsmlab: genrsa supports only the exponent 65537 in the lab\n";

/// Checks an RSA key size, with OpenSSL's messages.
pub(super) fn rsa_bits(cx: &mut Context<'_, '_>, bits: i64, failure: &str) -> Done<usize> {
    if bits < RSA_BITS_MIN {
        let line = texts::stack(
            "1C8000AB",
            "Provider routines",
            "rsa_gen_set_params",
            "key size too small",
            "providers/implementations/keymgmt/rsa_kmgmt.c:509:",
        );
        return cx.fail(&format!("{failure}{line}"));
    }
    if !(1024..=RSA_BITS_MAX).contains(&bits) {
        return cx.fail(&format!(
            "{failure}hsmlab: the lab supports RSA keys of 1024 to {RSA_BITS_MAX} bits\n"
        ));
    }
    Ok(usize::try_from(bits).unwrap_or(2048))
}

/// Generates a key from the host's random source.
pub(super) fn generate(cx: &mut Context<'_, '_>, kind: KeyKind) -> Done<PrivateKey> {
    match PrivateKey::generate(kind, cx.rng()) {
        Ok(key) => Ok(key),
        Err(error) => cx.fail(&format!("Error generating key\n{error}\n")),
    }
}

fn genpkey(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let cipher = cipher(cx, parsed)?;
    let Some(algorithm) = parsed.value("algorithm") else {
        return cx.fail("genpkey: Use -help for summary.\n");
    };
    let mut bits = 2048;
    let mut curve = None;
    for option in parsed.values("pkeyopt") {
        match option.split_once(':') {
            Some(("rsa_keygen_bits", text)) => bits = text.parse().unwrap_or(0),
            Some(("ec_paramgen_curve" | "group", name)) => curve = Curve::from_name(name),
            Some(("rsa_keygen_pubexp", "65537") | ("ec_param_enc", "named_curve")) => {}
            _ => {
                let text = format!("genpkey: Error setting {option} parameter:\n");
                return cx.fail(&text);
            }
        }
    }
    cx.check_writable(parsed.value("out"))?;
    let kind = match algorithm.to_ascii_uppercase().as_str() {
        "RSA" => KeyKind::Rsa(rsa_bits(cx, bits, "Error generating RSA key\n")?),
        "EC" => match curve {
            Some(curve) => KeyKind::Ec(curve),
            None => {
                let line = texts::stack(
                    "1C80008B",
                    "Provider routines",
                    "ec_gen_assign_group",
                    "no parameters set",
                    "providers/implementations/keymgmt/ec_kmgmt.c:1226:",
                );
                return cx.fail(&format!("Error generating EC key\n{line}"));
            }
        },
        _ => {
            let line = texts::unsupported_fetch(algorithm);
            return cx.fail(&format!("Error initializing {algorithm} context\n{line}"));
        }
    };
    let pass_phrase = match cipher {
        Some(_) => Some(cx.new_pass_phrase(parsed.value("pass"), "Enter PEM pass phrase:")?),
        None => None,
    };
    let key = generate(cx, kind)?;
    let mut text = match (cipher, pass_phrase) {
        (Some(cipher), Some(phrase)) => keyfile::to_encrypted_pem(&key, cipher, &phrase, cx.rng()),
        _ => keyfile::to_pem(&key, KeyForm::Pkcs8),
    };
    if parsed.has("text") {
        text += &keys::private_text(&key);
    }
    if input::is_der(parsed.value("outform")) {
        return cx.write_private(parsed.value("out"), keyfile::to_pkcs8(&key).expose());
    }
    cx.write_private(parsed.value("out"), text.as_bytes())
}

fn ecparam(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    if parsed.has("list_curves") {
        for (curve, text) in [
            (Curve::P224, "NIST/SECG curve over a 224 bit prime field"),
            (Curve::K256, "SECG curve over a 256 bit prime field"),
            (Curve::P384, "NIST/SECG curve over a 384 bit prime field"),
            (Curve::P521, "NIST/SECG curve over a 521 bit prime field"),
            (Curve::P256, "X9.62/SECG curve over a 256 bit prime field"),
        ] {
            cx.out(&format!("  {:<10}: {text}\n", curve.name()));
        }
        return Ok(());
    }
    let Some(name) = parsed.value("name") else {
        return cx.fail("hsmlab: ecparam needs -name in the lab, for example -name prime256v1\n");
    };
    let Some(curve) = Curve::from_name(name) else {
        return cx.fail(&texts::unknown_curve());
    };
    if name == "secp256r1" {
        cx.err("using curve name prime256v1 instead of secp256r1\n");
    }
    cx.check_writable(parsed.value("out"))?;
    let mut text = String::new();
    if !parsed.has("noout") {
        let oid = hsmlab_crypto::der::oid(curve.oid()).unwrap_or_default();
        text += &pem::encode("EC PARAMETERS", &oid);
    }
    if parsed.has("genkey") {
        let key = generate(cx, KeyKind::Ec(curve))?;
        text += &keyfile::to_pem(&key, KeyForm::Traditional);
        return cx.write_private(parsed.value("out"), text.as_bytes());
    }
    cx.write(parsed.value("out"), text.as_bytes())
}

/// A key that was read: private, or only public.
enum Loaded {
    Private(PrivateKey),
    Public(PublicKey),
}

impl Loaded {
    fn public(&self) -> PublicKey {
        match self {
            Self::Private(key) => key.public_key(),
            Self::Public(key) => key.clone(),
        }
    }
}

fn load(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done<Loaded> {
    let path = parsed.value("in");
    if parsed.has("pubin") || parsed.has("RSAPublicKey_in") {
        return Ok(Loaded::Public(input::public_key(cx, path, "public key")?));
    }
    // The public key in a reference file is the real one.
    if parsed.has("pubout")
        && let Some(Ok(bytes)) = path.map(|path| cx.io.read_file(path))
        && let Some(key) = reference::parse(&String::from_utf8_lossy(&bytes))
    {
        return Ok(Loaded::Public(key.public));
    }
    let key = input::private_key(cx, path, parsed.value("passin"), "private key")?;
    Ok(Loaded::Private(key))
}

/// Writes a loaded key as the options specify.
fn save(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    key: &Loaded,
    cipher: Option<KeyCipher>,
    form: KeyForm,
    prompt: &str,
) -> Done {
    let out = parsed.value("out");
    let as_der = input::is_der(parsed.value("outform"));
    let wants_public = parsed.has("pubout") || parsed.has("RSAPublicKey_out");
    let private = match key {
        Loaded::Private(private) if !wants_public => private,
        _ => {
            let public = key.public();
            let (label, bytes) = if parsed.has("RSAPublicKey_out") {
                ("RSA PUBLIC KEY", public.key_bits())
            } else {
                ("PUBLIC KEY", public.spki_der())
            };
            let text = pem::encode(label, &bytes);
            return cx.write(out, if as_der { &bytes } else { text.as_bytes() });
        }
    };
    if as_der {
        let bytes = match form {
            KeyForm::Pkcs8 => keyfile::to_pkcs8(private),
            KeyForm::Traditional => keyfile::to_traditional(private),
        };
        return cx.write_private(out, bytes.expose());
    }
    let text = match cipher {
        Some(cipher) => {
            let phrase = cx.new_pass_phrase(parsed.value("passout"), prompt)?;
            keyfile::to_encrypted_pem(private, cipher, &phrase, cx.rng())
        }
        None => keyfile::to_pem(private, form),
    };
    cx.write_private(out, text.as_bytes())
}

fn rsa(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let cipher = cipher(cx, parsed)?;
    let key = load(cx, parsed)?;
    let public = key.public();
    let Some((modulus, _)) = public.rsa_numbers() else {
        return cx.fail("Not an RSA key\n");
    };
    cx.check_writable(parsed.value("out"))?;
    if parsed.has("text") {
        let text = match &key {
            Loaded::Private(key) => keys::private_text(key),
            Loaded::Public(key) => keys::public_text(key, 0, false),
        };
        cx.out(&text);
    }
    if parsed.has("modulus") {
        cx.out(&format!("Modulus={}\n", hex::encode_upper(modulus)));
    }
    if parsed.has("check") {
        match &key {
            // A key with inconsistent numbers fails earlier, when it is read.
            Loaded::Private(_) => cx.out("RSA key ok\n"),
            Loaded::Public(_) => return cx.fail("Only private keys can be checked\n"),
        }
    }
    if parsed.has("noout") {
        return Ok(());
    }
    cx.err("writing RSA key\n");
    let form = if parsed.has("traditional") {
        KeyForm::Traditional
    } else {
        KeyForm::Pkcs8
    };
    save(cx, parsed, &key, cipher, form, "Enter pass phrase:")
}

fn ec(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let cipher = cipher(cx, parsed)?;
    let key = load(cx, parsed)?;
    cx.err("read EC key\n");
    let KeyKind::Ec(_) = key.public().kind() else {
        return cx.fail("Not an EC key\n");
    };
    cx.check_writable(parsed.value("out"))?;
    if parsed.has("text") {
        let text = match &key {
            Loaded::Private(key) => keys::private_text(key),
            Loaded::Public(key) => keys::public_text(key, 0, false),
        };
        cx.out(&text);
    }
    if parsed.has("check") {
        cx.out("EC Key valid.\n");
    }
    if parsed.has("noout") {
        return Ok(());
    }
    cx.err("writing EC key\n");
    save(
        cx,
        parsed,
        &key,
        cipher,
        KeyForm::Traditional,
        "Enter pass phrase:",
    )
}

fn pkey(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let cipher = cipher(cx, parsed)?;
    let key = load(cx, parsed)?;
    cx.check_writable(parsed.value("out"))?;
    if parsed.has("check") || parsed.has("pubcheck") {
        cx.out("Key is valid\n");
    }
    if !parsed.has("noout") {
        let form = if parsed.has("traditional") {
            KeyForm::Traditional
        } else {
            KeyForm::Pkcs8
        };
        save(cx, parsed, &key, cipher, form, "Enter PEM pass phrase:")?;
    }
    if parsed.has("text") || parsed.has("text_pub") {
        let text = match &key {
            Loaded::Private(key) if !parsed.has("text_pub") && !parsed.has("pubout") => {
                keys::private_text(key)
            }
            key => keys::public_text(&key.public(), 0, false),
        };
        cx.out(&text);
    }
    Ok(())
}

fn pkcs8(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let key = load(cx, parsed)?;
    cx.check_writable(parsed.value("out"))?;
    let (cipher, form) = if !parsed.has("topk8") || parsed.has("nocrypt") {
        let traditional = parsed.has("traditional");
        (
            None,
            if traditional {
                KeyForm::Traditional
            } else {
                KeyForm::Pkcs8
            },
        )
    } else {
        let cipher = match parsed.value("v2").unwrap_or("aes-256-cbc") {
            "aes128" | "aes-128-cbc" => KeyCipher::Aes128,
            "aes192" | "aes-192-cbc" => KeyCipher::Aes192,
            "aes256" | "aes-256-cbc" => KeyCipher::Aes256,
            other => {
                let line = texts::unsupported_fetch(other);
                return cx.fail(&format!("pkcs8: Unknown cipher: {other}\n{line}"));
            }
        };
        (Some(cipher), KeyForm::Pkcs8)
    };
    save(cx, parsed, &key, cipher, form, "Enter Encryption Password:")
}

/// Parses the kind of key that `rsa:2048` or `ec` names, for `req -newkey`.
pub(super) fn kind_of(cx: &mut Context<'_, '_>, parsed: &Parsed, text: &str) -> Done<KeyKind> {
    let (algorithm, size) = text.split_once(':').unwrap_or((text, ""));
    match algorithm.to_ascii_lowercase().as_str() {
        "rsa" => {
            let bits = if size.is_empty() {
                2048
            } else {
                size.parse().unwrap_or(0)
            };
            Ok(KeyKind::Rsa(rsa_bits(cx, bits, "Error generating key\n")?))
        }
        "ec" => {
            let named = parsed
                .values("pkeyopt")
                .find_map(|option| Curve::from_name(option.strip_prefix("ec_paramgen_curve:")?));
            match named {
                Some(curve) => Ok(KeyKind::Ec(curve)),
                None => cx.fail("Error generating EC key\n"),
            }
        }
        _ => cx.fail(&format!("Unknown algorithm {algorithm}\n")),
    }
}
