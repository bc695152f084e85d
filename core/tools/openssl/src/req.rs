//! `openssl req`: requests, and self-signed certificates.

use super::config::{self, Config};
use super::context::{Context, Done};
use super::engine::ENGINE_OPTION;
use super::input;
use super::options::{Command, HELP, Parsed, Unknown, flag, number, value};
use super::signer::{self, Signer};
use super::{pkey, subject, text, v3};
use hsmlab_crypto::cert::{
    Certificate, CertificateSpec, Request, RequestAttribute, RequestSpec, Version,
};
use hsmlab_crypto::extension::Extension;
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keyfile::{self, KeyCipher, KeyForm};
use hsmlab_crypto::keys::{KeyKind, PublicKey, SignatureAlgorithm};
use hsmlab_crypto::name::Name;
use hsmlab_crypto::pem;
use hsmlab_sim::SimDuration;

/// `openssl req`.
pub(super) const REQ: Command = Command {
    name: "req",
    usage: "req [options]",
    unknown: Unknown::Digest,
    options: &[
        HELP,
        value("in", "X.509 request input file (default stdin)"),
        value("inform", "Input format - DER or PEM"),
        flag("verify", "Verify self-signature on the request"),
        flag("new", "New request"),
        value("config", "Request template file"),
        flag("utf8", "Input characters are UTF8 (default ASCII)"),
        value(
            "nameopt",
            "Certificate subject/issuer name printing options",
        ),
        flag("text", "Text form of request"),
        flag(
            "x509",
            "Output an X.509 certificate structure instead of a cert request",
        ),
        value("CA", "Issuer cert to use for signing a cert, implies -x509"),
        value(
            "CAkey",
            "Issuer private key to use with -CA; default is -CA arg",
        ),
        value("subj", "Set or modify subject of request or cert"),
        flag("subject", "Print the subject of the output request or cert"),
        flag(
            "multivalue-rdn",
            "Deprecated; multi-valued RDNs support is always on.",
        ),
        number("days", "Number of days cert is valid for"),
        value("set_serial", "Serial number to use"),
        value(
            "extensions",
            "Cert or request extension section (override value in config file)",
        ),
        value("reqexts", "An alias for -extensions"),
        value(
            "addext",
            "Additional cert extension key=value pair (may be given more than once)",
        ),
        value("key", "Key for signing, and to include unless -in given"),
        value("passin", "Private key and certificate password source"),
        value("keyout", "File to write private key to"),
        value(
            "newkey",
            "Generate new key with [<alg>:]<nbits> or <alg>[:<file>] or param:<file>",
        ),
        value("pkeyopt", "Public key options as opt:value"),
        value("sigopt", "Signature parameter in n:v form"),
        flag("batch", "Do not ask anything during request generation"),
        flag("noenc", "Don't encrypt private keys"),
        flag("nodes", "Don't encrypt private keys; deprecated"),
        value("out", "Output file"),
        value("outform", "Output format - DER or PEM"),
        value("passout", "Output file pass phrase source"),
        flag("pubkey", "Output public key"),
        flag("modulus", "RSA modulus"),
        flag("noout", "Do not output REQ"),
        ENGINE_OPTION,
    ],
    run: req,
};

/// The validity in days of `req -x509` without `-days`.
const DAYS: u64 = 30;

fn req(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let hash = digest(cx, parsed)?;
    let is_x509 = parsed.has("x509") || parsed.has("CA");
    let makes = parsed.has("new")
        || parsed.has("newkey")
        || (is_x509 && !parsed.has("in"))
        || (parsed.has("key") && !parsed.has("in") && is_x509);
    if makes || is_x509 {
        make(cx, parsed, hash, is_x509)
    } else {
        show(cx, parsed)
    }
}

/// Resolves the digest that an unknown option names.
pub(super) fn digest(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done<Hash> {
    let Some(name) = &parsed.unknown else {
        return Ok(Hash::Sha256);
    };
    match Hash::from_name(name) {
        Some(hash) => Ok(hash),
        None => {
            let command = cx.command.name;
            cx.fail(&format!(
                "{command}: Unknown option or message digest: {name}\n{command}: Use -help for summary.\n"
            ))
        }
    }
}

fn show(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let path = parsed.value("in");
    let mut request = input::request(
        cx,
        path,
        parsed.value("inform"),
        "Unable to load X509 request\n",
    )?;
    if let Some(subject) = parsed.value("subj") {
        let subject = subject::parse_subject(cx, subject)?;
        let Some(key) = parsed.value("key") else {
            return cx
                .fail("hsmlab: -subj with -in needs -key in the lab, to sign the request again\n");
        };
        let key = signer::load(cx, Some(key), parsed.value("passin"), "private key")?;
        let spec = RequestSpec {
            subject,
            extensions: request.extensions(),
            attributes: Vec::new(),
        };
        let algorithm = signer::default_algorithm(key.kind(), digest(cx, parsed)?);
        request = sign_request(cx, &spec, &key, algorithm)?;
    }
    cx.check_writable(parsed.value("out"))?;
    if parsed.has("verify") {
        if request.verify().is_err() {
            return cx.fail("Certificate request self-signature verify failure\n");
        }
        cx.err("Certificate request self-signature verify OK\n");
    }
    print_request(cx, parsed, &request)
}

fn print_request(cx: &mut Context<'_, '_>, parsed: &Parsed, request: &Request) -> Done {
    let style = text::name_style(parsed.value("nameopt"));
    let mut out = String::new();
    if parsed.has("pubkey") {
        out += &pem::encode("PUBLIC KEY", request.spki_der());
    }
    if parsed.has("text") {
        out += &text::request(request, style);
    }
    if parsed.has("subject") {
        out += &text::name_line("subject=", request.subject(), style);
    }
    if parsed.has("modulus") {
        out += &modulus(request.public_key().ok(), "Wrong Algorithm type");
    }
    finish(cx, parsed, out, request.der(), &request.to_pem())
}

/// Formats `Modulus=...`.
pub(super) fn modulus(key: Option<PublicKey>, otherwise: &str) -> String {
    match key.and_then(|key| key.rsa_numbers()) {
        Some((modulus, _)) => format!("Modulus={}\n", hex::encode_upper(modulus)),
        None => format!("Modulus={otherwise}\n"),
    }
}

/// Writes the printed text and, unless `-noout` is given, the object to `-out`.
fn finish(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    mut printed: String,
    der_bytes: &[u8],
    pem_text: &str,
) -> Done {
    if parsed.has("noout") {
        return cx.write(parsed.value("out"), printed.as_bytes());
    }
    if input::is_der(parsed.value("outform")) {
        let mut bytes = printed.into_bytes();
        bytes.extend_from_slice(der_bytes);
        return cx.write(parsed.value("out"), &bytes);
    }
    printed += pem_text;
    cx.write(parsed.value("out"), printed.as_bytes())
}

/// The decisions that are made before the first random byte is drawn.
struct Plan {
    config: Config,
    subject: Name,
    attributes: Vec<RequestAttribute>,
    key_phrase: Option<hsmlab_crypto::secret::Secret>,
}

fn make(cx: &mut Context<'_, '_>, parsed: &Parsed, hash: Hash, is_x509: bool) -> Done {
    let config = config::load(cx, parsed.value("config"))?;
    if let Some(days) = parsed.number("days").filter(|days| *days < 1) {
        let text = format!("req: Non-positive number \"{days}\" for option -days\n");
        return cx.fail(&format!("{text}req: Use -help for summary.\n"));
    }
    check_extensions(cx, parsed, &config, is_x509)?;
    let issuer_certificate = match parsed.value("CA") {
        Some(path) => Some(input::certificate(cx, Some(path), "issuer certificate")?),
        None => None,
    };
    let given = match parsed.value("key") {
        Some(path) => Some(signer::load(
            cx,
            Some(path),
            parsed.value("passin"),
            "private key",
        )?),
        None => None,
    };
    let issuer_key = match (
        &issuer_certificate,
        parsed.value("CAkey").or(parsed.value("CA")),
    ) {
        (Some(_), path) => {
            let what = "issuer private key";
            Some(signer::load(cx, path, parsed.value("passin"), what)?)
        }
        _ => None,
    };
    if parsed.has("days") && !is_x509 {
        cx.err("Ignoring -days without -x509; not generating a certificate\n");
    }
    let source = match parsed.value("in") {
        Some(path) => Some(input::request(
            cx,
            Some(path),
            parsed.value("inform"),
            "Unable to load X509 request\n",
        )?),
        None => None,
    };
    let kind = match (&given, &source) {
        (None, None) => {
            let bits = config.get("req", "default_bits").unwrap_or("2048");
            let newkey = parsed
                .value("newkey")
                .map_or_else(|| format!("rsa:{bits}"), str::to_owned);
            Some(pkey::kind_of(cx, parsed, &newkey)?)
        }
        _ => None,
    };
    let key_phrase = new_key_phrase(cx, parsed, &config, kind.is_some())?;
    let key_out = parsed
        .value("keyout")
        .or(config.get("req", "default_keyfile"))
        .map(str::to_owned);
    if kind.is_some() {
        cx.check_writable(key_out.as_deref())?;
    }
    let subject = match (parsed.value("subj"), &source) {
        (Some(text), _) => subject::parse_subject(cx, text)?,
        (None, Some(source)) => source.subject().clone(),
        (None, None) => {
            if kind.is_some() {
                cx.err("-----\n");
            }
            subject::ask_subject(cx, parsed, &config)?
        }
    };
    let attributes = if is_x509 || parsed.has("subj") || source.is_some() {
        Vec::new()
    } else {
        subject::ask_attributes(cx, parsed, &config)?
    };
    cx.check_writable(parsed.value("out"))?;
    let plan = Plan {
        config,
        subject,
        attributes,
        key_phrase,
    };
    // No prompt may follow: the first random bytes are drawn here.
    let key = match (given, kind) {
        (Some(key), _) => Some(key),
        (None, Some(kind)) => {
            let key = pkey::generate(cx, kind)?;
            let text = match &plan.key_phrase {
                Some(phrase) => {
                    keyfile::to_encrypted_pem(&key, KeyCipher::Aes256, phrase, cx.rng())
                }
                None => keyfile::to_pem(&key, KeyForm::Pkcs8),
            };
            cx.write_private(key_out.as_deref(), text.as_bytes())?;
            Some(Signer::Own(key))
        }
        (None, None) => None,
    };
    if is_x509 {
        let issuer = issuer_certificate.as_ref().zip(issuer_key.as_ref());
        let certificate = make_certificate(
            cx,
            parsed,
            hash,
            &plan,
            key.as_ref(),
            issuer,
            source.as_ref(),
        )?;
        let style = text::name_style(parsed.value("nameopt"));
        let mut out = String::new();
        if parsed.has("text") {
            out += &text::certificate(&certificate, style);
        }
        if parsed.has("subject") {
            out += &text::name_line("subject=", certificate.subject(), style);
        }
        return finish(cx, parsed, out, certificate.der(), &certificate.to_pem());
    }
    let Some(key) = key else {
        return cx.fail("you need to specify a private key\n");
    };
    let section = extension_section(parsed, &plan.config, false).map(str::to_owned);
    let public = key.public_key();
    let subject = v3::Subject {
        key: Some(&public),
        issuer: None,
        issuer_key: None,
    };
    let extensions = extensions(cx, parsed, &plan.config, section.as_deref(), &subject)?;
    let spec = RequestSpec {
        subject: plan.subject,
        extensions,
        attributes: plan.attributes,
    };
    let algorithm = signature_algorithm(cx, parsed, key.kind(), hash)?;
    let request = sign_request(cx, &spec, &key, algorithm)?;
    if parsed.has("verify") {
        cx.err("Certificate request self-signature verify OK\n");
    }
    print_request(cx, parsed, &request)
}

fn new_key_phrase(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    config: &Config,
    makes_key: bool,
) -> Done<Option<hsmlab_crypto::secret::Secret>> {
    let plain = parsed.has("nodes")
        || parsed.has("noenc")
        || config.get("req", "encrypt_key") == Some("no");
    if !makes_key || plain {
        return Ok(None);
    }
    cx.new_pass_phrase(parsed.value("passout"), "Enter PEM pass phrase:")
        .map(Some)
}

fn sign_request(
    cx: &mut Context<'_, '_>,
    spec: &RequestSpec,
    key: &Signer,
    algorithm: SignatureAlgorithm,
) -> Done<Request> {
    let info = Request::to_sign(spec, &key.public_key());
    let made = key.sign(cx, algorithm, &info).and_then(|signature| {
        Request::assemble(&info, algorithm, &signature).map_err(|error| format!("{error}\n"))
    });
    match made {
        Ok(request) => Ok(request),
        Err(error) => cx.fail(&format!("Error making certificate request\n{error}")),
    }
}

/// Selects the signature algorithm from `-sigopt`, the key and the digest.
pub(super) fn signature_algorithm(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    kind: KeyKind,
    hash: Hash,
) -> Done<SignatureAlgorithm> {
    let mut pss = false;
    let mut salt = hash.size();
    for option in parsed.values("sigopt") {
        match option.split_once(':') {
            Some(("rsa_padding_mode", "pss")) => pss = true,
            Some(("rsa_padding_mode", "pkcs1")) => pss = false,
            Some(("rsa_pss_saltlen", "-1" | "digest")) => salt = hash.size(),
            Some(("rsa_pss_saltlen", bytes)) if bytes.parse::<usize>().is_ok() => {
                salt = bytes.parse().unwrap_or(salt);
            }
            _ => return cx.fail(&format!("parameter error \"{option}\"\n")),
        }
    }
    if pss && matches!(kind, KeyKind::Rsa(_)) {
        return Ok(SignatureAlgorithm::RsaPss {
            hash,
            salt_bytes: salt,
        });
    }
    Ok(signer::default_algorithm(kind, hash))
}

fn extensions(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    config: &Config,
    section: Option<&str>,
    subject: &v3::Subject<'_>,
) -> Done<Vec<Extension>> {
    let mut all = Vec::new();
    if let Some(section) = section {
        match v3::from_section(config, section, subject) {
            Ok(extensions) => all = extensions,
            Err(lines) => {
                return cx.fail(&format!(
                    "Error checking extension section {section}\n{lines}"
                ));
            }
        }
    }
    for added in parsed.values("addext") {
        let made = match added.split_once('=') {
            Some((name, value)) => {
                v3::from_words(config, "default", name.trim(), value.trim(), subject)
            }
            None => Err(String::new()),
        };
        match made {
            Ok(Some(extension)) => {
                all.retain(|other: &Extension| other.oid != extension.oid);
                all.push(extension);
            }
            Ok(None) => {}
            Err(lines) => {
                let text = "Error checking extensions defined using -addext\n";
                return cx.fail(&format!("{text}{lines}"));
            }
        }
    }
    Ok(all)
}

/// Returns the section of extensions that `-extensions`, `-reqexts` or the configuration names.
fn extension_section<'a>(parsed: &'a Parsed, config: &'a Config, is_x509: bool) -> Option<&'a str> {
    let named = parsed.value("extensions").or(parsed.value("reqexts"));
    let setting = if is_x509 {
        "x509_extensions"
    } else {
        "req_extensions"
    };
    named.or(config.get("req", setting))
}

/// Checks the extensions before anything else is read, as OpenSSL does.
fn check_extensions(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    config: &Config,
    is_x509: bool,
) -> Done {
    let nobody = v3::Subject {
        key: None,
        issuer: None,
        issuer_key: None,
    };
    let section = extension_section(parsed, config, is_x509).map(str::to_owned);
    if let Some(section) = section
        && let Err(lines) = v3::from_section(config, &section, &nobody)
    {
        let kind = if is_x509 { "x509" } else { "request" };
        return cx.fail(&format!(
            "Error checking {kind} extension section {section}\n{lines}"
        ));
    }
    extensions(cx, parsed, config, None, &nobody).map(|_| ())
}

fn make_certificate(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    hash: Hash,
    plan: &Plan,
    key: Option<&Signer>,
    issuer: Option<(&Certificate, &Signer)>,
    source: Option<&Request>,
) -> Done<Certificate> {
    let own = match (source, key) {
        (Some(source), _) => source.public_key().ok(),
        (None, Some(key)) => Some(key.public_key()),
        _ => None,
    };
    let Some(own) = own else {
        return cx.fail("you need to specify a private key\n");
    };
    let Some(signer) = issuer.map(|(_, key)| key).or(key) else {
        return cx.fail("you need to specify a private key\n");
    };
    let signer_public = signer.public_key();
    let subject = v3::Subject {
        key: Some(&own),
        issuer: issuer.map(|(certificate, _)| certificate),
        issuer_key: Some(&signer_public),
    };
    let section = extension_section(parsed, &plan.config, true).map(str::to_owned);
    let extensions = extensions(cx, parsed, &plan.config, section.as_deref(), &subject)?;
    let serial = match parsed.value("set_serial") {
        Some(text) => parse_serial(cx, text)?,
        None => hsmlab_crypto::cert::build::random_serial(cx.rng()),
    };
    let days = parsed
        .number("days")
        .and_then(|days| u64::try_from(days).ok())
        .unwrap_or(DAYS);
    let now = cx.now();
    let spec = CertificateSpec {
        version: if extensions.is_empty() {
            Version::V1
        } else {
            Version::V3
        },
        serial,
        subject: plan.subject.clone(),
        key: own.clone(),
        not_before: now,
        not_after: now + SimDuration::from_days(days),
        extensions,
    };
    let name = issuer.map_or(&plan.subject, |(certificate, _)| certificate.subject());
    let algorithm = signature_algorithm(cx, parsed, signer.kind(), hash)?;
    sign_certificate(cx, &spec, name, signer, algorithm)
}

/// Signs a certificate.
pub(super) fn sign_certificate(
    cx: &mut Context<'_, '_>,
    spec: &CertificateSpec,
    issuer: &Name,
    signer: &Signer,
    algorithm: SignatureAlgorithm,
) -> Done<Certificate> {
    let tbs = Certificate::to_sign(spec, issuer, algorithm);
    let made = signer.sign(cx, algorithm, &tbs).and_then(|signature| {
        Certificate::assemble(&tbs, algorithm, &signature).map_err(|error| format!("{error}\n"))
    });
    match made {
        Ok(certificate) => Ok(certificate),
        Err(error) => cx.fail(&format!("Error signing certificate\n{error}")),
    }
}

/// Parses a serial number: decimal digits, or hexadecimal ones after `0x`.
pub(super) fn parse_serial(cx: &mut Context<'_, '_>, text: &str) -> Done<Vec<u8>> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => {
            let padded = if digits.len() % 2 == 1 {
                format!("0{digits}")
            } else {
                digits.into()
            };
            hex::decode(padded).ok()
        }
        None => text
            .parse::<u128>()
            .ok()
            .map(|number| number.to_be_bytes().to_vec()),
    };
    match parsed {
        Some(serial) => Ok(serial),
        None => cx.fail(&format!("Unable to load serial number {text}\n")),
    }
}
