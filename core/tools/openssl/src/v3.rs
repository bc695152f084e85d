//! Certificate extensions: parsed from a configuration, and formatted as text.

use super::config::Config;
use super::text::colons;
use super::texts;
use hsmlab_crypto::cert::Certificate;
use hsmlab_crypto::der::{self, Reader, tag};
use hsmlab_crypto::extension::{self, BasicConstraints, Extension, KeyUsage};
use hsmlab_crypto::keys::PublicKey;
use hsmlab_crypto::name::{Name, NameStyle};
use hsmlab_crypto::oids;

/// The keys that the key identifiers refer to.
pub(super) struct Subject<'a> {
    /// The certified key; `None` while a section is only checked.
    pub key: Option<&'a PublicKey>,
    /// The issuer's certificate; `None` for a request, and for a certificate that is its own issuer.
    pub issuer: Option<&'a Certificate>,
    /// The issuer's key.
    pub issuer_key: Option<&'a PublicKey>,
}

/// Parses a section of extensions.
///
/// # Errors
/// The lines of OpenSSL's error stack.
pub(super) fn from_section(
    config: &Config,
    section: &str,
    subject: &Subject<'_>,
) -> Result<Vec<Extension>, String> {
    let mut out = Vec::new();
    let entries = config.section(section).ok_or_else(String::new)?;
    for (name, value) in entries {
        out.extend(from_words(config, section, name, value, subject)?);
    }
    Ok(out)
}

/// Parses one extension, as `basicConstraints = critical,CA:true`. `None`: it has no value here, as an
/// authority key identifier without an issuer.
///
/// # Errors
/// The lines of OpenSSL's error stack.
pub(super) fn from_words(
    config: &Config,
    section: &str,
    name: &str,
    value: &str,
    subject: &Subject<'_>,
) -> Result<Option<Extension>, String> {
    let wrong = |lines: String| {
        lines
            + &texts::stack(
                "11000080",
                "X509 V3 routines",
                "X509V3_EXT_nconf_int",
                "error in extension",
                &format!("crypto/x509/v3_conf.c:48:section={section}, name={name}, value={value}"),
            )
    };
    let unknown = || wrong(texts::unknown_extension());
    let oid = oids::by_name(name)
        .map(|entry| entry.dotted)
        .ok_or_else(unknown)?;
    let (critical, rest) = match value.trim().strip_prefix("critical") {
        Some(rest) => (
            true,
            rest.trim_start().strip_prefix(',').unwrap_or(rest).trim(),
        ),
        None => (false, value.trim()),
    };
    let words: Vec<&str> = rest
        .split(',')
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    let made = match oid {
        oids::BASIC_CONSTRAINTS => {
            constraints(&words).map(|it| Extension::basic_constraints(critical, it))
        }
        oids::KEY_USAGE => key_usages(&words).map(|it| Extension::key_usage(critical, &it)),
        oids::EXTENDED_KEY_USAGE => {
            purposes(&words).map(|it| Extension::extended_key_usage(critical, &it))
        }
        oids::SUBJECT_ALT_NAME => {
            alt_names(config, &words).map(|value| Extension::new(oid, critical, value))
        }
        oids::SUBJECT_KEY_IDENTIFIER => match (rest, subject.key) {
            ("none", _) | ("hash", None) => return Ok(None),
            ("hash", Some(key)) => Ok(Extension {
                critical,
                ..Extension::subject_key_identifier(key)
            }),
            (text, _) => match hex::decode(text.replace(':', "")) {
                Ok(id) => Ok(Extension::new(oid, critical, der::octet_string(&id))),
                Err(_) => Err(texts::illegal_hex_digit()),
            },
        },
        oids::AUTHORITY_KEY_IDENTIFIER => return Ok(authority(&words, critical, subject)),
        oids::NS_COMMENT => Ok(Extension::new(
            oid,
            critical,
            der::tlv(tag::IA5_STRING, rest.as_bytes()),
        )),
        _ => return Err(unknown()),
    };
    made.map(Some).map_err(wrong)
}

fn constraints(words: &[&str]) -> Result<BasicConstraints, String> {
    let mut found = BasicConstraints::default();
    for word in words {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        match name {
            "CA" => {
                found.ca = match value.to_ascii_lowercase().as_str() {
                    "true" | "yes" | "y" => true,
                    "false" | "no" | "n" => false,
                    _ => return Err(texts::invalid_boolean(name, value)),
                }
            }
            "pathlen" => match value.parse() {
                Ok(length) => found.path_length = Some(length),
                Err(_) => return Err(texts::invalid_number(name, value)),
            },
            _ => return Err(texts::invalid_name(name, value)),
        }
    }
    Ok(found)
}

fn key_usages(words: &[&str]) -> Result<Vec<KeyUsage>, String> {
    let find = |word: &&str| {
        KeyUsage::ALL
            .iter()
            .find(|(_, name, long)| name == word || long == word)
            .map(|it| it.0)
            .ok_or_else(|| texts::unknown_bit(word))
    };
    words.iter().map(find).collect()
}

fn purposes<'a>(words: &[&'a str]) -> Result<Vec<&'a str>, String> {
    let find = |word: &&'a str| match oids::by_name(word) {
        Some(entry) => Ok(entry.dotted),
        None if der::oid(word).is_some() => Ok(*word),
        None => Err(texts::unknown_object(word)),
    };
    words.iter().map(find).collect()
}

fn alt_names(config: &Config, words: &[&str]) -> Result<Vec<u8>, String> {
    let mut names = Vec::new();
    for word in words {
        if let Some(section) = word.strip_prefix('@') {
            let entries = config
                .section(section)
                .ok_or_else(|| texts::unsupported_option(word))?;
            for (kind, value) in entries {
                let kind = kind.split('.').next().unwrap_or_default();
                names.push(alt_name(kind, value)?);
            }
        } else {
            let (kind, value) = word.split_once(':').unwrap_or((word, ""));
            names.push(alt_name(kind, value)?);
        }
    }
    Ok(der::tlv(tag::SEQUENCE, &names.concat()))
}

fn alt_name(kind: &str, value: &str) -> Result<Vec<u8>, String> {
    Ok(match kind {
        "email" => der::tlv(der::context_primitive(1), value.as_bytes()),
        "DNS" => der::tlv(der::context_primitive(2), value.as_bytes()),
        "URI" => der::tlv(der::context_primitive(6), value.as_bytes()),
        "IP" => match value.parse().map_err(|_| texts::bad_address(value))? {
            std::net::IpAddr::V4(ip) => der::tlv(der::context_primitive(7), &ip.octets()),
            std::net::IpAddr::V6(ip) => der::tlv(der::context_primitive(7), &ip.octets()),
        },
        _ => return Err(texts::unsupported_option(kind)),
    })
}

/// Builds the authority key identifier from `keyid` and `issuer`. The issuer's name and serial are added if
/// there is no key identifier, or always with `:always`.
fn authority(words: &[&str], critical: bool, subject: &Subject<'_>) -> Option<Extension> {
    let issuer_key = subject.issuer_key?;
    let wants = |name: &str| {
        words
            .iter()
            .any(|word| word.split(':').next() == Some(name))
    };
    let mut content = Vec::new();
    let key_id = match subject.issuer {
        Some(issuer) => issuer.subject_key_identifier(),
        None => Some(extension::key_identifier(issuer_key)),
    };
    if let (true, Some(id)) = (wants("keyid"), &key_id) {
        content.extend(der::tlv(der::context_primitive(0), id));
    }
    let always = words.contains(&"issuer:always");
    if let Some(issuer) = subject.issuer
        && (always || (wants("issuer") && content.is_empty()))
    {
        let name = der::tlv(der::context(4), &issuer.issuer().to_der());
        content.extend(der::tlv(der::context(1), &name));
        content.extend(der::tlv(der::context_primitive(2), issuer.serial()));
    }
    if content.is_empty() {
        return None;
    }
    let value = der::tlv(tag::SEQUENCE, &content);
    Some(Extension::new(
        oids::AUTHORITY_KEY_IDENTIFIER,
        critical,
        value,
    ))
}

/// Formats the lines of an extension's value.
pub(super) fn value_text(extension: &Extension, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match known_text(extension) {
        Some(lines) => lines.iter().map(|line| format!("{pad}{line}\n")).collect(),
        None => dump(&extension.value, indent),
    }
}

fn known_text(extension: &Extension) -> Option<Vec<String>> {
    let value = &extension.value;
    Some(match extension.oid.as_str() {
        oids::BASIC_CONSTRAINTS => {
            let it = extension::basic_constraints(value).ok()?;
            let ca = if it.ca { "CA:TRUE" } else { "CA:FALSE" };
            vec![match it.path_length {
                Some(length) => format!("{ca}, pathlen:{length}"),
                None => ca.to_owned(),
            }]
        }
        oids::KEY_USAGE => {
            let set = extension::key_usage(value).ok()?;
            let names = KeyUsage::ALL
                .iter()
                .filter(|it| set.contains(&it.0))
                .map(|it| it.2);
            vec![names.collect::<Vec<_>>().join(", ")]
        }
        oids::EXTENDED_KEY_USAGE => {
            let set = extension::extended_key_usage(value).ok()?;
            vec![
                set.iter()
                    .map(|oid| oids::long_name(oid))
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        }
        oids::SUBJECT_KEY_IDENTIFIER => {
            vec![colons(&extension::subject_key_identifier(value).ok()?)]
        }
        oids::AUTHORITY_KEY_IDENTIFIER => authority_text(value)?,
        oids::SUBJECT_ALT_NAME => vec![alt_text(extension)?],
        oids::NS_COMMENT => {
            let text = Reader::new(value).any().ok()?;
            vec![String::from_utf8_lossy(text.content).into_owned()]
        }
        _ => return None,
    })
}

fn authority_text(value: &[u8]) -> Option<Vec<String>> {
    let it = extension::authority_key_identifier(value).ok()?;
    let alone = it.issuer.is_none() && it.serial.is_none();
    let mut lines = Vec::new();
    if let Some(id) = &it.key_id {
        // OpenSSL 3.0 labels the key identifier only if there are other parts.
        lines.push(if alone {
            colons(id)
        } else {
            format!("keyid:{}", colons(id))
        });
    }
    if let Some(issuer) = &it.issuer {
        lines.push(format!("DirName:{}", issuer.to_text(NameStyle::Compat)));
    }
    if let Some(serial) = &it.serial {
        lines.push(format!("serial:{}", colons(serial)));
    }
    Some(lines)
}

/// Formats the names of a subjectAltName extension in one line.
pub(super) fn alt_text(extension: &Extension) -> Option<String> {
    let mut list = der::only(&extension.value, tag::SEQUENCE).ok()?;
    let mut names = Vec::new();
    while !list.is_empty() {
        let name = list.any().ok()?;
        let text = String::from_utf8_lossy(name.content).into_owned();
        names.push(match name.tag & 0x1f {
            1 => format!("email:{text}"),
            2 => format!("DNS:{text}"),
            4 => {
                let directory = Name::read(&mut Reader::new(name.content)).ok()?;
                format!("DirName:{}", directory.to_text(NameStyle::OneLine))
            }
            6 => format!("URI:{text}"),
            7 => match name.content {
                [a, b, c, d] => format!("IP Address:{a}.{b}.{c}.{d}"),
                bytes => {
                    let groups = bytes.chunks(2).map(|pair| {
                        pair.iter()
                            .fold(0u16, |n, &byte| (n << 8) | u16::from(byte))
                    });
                    let shown: Vec<String> = groups.map(|group| format!("{group:X}")).collect();
                    format!("IP Address:{}", shown.join(":"))
                }
            },
            _ => "othername:<unsupported>".to_owned(),
        });
    }
    Some(names.join(", "))
}

/// Formats an unknown value as a dump with 16 bytes per line.
fn dump(bytes: &[u8], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let width = 16usize.saturating_sub(indent.saturating_sub(6) / 4).max(1);
    let mut out = String::new();
    for (at, line) in bytes.chunks(width).enumerate() {
        let mut digits = String::new();
        for (column, byte) in line.iter().enumerate() {
            let dash = if column == 7 { '-' } else { ' ' };
            digits.push_str(&format!("{byte:02x}{dash}"));
        }
        let shown: String = line
            .iter()
            .map(|&byte| {
                if (0x20..0x7f).contains(&byte) {
                    char::from(byte)
                } else {
                    '.'
                }
            })
            .collect();
        let columns = width * 3;
        out += &format!("{pad}{:04x} - {digits:<columns$}  {shown}\n", at * width);
    }
    out
}
