//! The small commands: `rand`, `version`, `base64`, `enc -base64`, `asn1parse`.

use rand_core::Rng as _;

use super::context::{Context, Done};
use super::input;
use super::options::{Command, HELP, Parsed, Unknown, flag, value};
use super::texts;
use hsmlab_crypto::der::{Reader, tag};
use hsmlab_crypto::{der, oids, pem};
use hsmlab_shell::host::Os;

/// The most bytes that `rand` generates: the size limit of a file.
const RAND_BYTES_MAX: usize = 1024 * 1024;

/// `openssl rand`.
pub(super) const RAND: Command = Command {
    name: "rand",
    usage: "rand [options] num",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        value("out", "Output file"),
        flag("base64", "Base64 encode output"),
        flag("hex", "Hex encode output"),
    ],
    run: rand,
};

/// `openssl version`.
pub(super) const VERSION: Command = Command {
    name: "version",
    usage: "version [options]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        flag("a", "Show all data"),
        flag("b", "Show build date"),
        flag("d", "Show configuration directory"),
        flag("o", "Show some internal datatype options"),
        flag("p", "Show target build platform"),
        flag("v", "Show library version"),
    ],
    run: version,
};

/// `openssl base64`.
pub(super) const BASE64: Command = Command {
    name: "base64",
    usage: "base64 [options]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        value("in", "Input file"),
        value("out", "Output file"),
        flag("d", "Decrypt"),
        flag("e", "Encrypt"),
        flag(
            "A",
            "Used with -[base64|a] to specify base64 buffer as a single line",
        ),
    ],
    run: base64,
};

/// `openssl enc -base64`.
pub(super) const ENC: Command = Command {
    name: "enc",
    usage: "enc [options]",
    unknown: Unknown::Cipher,
    options: &[
        HELP,
        value("in", "Input file"),
        value("out", "Output file"),
        flag("d", "Decrypt"),
        flag("e", "Encrypt"),
        flag("a", "Base64 encode/decode, depending on encryption flag"),
        flag("base64", "Same as option -a"),
        flag(
            "A",
            "Used with -[base64|a] to specify base64 buffer as a single line",
        ),
    ],
    run: enc,
};

/// `openssl asn1parse`.
pub(super) const ASN1PARSE: Command = Command {
    name: "asn1parse",
    usage: "asn1parse [options]",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        value("in", "input file"),
        value("inform", "input format - one of DER PEM B64"),
        flag("i", "indents the output"),
    ],
    run: asn1parse,
};

fn rand(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let count = match parsed.rest.as_slice() {
        [] => return Ok(()),
        [count] => match count.parse::<usize>() {
            Ok(count) if count <= RAND_BYTES_MAX => count,
            Ok(_) => {
                return cx.fail(&format!(
                    "hsmlab: rand generates at most {RAND_BYTES_MAX} bytes in the lab\n"
                ));
            }
            Err(_) => {
                let text = format!(
                    "rand: Can't parse \"{count}\" as a number\nrand: Use -help for summary.\n"
                );
                return cx.fail(&text);
            }
        },
        _ => return cx.fail("Extra arguments given.\nrand: Use -help for summary.\n"),
    };
    cx.check_writable(parsed.value("out"))?;
    let mut bytes = vec![0; count];
    cx.rng().fill_bytes(&mut bytes);
    if parsed.has("hex") {
        bytes = format!("{}\n", hex::encode(&bytes)).into_bytes();
    } else if parsed.has("base64") {
        bytes = pem::base64_lines(&bytes, 64).into_bytes();
    }
    cx.write(parsed.value("out"), &bytes)
}

/// The OpenSSL release that each system ships.
const fn release(os: Os) -> &'static str {
    match os {
        Os::AmazonLinux2023 => "3.0.8 7 Feb 2023",
        Os::Rhel9 | Os::Rhel8 => "3.0.7 1 Nov 2022",
        Os::Ubuntu2204 | Os::AmazonLinux2 => "3.0.2 15 Mar 2022",
        Os::Ubuntu2404 | Os::WindowsServer2022 => "3.0.13 30 Jan 2024",
    }
}

fn version(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let os = cx.io.host.os;
    let release = release(os);
    let all = parsed.has("a");
    let others = ["b", "d", "o", "p"].iter().any(|name| parsed.has(name));
    if all || parsed.has("v") || !others {
        cx.out(&format!("OpenSSL {release} (Library: OpenSSL {release})\n"));
    }
    if all || parsed.has("p") {
        let platform = if os.is_debian() {
            "debian-amd64"
        } else {
            "linux-x86_64"
        };
        cx.out(&format!("platform: {platform}\n"));
    }
    if all || parsed.has("o") {
        cx.out("options:  bn(64,64)\n");
    }
    if all || parsed.has("d") {
        let folder = if os.is_debian() {
            "/usr/lib/ssl"
        } else {
            "/etc/pki/tls"
        };
        cx.out(&format!("OPENSSLDIR: \"{folder}\"\n"));
    }
    Ok(())
}

fn base64(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let content = input::bytes(cx, parsed.value("in"))?;
    cx.check_writable(parsed.value("out"))?;
    if parsed.has("d") {
        let decoded = pem::base64_decode(&String::from_utf8_lossy(&content));
        return match decoded {
            Some(bytes) => cx.write(parsed.value("out"), &bytes),
            None => cx.fail("error reading input file\n"),
        };
    }
    let width = if parsed.has("A") { usize::MAX } else { 64 };
    let mut text = pem::base64_lines(&content, width);
    if parsed.has("A") {
        text.truncate(text.trim_end().len());
    }
    cx.write(parsed.value("out"), text.as_bytes())
}

fn enc(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    if let Some(name) = &parsed.unknown {
        let lines = texts::unsupported_fetch(name);
        return cx.fail(&format!(
            "enc: Unknown cipher: {name}\nenc: Use -help for summary.\n{lines}"
        ));
    }
    if parsed.has("base64") || parsed.has("a") {
        return base64(cx, parsed);
    }
    let content = input::bytes(cx, parsed.value("in"))?;
    cx.write(parsed.value("out"), &content)
}

fn asn1parse(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    let content = input::bytes(cx, parsed.value("in"))?;
    let bytes = if input::is_der(parsed.value("inform")) {
        content
    } else {
        match pem::next(&String::from_utf8_lossy(&content)) {
            Ok((block, _)) => block.bytes,
            Err(error) => {
                let lines = texts::pem(error, "ANY");
                return cx.fail(&format!("Error reading PEM file\n{lines}"));
            }
        }
    };
    let mut out = String::new();
    let fine = parse_into(&bytes, 0, 0, parsed.has("i"), &mut out);
    cx.out(&out);
    if fine {
        Ok(())
    } else {
        cx.fail("Error parsing structure\n")
    }
}

/// The deepest nesting that is parsed.
const DEPTH_MAX: usize = 64;

fn parse_into(bytes: &[u8], start: usize, depth: usize, indent: bool, out: &mut String) -> bool {
    let mut reader = Reader::new(bytes);
    let mut at = start;
    while !reader.is_empty() {
        let Ok(value) = reader.any() else {
            return false;
        };
        let header = value.raw.len() - value.content.len();
        let constructed = value.tag & 0x20 != 0;
        let form = if constructed { "cons" } else { "prim" };
        let pad = if indent {
            " ".repeat(depth)
        } else {
            String::new()
        };
        let length = value.content.len();
        let name = tag_name(value.tag);
        *out += &format!("{at:>5}:d={depth:<2} hl={header} l={length:>4} {form}: {pad}{name:<18}");
        *out += &primitive(&value);
        out.push('\n');
        let nested = constructed && depth < DEPTH_MAX;
        if nested && !parse_into(value.content, at + header, depth + 1, indent, out) {
            return false;
        }
        at += value.raw.len();
    }
    true
}

fn tag_name(value: u8) -> String {
    let number = value & 0x1f;
    match value {
        tag::BOOLEAN => "BOOLEAN".into(),
        tag::INTEGER => "INTEGER".into(),
        tag::BIT_STRING => "BIT STRING".into(),
        tag::OCTET_STRING => "OCTET STRING".into(),
        tag::NULL => "NULL".into(),
        tag::OID => "OBJECT".into(),
        tag::UTF8_STRING => "UTF8STRING".into(),
        tag::PRINTABLE_STRING => "PRINTABLESTRING".into(),
        tag::TELETEX_STRING => "T61STRING".into(),
        tag::IA5_STRING => "IA5STRING".into(),
        tag::UTC_TIME => "UTCTIME".into(),
        tag::GENERALIZED_TIME => "GENERALIZEDTIME".into(),
        tag::SEQUENCE => "SEQUENCE".into(),
        tag::SET => "SET".into(),
        _ if value & 0xc0 == 0x80 => format!("cont [ {number} ]"),
        _ if value & 0xc0 == 0x40 => format!("appl [ {number} ]"),
        _ if value & 0xc0 == 0xc0 => format!("priv [ {number} ]"),
        _ => format!("<ASN1 {number}>"),
    }
}

fn primitive(value: &der::Tlv<'_>) -> String {
    let text = || String::from_utf8_lossy(value.content).into_owned();
    match value.tag {
        tag::BOOLEAN => format!(":{}", value.content.first().copied().unwrap_or(0)),
        tag::INTEGER => {
            let digits = match value.content {
                [0, rest @ ..] if !rest.is_empty() => rest,
                all => all,
            };
            format!(":{}", hex::encode_upper(digits))
        }
        tag::OID => {
            let oid = der::oid_text(value.content).unwrap_or_default();
            format!(":{}", oids::long_name(&oid))
        }
        tag::OCTET_STRING => format!("[HEX DUMP]:{}", hex::encode_upper(value.content)),
        tag::UTF8_STRING
        | tag::PRINTABLE_STRING
        | tag::TELETEX_STRING
        | tag::IA5_STRING
        | tag::UTC_TIME
        | tag::GENERALIZED_TIME => format!(":{}", text()),
        _ => String::new(),
    }
}
