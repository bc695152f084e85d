//! Attributes of keys by their numbers in the older tools (User Guide, "key-attribute-table").

use hsmlab_proto::key::{Attributes, Class, Curve, Flag, KeyType, PublicPart};

/// The number that means all attributes.
pub(crate) const ALL: u32 = 512;

/// The listing of `listAttributes`, in its order ("`cloudhsm_mgmt_util-listAttributes`").
pub(crate) const LISTED: [(&str, u32); 29] = [
    ("CLASS", 0),
    ("TOKEN", 1),
    ("PRIVATE", 2),
    ("LABEL", 3),
    ("TRUSTED", 134),
    ("KEY_TYPE", 256),
    ("ID", 258),
    ("SENSITIVE", 259),
    ("ENCRYPT", 260),
    ("DECRYPT", 261),
    ("WRAP", 262),
    ("UNWRAP", 263),
    ("SIGN", 264),
    ("VERIFY", 266),
    ("DERIVE", 268),
    ("LOCAL", 355),
    ("MODULUS", 288),
    ("MODULUS_BITS", 289),
    ("PUBLIC_EXPONENT", 290),
    ("VALUE_LEN", 353),
    ("EXTRACTABLE", 354),
    ("NEVER_EXTRACTABLE", 356),
    ("ALWAYS_SENSITIVE", 357),
    ("DESTROYABLE", 370),
    ("KCV", 371),
    ("WRAP_WITH_TRUSTED", 528),
    ("WRAP_TEMPLATE", 1_073_742_353),
    ("UNWRAP_TEMPLATE", 1_073_742_354),
    ("ALL", ALL),
];

/// The order in which all attributes of a key are written ("`key_mgmt_util-genRSAKeyPair`").
const DUMPED: [u32; 26] = [
    0, 256, 1, 2, 260, 261, 262, 263, 264, 266, 355, 259, 354, 3, 258, 353, 371, 288, 289, 290,
    134, 528, 370, 268, 357, 356,
];

/// The attributes that CMU can change ("`cloudhsm_mgmt_util-setAttribute`"), without templates.
pub(crate) const SETTABLE: [u32; 11] = [3, 134, 260, 261, 262, 263, 264, 266, 268, 370, 528];

/// The listing of `listAttributes`.
pub(crate) fn listing() -> String {
    LISTED
        .iter()
        .map(|(name, number)| format!("      {:<32}= {number}\n", format!("OBJ_ATTR_{name}")))
        .collect()
}

/// `OBJ_ATTR_LABEL`; `None` for a number that no attribute has.
pub(crate) fn name(number: u32) -> Option<String> {
    LISTED
        .iter()
        .find(|(_, known)| *known == number)
        .map(|(name, _)| format!("OBJ_ATTR_{name}"))
}

/// The flag of a number.
pub(crate) const fn flag(number: u32) -> Option<Flag> {
    Some(match number {
        1 => Flag::Token,
        2 => Flag::Private,
        134 => Flag::Trusted,
        259 => Flag::Sensitive,
        260 => Flag::Encrypt,
        261 => Flag::Decrypt,
        262 => Flag::Wrap,
        263 => Flag::Unwrap,
        264 => Flag::Sign,
        266 => Flag::Verify,
        268 => Flag::Derive,
        354 => Flag::Extractable,
        355 => Flag::Local,
        356 => Flag::NeverExtractable,
        357 => Flag::AlwaysSensitive,
        370 => Flag::Destroyable,
        528 => Flag::WrapWithTrusted,
        _ => return None,
    })
}

/// The number of a class: 2 public, 3 private, 4 secret.
pub(crate) const fn class(class: Class) -> u32 {
    match class {
        Class::PublicKey => 2,
        Class::PrivateKey => 3,
        Class::SecretKey => 4,
    }
}

/// The number of a type (PKCS#11 `CKK_`).
pub(crate) const fn key_type(key_type: KeyType) -> u32 {
    match key_type {
        KeyType::Rsa => 0,
        KeyType::Ec => 3,
        KeyType::GenericSecret => 16,
        KeyType::Des3 => 21,
        KeyType::Aes => 31,
        // PKCS#11 3.2; an hsm1.medium does not support such keys.
        KeyType::MlDsa => 0x4a,
    }
}

const fn curve_bits(curve: Curve) -> u32 {
    match curve {
        Curve::P224 => 224,
        Curve::P256 | Curve::K256 => 256,
        Curve::P384 => 384,
        Curve::P521 => 521,
    }
}

/// The value of one attribute. A flag has four bytes if it is the only attribute, else one byte.
fn value(attributes: &Attributes, number: u32, alone: bool) -> Option<String> {
    let small = |value: u32| {
        if alone {
            format!("0x{value:08x}")
        } else {
            format!("0x{value:02x}")
        }
    };
    let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    if let Some(flag) = flag(number) {
        return Some(small(u32::from(attributes.flags.has(flag))));
    }
    Some(match (number, &attributes.public) {
        (0, _) => small(class(attributes.class)),
        (256, _) => small(key_type(attributes.key_type)),
        (3, _) => attributes.label.clone(),
        (258, _) => {
            String::from_utf8(attributes.id.clone()).unwrap_or_else(|_| hex(&attributes.id))
        }
        (353, _) => format!("0x{:08x}", attributes.key_length_bytes),
        (371, _) => hex(&attributes.check_value?),
        (288, Some(PublicPart::Rsa { modulus, .. })) => hex(modulus),
        // The guide's sample shows a curve's point in the place of the modulus.
        (288, Some(PublicPart::Ec { point, .. })) => hex(point),
        (289, Some(PublicPart::Rsa { modulus, .. })) => format!("0x{:08x}", modulus.len() * 8),
        // Guess: the sample's 0x19f for a curve is not explained; this is the size of its field.
        (289, Some(PublicPart::Ec { curve, .. })) => format!("0x{:08x}", curve_bits(*curve)),
        (290, Some(PublicPart::Rsa { exponent, .. })) => hex(exponent),
        _ => return None,
    })
}

/// Name and value on separate lines, long values in lines of 80 characters; `None` if the key does
/// not have the attribute. For [`ALL`], the attributes follow each other.
pub(crate) fn dump(attributes: &Attributes, number: u32) -> Option<String> {
    let line = |number: u32, alone: bool| {
        let value = value(attributes, number, alone)?;
        let value = if number == 3 {
            value
        } else {
            let chars: Vec<char> = value.chars().collect();
            let lines: Vec<String> = chars.chunks(80).map(|line| line.iter().collect()).collect();
            lines.join("\n")
        };
        Some(format!("{}\n{value}\n", name(number)?))
    };
    if number == ALL {
        return Some(
            DUMPED
                .iter()
                .filter_map(|number| line(*number, false))
                .collect(),
        );
    }
    line(number, true)
}

/// The number of attributes that [`dump`] writes, and their size. Guess: the tool's way of counting
/// bytes is not published; the lab counts the bytes of the values plus eight for each.
pub(crate) fn size(attributes: &Attributes) -> (usize, usize) {
    let values: Vec<String> = DUMPED
        .iter()
        .filter_map(|number| value(attributes, *number, false))
        .collect();
    let bytes = values.iter().map(|value| {
        8 + value
            .strip_prefix("0x")
            .map_or(value.len(), |digits| digits.len() / 2)
    });
    (bytes.sum(), values.len())
}
