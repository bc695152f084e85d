//! The values of the commands' arguments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ArgMatches;
use serde_json::{Value, json};

use super::session::Failure;
use super::texts;
use hsmlab_client::cluster::ClientError;
use hsmlab_proto::key::{Flag, Hash, Template, Term};
use hsmlab_proto::message::{AttributeChange, Fault};
use hsmlab_proto::quorum::KeyQuorum;
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;

pub(super) fn text<'a>(arguments: &'a ArgMatches, name: &str) -> &'a str {
    arguments
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map_or("", String::as_str)
}

pub(super) fn optional<'a>(arguments: &'a ArgMatches, name: &str) -> Option<&'a str> {
    arguments
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map(String::as_str)
}

pub(super) fn texts_of<'a>(arguments: &'a ArgMatches, name: &str) -> Vec<&'a str> {
    arguments
        .try_get_many::<String>(name)
        .ok()
        .flatten()
        .map(|values| values.map(String::as_str).collect())
        .unwrap_or_default()
}

pub(super) fn number(arguments: &ArgMatches, name: &str) -> u32 {
    arguments
        .try_get_one::<u32>(name)
        .ok()
        .flatten()
        .copied()
        .unwrap_or_default()
}

pub(super) fn flag(arguments: &ArgMatches, name: &str) -> bool {
    arguments
        .try_get_one::<bool>(name)
        .ok()
        .flatten()
        .copied()
        .unwrap_or_default()
}

pub(super) fn role(arguments: &ArgMatches) -> Role {
    if text(arguments, "role") == "admin" {
        Role::Admin
    } else {
        Role::CryptoUser
    }
}

pub(super) fn user_and_role(arguments: &ArgMatches) -> Value {
    let name = text(arguments, "username").to_ascii_lowercase();
    json!({ "username": name, "role": text(arguments, "role") })
}

pub(super) fn write(io: &mut Io<'_>, path: &str, bytes: Vec<u8>) -> Result<(), Failure> {
    io.write_file(path, bytes)
        .map_err(|error| Failure(texts::file(path, error.text())))
}

/// The data of `--NAME` (base64) or `--NAME-path` (a file).
pub(super) fn data(io: &Io<'_>, arguments: &ArgMatches, name: &str) -> Result<Vec<u8>, Failure> {
    if let Some(encoded) = optional(arguments, name) {
        return STANDARD
            .decode(encoded)
            .map_err(|_| texts::BAD_BASE64.into());
    }
    let path = text(arguments, &format!("{name}-path"));
    match io.read_file(path) {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => Err(Failure(texts::file(path, error.text()))),
    }
}

pub(super) fn hash(arguments: &ArgMatches, name: &str) -> Hash {
    let name = text(arguments, name);
    Hash::from_name(name.strip_prefix("mgf1-").unwrap_or(name)).unwrap_or(Hash::Sha256)
}

pub(super) fn from_hex(value: &str) -> Result<Vec<u8>, Failure> {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    let padded = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    hex::decode(padded).map_err(|_| texts::BAD_HEX.into())
}

/// The conditions of a filter.
pub(super) fn terms(arguments: &ArgMatches, name: &str) -> Result<Vec<Term>, Failure> {
    texts_of(arguments, name)
        .into_iter()
        .map(|term| {
            let (name, value) = term
                .split_once('=')
                .ok_or_else(|| texts::bad_filter(term))?;
            let value = value.trim_matches('"');
            if name == "key-reference" {
                let number = match value.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16),
                    None => value.parse(),
                };
                return number
                    .map(Term::Reference)
                    .map_err(|_| texts::bad_filter(term).into());
            }
            match name.strip_prefix("attr.") {
                Some(name) => Ok(Term::Attribute(name.to_owned(), value.to_owned())),
                None => Err(texts::bad_filter(term).into()),
            }
        })
        .collect()
}

/// The template of a new key from `--attributes` and the other options.
pub(super) fn template(
    arguments: &ArgMatches,
    label_option: &str,
    attributes_option: &str,
) -> Result<Template, Failure> {
    let mut template = Template {
        label: text(arguments, label_option).to_owned(),
        session: flag(arguments, "session"),
        share_with: texts_of(arguments, "share-crypto-users")
            .into_iter()
            .map(str::to_owned)
            .collect(),
        quorum: key_values(arguments)?,
        ..Template::default()
    };
    for term in texts_of(arguments, attributes_option) {
        let (name, value) = term
            .split_once('=')
            .ok_or_else(|| texts::bad_attribute(term))?;
        match attribute(name, value)? {
            AttributeChange::Flag(Flag::Token, _) => return Err(texts::TOKEN_ATTRIBUTE.into()),
            AttributeChange::Flag(flag, value) => template.flags.push((flag, value)),
            AttributeChange::Id(id) => template.id = id,
            AttributeChange::Label(label) => template.label = label,
            AttributeChange::WrapTemplate(_) | AttributeChange::UnwrapTemplate(_) => {
                let fault = Fault::AttributeRefused(name.to_owned(), value.to_owned());
                return Err(ClientError::Fault(fault).into());
            }
        }
    }
    Ok(template)
}

/// The quorum values of a new key: both, each above 1, or none.
fn key_values(arguments: &ArgMatches) -> Result<Option<KeyQuorum>, Failure> {
    let value = |verb: &str| {
        ["key", "private-key"].iter().find_map(|key| {
            let name = format!("{verb}-{key}-quorum-value");
            let value = arguments.try_get_one::<u32>(&name).ok().flatten()?;
            u8::try_from(*value).ok()
        })
    };
    match (value("manage"), value("use")) {
        (None, None) => Ok(None),
        (Some(manage @ 2..), Some(usage @ 2..)) => Ok(Some(KeyQuorum { manage, usage })),
        _ => Err(texts::quorum::KEY_VALUES.into()),
    }
}

pub(super) fn attribute(name: &str, value: &str) -> Result<AttributeChange, Failure> {
    let bad = || Failure(texts::bad_attribute(&format!("{name}={value}")));
    match name {
        "label" => Ok(AttributeChange::Label(value.to_owned())),
        "id" => Ok(AttributeChange::Id(from_hex(value)?)),
        "wrap-template" => Ok(AttributeChange::WrapTemplate(flags(value).ok_or_else(bad)?)),
        "unwrap-template" => Ok(AttributeChange::UnwrapTemplate(
            flags(value).ok_or_else(bad)?,
        )),
        name => {
            let flag = Flag::parse(name).ok_or_else(bad)?;
            Ok(AttributeChange::Flag(
                flag,
                value.parse().map_err(|_| bad())?,
            ))
        }
    }
}

/// Flags in the form `encrypt=true wrap=false`: a template. Guess: its form on the command line is
/// not published.
fn flags(value: &str) -> Option<Vec<(Flag, bool)>> {
    value
        .split([' ', ','])
        .filter(|term| !term.is_empty())
        .map(|term| {
            let (name, value) = term.split_once('=')?;
            Some((Flag::parse(name)?, value.parse().ok()?))
        })
        .collect()
}
