//! The output of `pkcs11-tool` about libraries, slots, tokens, mechanisms and objects.
//!
//! Guess: the texts of AWS's library about itself, its slot and its token, except the token's label
//! and the slot's number. The HSM's manufacturer, model, serial number and versions are those of
//! `cluster hsm-info`.

use super::names;
use hsmlab_client::cluster::ClusterKey;
use hsmlab_client::cryptoki::mechanism::{self, Use};
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_client::cryptoki::{SLOT_ID, TOKEN_LABEL};
use hsmlab_crypto::der;
use hsmlab_proto::key::{Attributes, Class, Flag, KeyType, PublicPart};
use hsmlab_proto::message::HsmInfo;

/// `--show-info`.
pub(super) fn info() -> String {
    // Guess: manufacturer and description.
    "Cryptoki version 2.40\n\
     Manufacturer     Amazon Web Services\n\
     Library          AWS CloudHSM PKCS#11 library (ver 5.18)\n"
        .to_owned()
}

/// `--list-slots`.
pub(super) fn slots(hsm: &HsmInfo, verbose: bool) -> String {
    let mut out = format!(
        "Available slots:\nSlot 0 (0x{SLOT_ID:x}): {}\n",
        // Guess: the slot's description.
        hsm.cluster_id
    );
    let [hardware, firmware] = versions(hsm);
    if verbose {
        out += &format!(
            "  manufacturer:  {}\n  hardware ver:  {hardware}\n  firmware ver:  {firmware}\n\
             \x20 flags:         token present, hardware slot\n",
            cut(&hsm.vendor, 64)
        );
    }
    out + &format!(
        "  token label        : {TOKEN_LABEL}\n\
         \x20 token manufacturer : {}\n\
         \x20 token model        : {}\n\
         \x20 token flags        : login required, rng, token initialized, PIN initialized\n\
         \x20 hardware version   : {hardware}\n\
         \x20 firmware version   : {firmware}\n\
         \x20 serial num         : {}\n\
         \x20 pin min/max        : {PIN_BYTES}\n\
         \x20 uri                : {}\n",
        cut(&hsm.vendor, 32),
        cut(&hsm.model, 16),
        cut(&hsm.serial_number, 16),
        uri(hsm)
    )
}

/// Guess: the lengths of `user:password` with the shortest and the longest values of both.
const PIN_BYTES: &str = "10/64";

/// Cuts a text to the fixed length of a field of `CK_TOKEN_INFO`.
fn cut(text: &str, chars: usize) -> &str {
    text.get(..chars).unwrap_or(text).trim_end()
}

/// The hardware and firmware versions as `CK_VERSION`: two numbers, if the parts are numbers.
fn versions(hsm: &HsmInfo) -> [String; 2] {
    let number = |text: &str| -> u8 {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    let (hardware, firmware) = (&hsm.hardware_version, &hsm.firmware_version);
    [
        format!("{}.{}", number(&hardware.0), number(&hardware.1)),
        format!("{}.{}", number(&firmware.0), number(&firmware.1)),
    ]
}

/// The token's URI (RFC 7512), with the tool's own escaping.
fn uri(hsm: &HsmInfo) -> String {
    format!(
        "pkcs11:model={};manufacturer={};serial={};token={}",
        escape(cut(&hsm.model, 16)),
        escape(cut(&hsm.vendor, 32)),
        escape(cut(&hsm.serial_number, 16)),
        escape(TOKEN_LABEL)
    )
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if b" !\"#$%&'()*+,/:;=?@[]".contains(&byte) {
                format!("%{byte:x}")
            } else {
                char::from(byte).to_string()
            }
        })
        .collect()
}

/// `--list-mechanisms`.
pub(super) fn mechanisms() -> String {
    let mut out = String::from("Supported mechanisms:\n");
    for info in mechanism::all() {
        out += &format!("  {}", names::mechanism(info.mechanism));
        let (least, most) = info.key_sizes;
        if most > 0 {
            out += &format!(", keySize={{{least},{most}}}");
        }
        // Guess: the library reports all of them as hardware mechanisms.
        out += ", hw";
        for usage in info.uses {
            out += match usage {
                Use::Encrypt => ", encrypt",
                Use::Decrypt => ", decrypt",
                Use::Digest => ", digest",
                Use::Sign => ", sign",
                Use::Verify => ", verify",
                Use::Generate => ", generate",
                Use::GenerateKeyPair => ", generate_key_pair",
                Use::Wrap => ", wrap",
                Use::Unwrap => ", unwrap",
                Use::Derive => ", derive",
            };
        }
        out.push('\n');
    }
    out
}

/// An object, and the warnings from reading its attributes.
pub(super) fn object(key: &ClusterKey, hsm: &HsmInfo) -> (String, String) {
    let attributes = &key.info.attributes;
    let mut warnings = String::new();
    let mut out = head(attributes);
    if attributes.class == Class::SecretKey {
        // The value of a sensitive key is never returned.
        warnings += &format!(
            "warning: PKCS11 function C_GetAttributeValue(VALUE) failed: rv = {}\n\n",
            Rv::ATTRIBUTE_SENSITIVE
        );
    }
    out += &format!("  label:      {}\n", attributes.label);
    if !attributes.id.is_empty() {
        out += &format!("  ID:         {}\n", colons(&attributes.id));
    }
    out += &format!("  Usage:      {}\n", usage(attributes));
    out += &format!("  Access:     {}\n", access(attributes));
    out += &format!("  uri:        {}", uri(hsm));
    if !attributes.id.is_empty() {
        out += ";id=";
        for byte in &attributes.id {
            out += &format!("%{byte:02x}");
        }
    }
    out += &format!(";object={}", escape(&attributes.label));
    out += match attributes.class {
        Class::SecretKey => ";type=secret-key\n",
        Class::PublicKey => ";type=public\n",
        Class::PrivateKey => ";type=private\n",
    };
    (out, warnings)
}

fn head(attributes: &Attributes) -> String {
    let class = match attributes.class {
        Class::PrivateKey => "Private Key Object",
        Class::PublicKey => "Public Key Object",
        Class::SecretKey => "Secret Key Object",
    };
    match (&attributes.public, attributes.key_type) {
        (Some(PublicPart::Rsa { modulus, exponent }), _) => {
            let number = exponent
                .iter()
                .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
            format!(
                "{class}; RSA  {} bits\n  Modulus:    {}\n  Public exp: {number} (0x{})\n",
                modulus.len() * 8,
                lines(modulus),
                hex::encode(exponent)
            )
        }
        (Some(PublicPart::Ec { curve, point }), _) if attributes.class == Class::PublicKey => {
            let params = der::oid(curve.oid()).unwrap_or_default();
            format!(
                "{class}; EC  EC_POINT {} bits\n  EC Point:   {}\n  EC Params:  {} (\"{}\" OID:\"{}\")\n",
                curve.bits(),
                lines(&der::octet_string(point)),
                colons(&params),
                names::curve(*curve),
                curve.oid()
            )
        }
        (Some(PublicPart::Ec { .. }), _) => format!("{class}; EC\n"),
        (Some(PublicPart::Pure(_)), _) => format!("{class}; unknown key algorithm\n"),
        (None, KeyType::Aes) => format!("{class}; AES length {}\n", attributes.key_length_bytes),
        (None, _) => format!(
            "{class}; Generic secret length {}\n",
            attributes.key_length_bytes
        ),
    }
}

/// Hexadecimal digits in lines of 32 bytes.
fn lines(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes.chunks(32).map(hex::encode).collect();
    lines.join("\n              ")
}

fn colons(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(":")
}

fn listed(words: &[(bool, &'static str)]) -> String {
    let words: Vec<&str> = words
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, word)| *word)
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

fn usage(attributes: &Attributes) -> String {
    let has = |flag| attributes.flags.has(flag);
    // The tool treats a secret key as a key with a public part.
    let open = attributes.class != Class::PrivateKey;
    let closed = attributes.class != Class::PublicKey;
    listed(&[
        (open && has(Flag::Encrypt), "encrypt"),
        (closed && has(Flag::Decrypt), "decrypt"),
        (closed && has(Flag::Sign), "sign"),
        (open && has(Flag::Verify), "verify"),
        (open && has(Flag::Wrap), "wrap"),
        (closed && has(Flag::Unwrap), "unwrap"),
        (has(Flag::Derive), "derive"),
    ])
}

fn access(attributes: &Attributes) -> String {
    let has = |flag| attributes.flags.has(flag);
    let closed = attributes.class != Class::PublicKey;
    listed(&[
        (closed && has(Flag::Sensitive), "sensitive"),
        (closed && has(Flag::AlwaysSensitive), "always sensitive"),
        (closed && has(Flag::Extractable), "extractable"),
        (closed && has(Flag::NeverExtractable), "never extractable"),
        (has(Flag::Local), "local"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_uris_are_escaped() {
        assert_eq!(
            escape("Marvell, Inc. (a=b)"),
            "Marvell%2c%20Inc.%20%28a%3db%29"
        );
    }

    #[test]
    fn long_numbers_wrap_onto_the_next_line() {
        let text = lines(&[0xab; 33]);
        assert_eq!(text, format!("{}\n              ab", "ab".repeat(32)));
    }
}
