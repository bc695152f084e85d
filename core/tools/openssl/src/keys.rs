//! Formats keys for `-text`.

use rsa::traits::PrivateKeyParts as _;

use super::text::hex_block;
use hsmlab_crypto::keyfile;
use hsmlab_crypto::keys::{Curve, KeyKind, PrivateKey, PublicKey};
use hsmlab_crypto::{der, der::tag};

/// Returns a number with the leading zero byte that an INTEGER would have.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if bytes.first().is_some_and(|&byte| byte >= 0x80) {
        out.push(0);
    }
    out.extend_from_slice(bytes);
    out
}

fn number(label: &str, bytes: &[u8], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let digits = bytes.strip_prefix(&[0]).unwrap_or(bytes);
    if digits.len() <= 8 {
        let value = digits
            .iter()
            .fold(0u64, |n, &byte| (n << 8) | u64::from(byte));
        return format!("{pad}{label} {value} (0x{value:x})\n");
    }
    format!(
        "{pad}{label}\n{}",
        hex_block(&unsigned(digits), 15, indent + 4)
    )
}

fn curve_lines(curve: Curve, pad: &str) -> String {
    format!(
        "{pad}ASN1 OID: {}\n{pad}NIST CURVE: {}\n",
        curve.name(),
        curve.nist_name()
    )
}

/// Formats a public key.
pub(super) fn public_text(key: &PublicKey, indent: usize, _in_certificate: bool) -> String {
    let pad = " ".repeat(indent);
    match key.kind() {
        KeyKind::Rsa(bits) => {
            let (modulus, exponent) = key.rsa_numbers().unwrap_or_default();
            format!("{pad}Public-Key: ({bits} bit)\n")
                + &number("Modulus:", &modulus, indent)
                + &number("Exponent:", &exponent, indent)
        }
        KeyKind::Ec(curve) => {
            let point = key.point().unwrap_or_default();
            format!("{pad}Public-Key: ({} bit)\n{pad}pub:\n", curve.bits())
                + &hex_block(&point, 15, indent + 4)
                + &curve_lines(curve, &pad)
        }
    }
}

/// Formats a private key.
pub(super) fn private_text(key: &PrivateKey) -> String {
    match key.kind() {
        KeyKind::Rsa(bits) => {
            let primes = key.as_rsa().map_or(2, |rsa| rsa.primes().len());
            let der_bytes = keyfile::to_traditional(key);
            let mut out = format!("Private-Key: ({bits} bit, {primes} primes)\n");
            let labels = [
                "",
                "modulus:",
                "publicExponent:",
                "privateExponent:",
                "prime1:",
                "prime2:",
                "exponent1:",
                "exponent2:",
                "coefficient:",
            ];
            let Ok(mut fields) = der::only(der_bytes.expose(), tag::SEQUENCE) else {
                return out;
            };
            for label in labels {
                let Ok(content) = fields.integer() else { break };
                if !label.is_empty() {
                    out += &number(label, content, 0);
                }
            }
            out
        }
        KeyKind::Ec(curve) => {
            let scalar = key
                .scalar()
                .map(|secret| secret.expose().to_vec())
                .unwrap_or_default();
            let point = key.public_key().point().unwrap_or_default();
            format!("Private-Key: ({} bit)\npriv:\n", curve.bits())
                + &hex_block(&scalar, 15, 4)
                + "pub:\n"
                + &hex_block(&point, 15, 4)
                + &curve_lines(curve, "")
        }
    }
}
