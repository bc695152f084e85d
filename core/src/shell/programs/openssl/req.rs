//! `openssl req`: requests, and certificates that sign themselves.

use super::config::{self, Config};
use super::context::{Context, Done};
use super::input;
use super::options::{Command, HELP, Parsed, Unknown, flag, number, value};
use super::{pkey, text, texts, v3};
use crate::crypto::cert::{
    Certificate, CertificateSpec, Issuer, Request, RequestAttribute, RequestSpec, Version,
};
use crate::crypto::extension::Extension;
use crate::crypto::hash::Hash;
use crate::crypto::keyfile::{self, KeyCipher, KeyForm};
use crate::crypto::keys::{PrivateKey, SignatureAlgorithm};
use crate::crypto::name::{Attribute, Name};
use crate::crypto::{der, oids, pem};
use crate::sim::SimDuration;

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
    ],
    run: req,
};

const INTRODUCTION: &str = "\
You are about to be asked to enter information that will be incorporated
into your certificate request.
What you are about to enter is what is called a Distinguished Name or a DN.
There are quite a few fields but you can leave some blank
For some fields there will be a default value,
If you enter '.', the field will be left blank.
-----
";

const ATTRIBUTES: &str = "
Please enter the following 'extra' attributes
to be sent with your certificate request
";

/// The days that `req -x509` certifies without `-days`.
const DAYS: i64 = 30;

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

/// The digest that an unknown option names.
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
        let subject = parse_subject(cx, subject)?;
        let Some(key) = parsed.value("key") else {
            return cx.fail("Error: -subj with -in needs -key, to sign the request anew\n");
        };
        let key = input::private_key(cx, Some(key), parsed.value("passin"), "private key")?;
        let spec = RequestSpec {
            subject,
            extensions: request.extensions(),
            attributes: Vec::new(),
        };
        let algorithm = key.default_algorithm(digest(cx, parsed)?);
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
        out += &modulus(request.public_key().ok());
    }
    finish(cx, parsed, out, request.der(), &request.to_pem())
}

/// `Modulus=...`.
pub(super) fn modulus(key: Option<crate::crypto::keys::PublicKey>) -> String {
    match key.and_then(|key| key.rsa_numbers()) {
        Some((modulus, _)) => format!("Modulus={}\n", hex::encode_upper(modulus)),
        None => "Modulus=Wrong Algorithm type\n".to_owned(),
    }
}

/// Writes what was printed and, unless `-noout`, the object, to `-out`.
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

/// Everything that is settled before the first random byte is drawn.
struct Plan {
    config: Config,
    subject: Name,
    attributes: Vec<RequestAttribute>,
    key_phrase: Option<crate::crypto::secret::Secret>,
}

fn make(cx: &mut Context<'_, '_>, parsed: &Parsed, hash: Hash, is_x509: bool) -> Done {
    let config = config::load(cx, parsed.value("config"))?;
    let issuer_certificate = match parsed.value("CA") {
        Some(path) => Some(input::certificate(cx, Some(path), "issuer certificate")?),
        None => None,
    };
    let given = match parsed.value("key") {
        Some(path) => Some(input::private_key(
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
            Some(input::private_key(cx, path, parsed.value("passin"), what)?)
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
        (Some(text), _) => parse_subject(cx, text)?,
        (None, Some(source)) => source.subject().clone(),
        (None, None) => {
            if kind.is_some() {
                cx.err("-----\n");
            }
            ask_subject(cx, parsed, &config)?
        }
    };
    let attributes = if is_x509 || parsed.has("subj") || source.is_some() {
        Vec::new()
    } else {
        ask_attributes(cx, parsed, &config)?
    };
    cx.check_writable(parsed.value("out"))?;
    let plan = Plan {
        config,
        subject,
        attributes,
        key_phrase,
    };
    // From here on nothing is asked: the first random bytes are drawn.
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
            Some(key)
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
    let section = parsed.value("extensions").or(parsed.value("reqexts"));
    let section = section
        .or(plan.config.get("req", "req_extensions"))
        .map(str::to_owned);
    let public = key.public_key();
    let subject = v3::Subject {
        key: &public,
        issuer: None,
        issuer_key: None,
    };
    let extensions = extensions(cx, parsed, &plan.config, section.as_deref(), &subject)?;
    let spec = RequestSpec {
        subject: plan.subject,
        extensions,
        attributes: plan.attributes,
    };
    let algorithm = signature_algorithm(cx, parsed, &key, hash)?;
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
) -> Done<Option<crate::crypto::secret::Secret>> {
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
    key: &PrivateKey,
    algorithm: SignatureAlgorithm,
) -> Done<Request> {
    match Request::make(spec, key, algorithm, cx.rng()) {
        Ok(request) => Ok(request),
        Err(error) => cx.fail(&format!("Error making certificate request\n{error}\n")),
    }
}

/// What `-sigopt` and the key make of the digest.
pub(super) fn signature_algorithm(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    key: &PrivateKey,
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
    if pss && key.as_rsa().is_some() {
        return Ok(SignatureAlgorithm::RsaPss {
            hash,
            salt_bytes: salt,
        });
    }
    Ok(key.default_algorithm(hash))
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

fn make_certificate(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    hash: Hash,
    plan: &Plan,
    key: Option<&PrivateKey>,
    issuer: Option<(&Certificate, &PrivateKey)>,
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
        key: &own,
        issuer: issuer.map(|(certificate, _)| certificate),
        issuer_key: Some(&signer_public),
    };
    let section = parsed
        .value("extensions")
        .or(plan.config.get("req", "x509_extensions"));
    let section = section.map(str::to_owned);
    let extensions = extensions(cx, parsed, &plan.config, section.as_deref(), &subject)?;
    let serial = match parsed.value("set_serial") {
        Some(text) => parse_serial(cx, text)?,
        None => crate::crypto::cert::build::random_serial(cx.rng()),
    };
    let days = parsed.number("days").unwrap_or(DAYS);
    let Ok(days) = u64::try_from(days) else {
        return cx.fail("req: Non-positive number \"-days\"\n");
    };
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
    let algorithm = signature_algorithm(cx, parsed, signer, hash)?;
    let issuer = Issuer {
        name,
        key: signer,
        algorithm,
    };
    match Certificate::issue(&spec, &issuer, cx.rng()) {
        Ok(certificate) => Ok(certificate),
        Err(error) => cx.fail(&format!("Error signing certificate\n{error}\n")),
    }
}

/// A serial number from decimal digits, or hexadecimal ones after `0x`.
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

/// Parses `-subj`: `/type=value`, `+` for multi-valued RDNs, a backslash before any character.
pub(super) fn parse_subject(cx: &mut Context<'_, '_>, text: &str) -> Done<Name> {
    let command = cx.command.name;
    let Some(rest) = text.strip_prefix('/') else {
        return cx.fail(&format!(
            "{command}: subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: '{text}'\n"
        ));
    };
    let mut name = Name::default();
    let mut joined = false;
    let mut characters = rest.chars().peekable();
    while characters.peek().is_some() {
        let mut kind = String::new();
        let mut found = false;
        for character in characters.by_ref() {
            if character == '=' {
                found = true;
                break;
            }
            kind.push(character);
        }
        if !found {
            return cx.fail(&format!(
                "{command}: Hit end of string before finding the equals.\n"
            ));
        }
        let mut value = String::new();
        let mut next_joins = false;
        while let Some(character) = characters.next() {
            match character {
                '/' => break,
                '+' => {
                    next_joins = true;
                    break;
                }
                '\\' => value.extend(characters.next()),
                other => value.push(other),
            }
        }
        add_attribute(cx, &mut name, kind.trim(), &value, joined, text)?;
        joined = next_joins;
    }
    Ok(name)
}

fn add_attribute(
    cx: &mut Context<'_, '_>,
    name: &mut Name,
    kind: &str,
    value: &str,
    joined: bool,
    whole: &str,
) -> Done {
    let command = cx.command.name;
    let known = oids::by_name(kind).map(|entry| entry.dotted.to_owned());
    let Some(oid) = known.or_else(|| der::oid(kind).map(|_| kind.to_owned())) else {
        cx.err(&format!(
            "{command} warning: Skipping unknown subject name attribute \"{kind}\"\n"
        ));
        return Ok(());
    };
    if value.is_empty() {
        cx.err(&format!(
            "{command} warning: No value provided for subject name attribute \"{kind}\", skipped\n"
        ));
        return Ok(());
    }
    let length = value.chars().count();
    let (shortest, longest) = bounds(&oid);
    if length > longest || length < shortest {
        let too_long = length > longest;
        let line = texts::string_length(too_long, if too_long { longest } else { shortest });
        return cx.fail(&format!(
            "{line}{command}: Error adding subject name attribute \"{whole}\"\n"
        ));
    }
    let attribute = Attribute::new(&oid, value);
    match name.rdns.last_mut() {
        Some(rdn) if joined => rdn.push(attribute),
        _ => name.rdns.push(vec![attribute]),
    }
    Ok(())
}

/// The lengths that OpenSSL's string table allows (RFC 5280, appendix A.1).
fn bounds(oid: &str) -> (usize, usize) {
    match oid {
        oids::COUNTRY => (2, 2),
        oids::COMMON_NAME | oids::ORGANIZATION | oids::ORGANIZATIONAL_UNIT => (1, 64),
        oids::STATE | oids::LOCALITY | oids::EMAIL => (1, 128),
        oids::SERIAL_NUMBER => (1, 64),
        _ => (1, 32_768),
    }
}

/// One field of the section that describes the name.
struct Field {
    oid: String,
    prompt: String,
    default: String,
    shortest: usize,
    longest: usize,
}

fn fields(config: &Config, section: &str) -> Vec<Field> {
    let mut found = Vec::new();
    for (key, prompt) in config.section(section).unwrap_or_default() {
        if ["_min", "_max", "_default", "_value"]
            .iter()
            .any(|end| key.ends_with(end))
        {
            continue;
        }
        // `0.organizationName` and `1.organizationName` are two fields of one type.
        let kind = key.split_once('.').map_or(key.as_str(), |(number, kind)| {
            if number.parse::<u32>().is_ok() {
                kind
            } else {
                key
            }
        });
        let Some(entry) = oids::by_name(kind) else {
            continue;
        };
        let setting = |end: &str| config.get(section, &format!("{key}{end}"));
        let (shortest, longest) = bounds(entry.dotted);
        found.push(Field {
            oid: entry.dotted.to_owned(),
            prompt: prompt.clone(),
            default: setting("_default").unwrap_or_default().to_owned(),
            shortest: setting("_min")
                .and_then(|n| n.parse().ok())
                .unwrap_or(shortest.min(1)),
            longest: setting("_max")
                .and_then(|n| n.parse().ok())
                .unwrap_or(longest),
        });
    }
    found
}

/// Asks for one field. `None`: it is left blank.
fn ask_field(cx: &mut Context<'_, '_>, field: &Field) -> Done<Option<String>> {
    loop {
        let prompt = format!("{} [{}]:", field.prompt, field.default);
        let line = cx.ask(&prompt, true)?;
        let value = match line.trim_end_matches(['\r', '\n']) {
            "" if field.default.is_empty() => return Ok(None),
            "" => field.default.clone(),
            "." => return Ok(None),
            text => text.to_owned(),
        };
        let length = value.chars().count();
        if length > field.longest {
            let longest = field.longest;
            cx.err(&format!(
                "String too long, must be at most {longest} bytes long\n"
            ));
        } else if length < field.shortest {
            let shortest = field.shortest;
            cx.err(&format!(
                "String too short, must be at least {shortest} bytes long\n"
            ));
        } else {
            return Ok(Some(value));
        }
    }
}

fn ask_subject(cx: &mut Context<'_, '_>, parsed: &Parsed, config: &Config) -> Done<Name> {
    let section = config
        .get("req", "distinguished_name")
        .unwrap_or_default()
        .to_owned();
    let mut name = Name::default();
    if config.get("req", "prompt") == Some("no") {
        for (key, value) in config.section(&section).unwrap_or_default() {
            let kind = key.split_once('.').map_or(key.as_str(), |(_, kind)| kind);
            let joined = kind.strip_prefix('+');
            if let Some(entry) = oids::by_name(joined.unwrap_or(kind)) {
                let attribute = Attribute::new(entry.dotted, value);
                match name.rdns.last_mut() {
                    Some(rdn) if joined.is_some() => rdn.push(attribute),
                    _ => name.rdns.push(vec![attribute]),
                }
            }
        }
    } else {
        let batch = parsed.has("batch");
        if !batch {
            cx.err(INTRODUCTION);
        }
        for field in fields(config, &section) {
            let value = if batch {
                Some(field.default.clone()).filter(|value| !value.is_empty())
            } else {
                ask_field(cx, &field)?
            };
            if let Some(value) = value {
                name.rdns.push(vec![Attribute::new(&field.oid, &value)]);
            }
        }
    }
    if name.is_empty() {
        let text = "Error: No objects specified in config file\nError making certificate request\n";
        return cx.fail(text);
    }
    Ok(name)
}

fn ask_attributes(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    config: &Config,
) -> Done<Vec<RequestAttribute>> {
    let Some(section) = config.get("req", "attributes").map(str::to_owned) else {
        return Ok(Vec::new());
    };
    if parsed.has("batch") || config.get("req", "prompt") == Some("no") {
        return Ok(Vec::new());
    }
    cx.err(ATTRIBUTES);
    let mut found = Vec::new();
    for field in fields(config, &section) {
        if let Some(value) = ask_field(cx, &field)? {
            let der_value = der::tlv(der::tag::UTF8_STRING, value.as_bytes());
            found.push(RequestAttribute {
                oid: field.oid,
                values: vec![der_value],
            });
        }
    }
    Ok(found)
}
