//! Formats certificates and requests for `-text`.

use super::keys;
use super::v3;
use hsmlab_crypto::cert::{Certificate, Request, RequestAttribute};
use hsmlab_crypto::der::{self, Reader, tag};
use hsmlab_crypto::extension::Extension;
use hsmlab_crypto::keys::SignatureAlgorithm;
use hsmlab_crypto::name::{self, Name, NameStyle};
use hsmlab_crypto::oids;
use hsmlab_sim::SimTime;

/// Formats a time as `Nov 24 03:03:28 2026 GMT`.
pub(super) fn time(at: SimTime) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = at.to_utc();
    let month = MONTHS
        .get(usize::from(u8::from(at.month())).saturating_sub(1))
        .unwrap_or(&"Jan");
    format!(
        "{month} {:>2} {:02}:{:02}:{:02} {} GMT",
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.year()
    )
}

/// Formats bytes as `3b:de`, in lines of `width` bytes, each indented.
pub(super) fn hex_block(bytes: &[u8], width: usize, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let lines: Vec<String> = bytes
        .chunks(width.max(1))
        .map(|line| {
            format!(
                "{pad}{}",
                line.iter()
                    .map(|b| format!("{b:02x}"))
                    .collect::<Vec<_>>()
                    .join(":")
            )
        })
        .collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!("{}\n", lines.join(":\n"))
    }
}

/// Formats bytes as `AB:CD`.
pub(super) fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

/// Formats an INTEGER's content as hexadecimal digits, with a leading `-` if it is negative.
pub(super) fn serial_hex(serial: &[u8]) -> String {
    let (negative, magnitude) = magnitude(serial);
    format!(
        "{}{}",
        if negative { "-" } else { "" },
        hex::encode_upper(magnitude)
    )
}

/// Returns sign and digits of an INTEGER's content; zero has one digit.
fn magnitude(content: &[u8]) -> (bool, Vec<u8>) {
    let negative = content.first().is_some_and(|&byte| byte >= 0x80);
    let mut digits = content.to_vec();
    if negative {
        let mut carry = true;
        for byte in digits.iter_mut().rev() {
            let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, over);
        }
    }
    let zeros = digits.iter().take_while(|&&byte| byte == 0).count();
    digits.drain(..zeros.min(digits.len().saturating_sub(1)));
    (negative, digits)
}

fn serial(content: &[u8]) -> String {
    let (negative, digits) = magnitude(content);
    if digits.len() <= 8 {
        let number = digits
            .iter()
            .fold(0u64, |n, &byte| (n << 8) | u64::from(byte));
        let sign = if negative { "-" } else { "" };
        return format!(" {sign}{number} ({sign}0x{number:x})\n");
    }
    let sign = if negative { " (Negative)" } else { "" };
    let text = digits
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .join(":");
    format!("\n           {sign} {text}\n")
}

/// Formats a certificate.
pub(super) fn certificate(certificate: &Certificate, style: NameStyle) -> String {
    let version = certificate.version();
    let mut out = format!(
        "Certificate:\n    Data:\n        Version: {version} (0x{:x})\n        Serial Number:{}",
        version.saturating_sub(1),
        serial(certificate.serial())
    );
    let algorithm = certificate.signature_algorithm_der();
    out += &format!("        Signature Algorithm: {}", algorithm_name(algorithm));
    match pss_lines(algorithm, 8) {
        Some(lines) => out += &format!("        \n{lines}"),
        None => out.push('\n'),
    }
    out += &format!("        Issuer: {}\n", certificate.issuer().to_text(style));
    out += &format!(
        "        Validity\n            Not Before: {}\n            Not After : {}\n",
        time(certificate.not_before()),
        time(certificate.not_after())
    );
    out += &format!(
        "        Subject: {}\n",
        certificate.subject().to_text(style)
    );
    out += &public_key(certificate.spki_der());
    if !certificate.extensions().is_empty() {
        out += "        X509v3 extensions:\n";
        out += &extensions(certificate.extensions(), 12);
    }
    out + &signature(algorithm, certificate.signature())
}

/// Formats a request.
pub(super) fn request(request: &Request, style: NameStyle) -> String {
    let version = request.version();
    let mut out = format!(
        "Certificate Request:\n    Data:\n        Version: {version} (0x{:x})\n",
        version.saturating_sub(1)
    );
    out += &format!("        Subject: {}\n", request.subject().to_text(style));
    out += &public_key(request.spki_der());
    out += "        Attributes:\n";
    if request.attributes().is_empty() {
        out += "            (none)\n";
    }
    for attribute in request.attributes() {
        if attribute.oid != oids::EXTENSION_REQUEST {
            out += &attribute_lines(attribute);
        }
    }
    let asked = request.extensions();
    if !asked.is_empty() || request.attributes().is_empty() {
        out += "            Requested Extensions:\n";
        out += &extensions(&asked, 16);
    }
    out + &signature(request.signature_algorithm_der(), request.signature())
}

fn attribute_lines(attribute: &RequestAttribute) -> String {
    let mut out = String::new();
    for value in &attribute.values {
        let shown = match Reader::new(value).any() {
            Ok(value) => name::decode_string(value.tag, value.content),
            Err(_) => "<Unable to print attribute>".to_owned(),
        };
        out += &format!(
            "            {:<25}:{shown}\n",
            oids::long_name(&attribute.oid)
        );
    }
    out
}

fn public_key(spki: &[u8]) -> String {
    let name = der::only(spki, tag::SEQUENCE)
        .and_then(|mut fields| fields.inside(tag::SEQUENCE)?.oid())
        .unwrap_or_default();
    let shown = oids::long_name(&name);
    let mut out =
        format!("        Subject Public Key Info:\n            Public Key Algorithm: {shown}\n");
    match hsmlab_crypto::keys::PublicKey::from_spki_der(spki) {
        Ok(key) => out += &keys::public_text(&key, 16, true),
        Err(_) => out += "            Unable to load Public Key\n",
    }
    out
}

fn algorithm_name(der_bytes: &[u8]) -> String {
    let oid = der::only(der_bytes, tag::SEQUENCE).and_then(|mut fields| fields.oid());
    oid.map(|oid| oids::long_name(&oid).to_owned())
        .unwrap_or_default()
}

fn pss_lines(algorithm: &[u8], indent: usize) -> Option<String> {
    let Ok(Ok(SignatureAlgorithm::RsaPss { hash, salt_bytes })) =
        SignatureAlgorithm::from_der(algorithm)
    else {
        return None;
    };
    let pad = " ".repeat(indent);
    let name = hash.name();
    let default = if salt_bytes == 20 { "14 (default)" } else { "" };
    let salt = if default.is_empty() {
        format!("{salt_bytes:02X}")
    } else {
        default.to_owned()
    };
    Some(format!(
        "{pad}Hash Algorithm: {name}\n{pad}Mask Algorithm: mgf1 with {name}\n{pad} Salt Length: 0x{salt}\n{pad}Trailer Field: 0x01 (default)\n"
    ))
}

fn signature(algorithm: &[u8], bytes: &[u8]) -> String {
    let mut out = format!(
        "    Signature Algorithm: {}\n    Signature Value:",
        algorithm_name(algorithm)
    );
    match pss_lines(algorithm, 8) {
        Some(lines) => out += &format!("        \n{lines}"),
        None => out.push('\n'),
    }
    out + &hex_block(bytes, 18, 8)
}

/// Formats extensions: a line with the name, then the value, indented by four more.
pub(super) fn extensions(extensions: &[Extension], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut out = String::new();
    for extension in extensions {
        let critical = if extension.critical { "critical" } else { "" };
        out += &format!("{pad}{}: {critical}\n", oids::long_name(&extension.oid));
        out += &v3::value_text(extension, indent + 4);
    }
    out
}

/// Formats the line `subject=...`; in the multi-line style the name begins on the next line.
pub(super) fn name_line(label: &str, name: &Name, style: NameStyle) -> String {
    match style {
        NameStyle::Multiline => format!("{label}\n{}\n", name.to_text(style)),
        _ => format!("{label}{}\n", name.to_text(style)),
    }
}

/// Parses the style that `-nameopt` names.
pub(super) fn name_style(option: Option<&str>) -> NameStyle {
    match option.unwrap_or_default().to_ascii_lowercase().as_str() {
        "compat" => NameStyle::Compat,
        "rfc2253" => NameStyle::Rfc2253,
        "multiline" => NameStyle::Multiline,
        _ => NameStyle::OneLine,
    }
}
