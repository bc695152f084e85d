//! The subject of a request or certificate: from `-subj`, or prompted for field by field.

use super::config::Config;
use super::context::{Context, Done};
use super::options::Parsed;
use super::texts;
use hsmlab_crypto::cert::RequestAttribute;
use hsmlab_crypto::name::{Attribute, Name};
use hsmlab_crypto::{der, oids};

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
        add_attribute(cx, &mut name, kind.trim(), &value, joined)?;
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
            "{line}{command}: Error adding subject name attribute \"/{kind}={value}\"\n"
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

/// A field of the section that describes the name.
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

/// Prompts for one field; `None` if it is left blank.
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

/// Prompts for the subject field by field, as the configuration specifies.
pub(super) fn ask_subject(
    cx: &mut Context<'_, '_>,
    parsed: &Parsed,
    config: &Config,
) -> Done<Name> {
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

/// Prompts for the extra attributes of a request in the same way.
pub(super) fn ask_attributes(
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
