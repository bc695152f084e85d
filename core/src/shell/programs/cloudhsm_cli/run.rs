//! What each command does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ArgMatches;
use serde_json::{Value, json};

use super::session::{Failure, Session, read};
use super::{render, texts};
use crate::client::cluster::{ClientError, ClusterKey};
use crate::client::export;
use crate::crypto::pem;
use crate::proto::Secret;
use crate::proto::key::{Curve, Flag, Hash, KeyType, SignMechanism, Template, Term, WrapMechanism};
use crate::proto::message::{AttributeChange, Command, PairKind, Reply, Role, UnwrapKind};
use crate::shell::process::Io;

type Done = Result<Value, Failure>;

/// The names of a command and its arguments: `["user", "create"]`.
pub(super) fn path(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut names, mut at) = (Vec::new(), matches);
    while let Some((name, inner)) = at.subcommand() {
        names.push(name);
        at = inner;
    }
    (names, at)
}

/// Whether a command runs without a login.
pub(super) fn without_login(names: &[&str]) -> bool {
    matches!(
        names,
        ["cluster", _] | ["user", "list"] | ["login" | "logout" | "quit" | "interactive"]
    )
}

/// How a command's password is asked for: not, once, or twice.
pub(super) fn passwords(names: &[&str], arguments: &ArgMatches) -> usize {
    match names {
        _ if !matches!(arguments.try_get_one::<String>("password"), Ok(None)) => 0,
        ["login"] => 1,
        ["cluster", "activate"] | ["user", "create" | "change-password"] => 2,
        _ => 0,
    }
}

fn text<'a>(arguments: &'a ArgMatches, name: &str) -> &'a str {
    arguments
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map_or("", String::as_str)
}

fn optional<'a>(arguments: &'a ArgMatches, name: &str) -> Option<&'a str> {
    arguments
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map(String::as_str)
}

fn texts_of<'a>(arguments: &'a ArgMatches, name: &str) -> Vec<&'a str> {
    arguments
        .try_get_many::<String>(name)
        .ok()
        .flatten()
        .map(|values| values.map(String::as_str).collect())
        .unwrap_or_default()
}

fn number(arguments: &ArgMatches, name: &str) -> u32 {
    arguments
        .try_get_one::<u32>(name)
        .ok()
        .flatten()
        .copied()
        .unwrap_or_default()
}

fn flag(arguments: &ArgMatches, name: &str) -> bool {
    arguments
        .try_get_one::<bool>(name)
        .ok()
        .flatten()
        .copied()
        .unwrap_or_default()
}

fn role(arguments: &ArgMatches) -> Role {
    if text(arguments, "role") == "admin" {
        Role::Admin
    } else {
        Role::CryptoUser
    }
}

/// Carries out a command. `password` is what was typed at the prompt, where one was shown.
pub(super) fn run(
    session: &mut Session,
    io: &mut Io<'_>,
    matches: &ArgMatches,
    password: Option<&str>,
) -> Done {
    let (names, arguments) = path(matches);
    if let Some(id) = optional(arguments, "cluster-id") {
        session.configure(io, Some(id))?;
    }
    let password = || {
        Secret::new(
            optional(arguments, "password")
                .or(password)
                .unwrap_or_default(),
        )
    };
    match names.as_slice() {
        ["login"] => {
            let name = text(arguments, "username");
            session.login(io, name, role(arguments), password())?;
            Ok(user_and_role(arguments))
        }
        ["logout"] => {
            session.logout(io)?;
            Ok("Logout successful".into())
        }
        ["cluster", "activate"] => {
            let command = Command::Activate {
                password: password(),
            };
            session.with(io, |cluster, link| cluster.user_command(&command, link))?;
            Ok("Cluster activation successful".into())
        }
        ["cluster", "hsm-info"] => {
            let hsms = session.with(io, |cluster, link| cluster.info(link))?;
            Ok(json!({ "hsms": hsms.iter().map(render::hsm).collect::<Vec<_>>() }))
        }
        ["user", "list"] => {
            let users = session.with(io, |cluster, link| cluster.users(link))?;
            Ok(json!({ "users": users.iter().map(render::user).collect::<Vec<_>>() }))
        }
        ["user", verb] => {
            let (username, role) = (text(arguments, "username").to_owned(), role(arguments));
            let command = match *verb {
                "create" => Command::CreateUser {
                    username,
                    role,
                    password: password(),
                },
                "delete" => Command::DeleteUser { username, role },
                _ => Command::ChangePassword {
                    username,
                    role,
                    password: password(),
                },
            };
            session.with(io, |cluster, link| cluster.user_command(&command, link))?;
            Ok(user_and_role(arguments))
        }
        ["crypto", verb, mechanism] => crypto(session, io, verb, mechanism, arguments),
        ["key", rest @ ..] => key(session, io, rest, arguments),
        _ => Err(texts::not_built(&names.join(" ")).into()),
    }
}

fn user_and_role(arguments: &ArgMatches) -> Value {
    let name = text(arguments, "username").to_ascii_lowercase();
    json!({ "username": name, "role": text(arguments, "role") })
}

fn key(session: &mut Session, io: &mut Io<'_>, names: &[&str], arguments: &ArgMatches) -> Done {
    match names {
        ["list"] => list(session, io, arguments),
        ["generate-symmetric", kind] => {
            let key_type = if *kind == "aes" {
                KeyType::Aes
            } else {
                KeyType::GenericSecret
            };
            let template = template(arguments, "label", "attributes")?;
            let length_bytes = number(arguments, "key-length-bytes");
            let keys = make(
                session,
                io,
                None,
                &Command::GenerateSymmetric {
                    key_type,
                    length_bytes,
                    template,
                },
                arguments,
            )?;
            Ok(json!({ "key": keys.first().map(render::key) }))
        }
        ["generate-asymmetric-pair", kind] => generate_pair(session, io, kind, arguments),
        ["import", "pem"] => import(session, io, arguments),
        ["generate-file"] => generate_file(session, io, arguments),
        ["wrap", mechanism] => wrap(session, io, mechanism, arguments),
        ["unwrap", mechanism] => unwrap(session, io, mechanism, arguments),
        ["delete"] => change(session, io, arguments, "Key deleted successfully", |key| {
            Command::DeleteKey {
                handle: key.info.handle,
            }
        }),
        ["share"] => change(session, io, arguments, "Key shared successfully", |key| {
            let username = text(arguments, "username").to_owned();
            Command::Share {
                handle: key.info.handle,
                username,
            }
        }),
        ["unshare"] => change(session, io, arguments, "Key unshared successfully", |key| {
            let username = text(arguments, "username").to_owned();
            Command::Unshare {
                handle: key.info.handle,
                username,
            }
        }),
        ["set-attribute"] => {
            let values = texts_of(arguments, "value").join(" ");
            let attribute = attribute(text(arguments, "name"), &values)?;
            change(
                session,
                io,
                arguments,
                "Attribute set successfully",
                |key| Command::SetAttribute {
                    handle: key.info.handle,
                    change: attribute.clone(),
                },
            )
        }
        _ => Err(texts::not_built(&names.join(" ")).into()),
    }
}

fn change(
    session: &mut Session,
    io: &mut Io<'_>,
    arguments: &ArgMatches,
    message: &str,
    command: impl Fn(&ClusterKey) -> Command,
) -> Done {
    let terms = terms(arguments, "filter")?;
    session.with(io, |cluster, link| {
        let key = cluster.find_one(&terms, link)?;
        cluster.change_key(&key, &command(&key), link)
    })?;
    Ok(json!({ "message": message }))
}

fn list(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let terms = terms(arguments, "filter")?;
    let keys = session.with(io, |cluster, link| {
        let keys = cluster.find(&terms, link)?;
        for key in &keys {
            cluster.check_available(key, link.now())?;
        }
        Ok(keys)
    })?;
    // Administrators see references and labels, whatever they ask for.
    let verbose = flag(arguments, "verbose") && session.role() != Some(Role::Admin);
    let from = number(arguments, "starting-token") as usize;
    let count = number(arguments, "max-items") as usize;
    let page: Vec<Value> = keys
        .iter()
        .skip(from)
        .take(count)
        .map(|key| {
            if verbose {
                render::key(key)
            } else {
                render::short_key(key)
            }
        })
        .collect();
    let end = from.saturating_add(page.len());
    let mut data = json!({
        "total_key_count": keys.len(),
        "returned_key_count": page.len(),
    });
    if let Some(map) = data.as_object_mut() {
        map.shift_insert(0, "matched_keys".into(), page.into());
        if end < keys.len() {
            map.insert("next_token".into(), end.to_string().into());
        }
    }
    Ok(data)
}

fn make(
    session: &mut Session,
    io: &mut Io<'_>,
    from: Option<&ClusterKey>,
    command: &Command,
    arguments: &ArgMatches,
) -> Result<Vec<ClusterKey>, Failure> {
    let for_session = flag(arguments, "session");
    session.with(io, |cluster, link| {
        cluster.make_keys(from, command, for_session, link)
    })
}

fn generate_pair(
    session: &mut Session,
    io: &mut Io<'_>,
    kind: &str,
    arguments: &ArgMatches,
) -> Done {
    let kind = if kind == "rsa" {
        let exponent = arguments
            .try_get_one::<u64>("public-exponent")
            .ok()
            .flatten()
            .copied()
            .unwrap_or(0);
        PairKind::Rsa {
            bits: number(arguments, "modulus-size-bits"),
            exponent,
        }
    } else {
        PairKind::Ec(match text(arguments, "curve") {
            "prime256v1" | "secp256r1" => Curve::P256,
            "secp384r1" => Curve::P384,
            "secp521r1" => Curve::P521,
            other => return Err(texts::not_built(&format!("The curve {other}")).into()),
        })
    };
    let public = Template {
        share_with: Vec::new(),
        ..template(arguments, "public-label", "public-attributes")?
    };
    let private = template(arguments, "private-label", "private-attributes")?;
    let command = Command::GeneratePair {
        kind,
        public,
        private,
    };
    let keys = make(session, io, None, &command, arguments)?;
    Ok(render::pair(&keys))
}

fn import(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let path = text(arguments, "path");
    let block = pem::find(&read(io, path)?, &["PUBLIC KEY"])
        .map_err(|error| texts::file(path, error.text()))?;
    let command = Command::ImportPublic {
        spki: block.bytes,
        template: template(arguments, "label", "attributes")?,
    };
    let rsa = text(arguments, "key-type-class") == "rsa-public";
    let is_rsa = pkcs8::DecodePublicKey::from_public_key_der(match &command {
        Command::ImportPublic { spki, .. } => spki.as_slice(),
        _ => &[],
    })
    .is_ok_and(|_: rsa::PublicKey| true);
    if rsa != is_rsa {
        return Err(ClientError::Fault(crate::proto::message::Fault::WrongKeyType).into());
    }
    let keys = make(session, io, None, &command, arguments)?;
    Ok(json!({ "key": keys.first().map(render::key), "message": "Successfully imported key" }))
}

fn generate_file(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let encoding = text(arguments, "encoding");
    if encoding != "pem" {
        return Err(texts::not_built(&format!("The encoding {encoding}")).into());
    }
    let terms = terms(arguments, "filter")?;
    let key = session.with(io, |cluster, link| cluster.find_one(&terms, link))?;
    let wrong = ClientError::Fault(crate::proto::message::Fault::WrongKeyType);
    if key.info.attributes.class != crate::proto::key::Class::PublicKey {
        return Err(wrong.into());
    }
    let pem = export::public_pem(&key.info.attributes).ok_or(wrong)?;
    write(io, text(arguments, "path"), pem.into_bytes())?;
    Ok(json!({ "message": "Successfully generated key file" }))
}

fn write(io: &mut Io<'_>, path: &str, bytes: Vec<u8>) -> Result<(), Failure> {
    io.write_file(path, bytes)
        .map_err(|error| Failure(texts::file(path, error.text())))
}

/// What `--NAME` gives as base64 or `--NAME-path` as a file.
fn data(io: &Io<'_>, arguments: &ArgMatches, name: &str) -> Result<Vec<u8>, Failure> {
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

fn hash(arguments: &ArgMatches, name: &str) -> Hash {
    let name = text(arguments, name);
    Hash::from_name(name.strip_prefix("mgf1-").unwrap_or(name)).unwrap_or(Hash::Sha256)
}

fn crypto(
    session: &mut Session,
    io: &mut Io<'_>,
    verb: &str,
    mechanism: &str,
    arguments: &ArgMatches,
) -> Done {
    session.configure(io, None)?;
    let hash_function = hash(arguments, "hash-function");
    let mechanism = match mechanism {
        "ecdsa" => SignMechanism::Ecdsa {
            hash: hash_function,
            weak_hash: session.weak_hash(),
        },
        "rsa-pkcs" => SignMechanism::RsaPkcs {
            hash: hash_function,
        },
        _ => SignMechanism::RsaPss {
            hash: hash_function,
            mgf: hash(arguments, "mgf"),
            salt_bytes: number(arguments, "salt-length") as usize,
        },
    };
    let bytes = data(io, arguments, "data")?;
    // The SDK hashes; the HSM sees the digest.
    let digest = match text(arguments, "data-type") {
        "digest" => bytes,
        _ => hash_function.digest(&bytes),
    };
    let terms = terms(arguments, "key-filter")?;
    if verb == "sign" {
        let (handle, reply) = session.with(io, |cluster, link| {
            let key = cluster.find_one(&terms, link)?;
            let handle = key.info.handle;
            let sign = Command::Sign {
                handle,
                mechanism,
                digest,
            };
            Ok((handle, cluster.use_keys(&[&key], &sign, link)?))
        })?;
        let Reply::Bytes(signature) = reply else {
            return Err(texts::NO_CONTEXT.into());
        };
        let signature = STANDARD.encode(signature);
        return Ok(json!({ "key-reference": render::reference(handle), "signature": signature }));
    }
    let signature = data(io, arguments, "signature")?;
    session.with(io, |cluster, link| {
        let key = cluster.find_one(&terms, link)?;
        let verify = Command::Verify {
            handle: key.info.handle,
            mechanism,
            digest,
            signature,
        };
        cluster.use_keys(&[&key], &verify, link)
    })?;
    Ok(json!({ "message": "Signature verified successfully" }))
}

fn from_hex(value: &str) -> Result<Vec<u8>, Failure> {
    let digits = value.strip_prefix("0x").unwrap_or(value);
    let padded = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    hex::decode(padded).map_err(|_| texts::BAD_HEX.into())
}

fn wrap_mechanism(name: &str, arguments: &ArgMatches) -> Result<WrapMechanism, Failure> {
    let tag_bits = number(arguments, "tag-length-bits");
    let hex_of = |name| optional(arguments, name).map_or(Ok(Vec::new()), from_hex);
    let (hash, mgf) = (hash(arguments, "hash-function"), hash(arguments, "mgf"));
    Ok(match name {
        "aes-gcm" => WrapMechanism::AesGcm {
            tag_bits,
            aad: hex_of("aad")?,
            iv: hex_of("iv")?,
        },
        "cloudhsm-aes-gcm" => WrapMechanism::CloudhsmAesGcm {
            tag_bits,
            aad: hex_of("aad")?,
        },
        "aes-no-pad" => WrapMechanism::AesNoPad,
        "aes-pkcs5-pad" => WrapMechanism::AesPkcs5Pad,
        "aes-zero-pad" => WrapMechanism::AesZeroPad,
        "rsa-oaep" => WrapMechanism::RsaOaep { hash, mgf },
        "rsa-aes" => WrapMechanism::RsaAes { hash, mgf },
        _ => WrapMechanism::RsaPkcs,
    })
}

fn wrap(session: &mut Session, io: &mut Io<'_>, name: &str, arguments: &ArgMatches) -> Done {
    let mechanism = wrap_mechanism(name, arguments)?;
    let payload = terms(arguments, "payload-filter")?;
    let wrapping = terms(arguments, "wrapping-filter")?;
    let (payload, wrapping, reply) = session.with(io, |cluster, link| {
        let payload = cluster.find_one(&payload, link)?;
        let wrapping = cluster.find_one(&wrapping, link)?;
        let command = Command::Wrap {
            payload: payload.info.handle,
            wrapping: wrapping.info.handle,
            mechanism,
        };
        let reply = cluster.use_keys(&[&payload, &wrapping], &command, link)?;
        Ok((payload.info.handle, wrapping.info.handle, reply))
    })?;
    let Reply::Wrapped { iv, wrapped } = reply else {
        return Err(texts::NO_CONTEXT.into());
    };
    // The guide prints hyphens for the RSA mechanisms and underscores for the others.
    let name = |name: &'static str| {
        if name_is_rsa(arguments) {
            name.replace('_', "-")
        } else {
            name.to_owned()
        }
    };
    let mut data = serde_json::Map::new();
    data.insert(
        name("payload_key_reference"),
        render::reference(payload).into(),
    );
    data.insert(
        name("wrapping_key_reference"),
        render::reference(wrapping).into(),
    );
    if !iv.is_empty() {
        data.insert("iv".into(), format!("0x{}", hex::encode(iv)).into());
    }
    match optional(arguments, "path") {
        Some(path) => write(io, path, wrapped)?,
        None => {
            data.insert(name("wrapped_key_data"), STANDARD.encode(wrapped).into());
        }
    }
    Ok(data.into())
}

/// Whether the arguments are those of an RSA wrapping mechanism: they have a hash function.
fn name_is_rsa(arguments: &ArgMatches) -> bool {
    arguments.try_contains_id("hash-function").unwrap_or(false)
}

fn unwrap(session: &mut Session, io: &mut Io<'_>, name: &str, arguments: &ArgMatches) -> Done {
    let mechanism = wrap_mechanism(name, arguments)?;
    let kind = match text(arguments, "key-type-class") {
        "aes" => UnwrapKind::Aes,
        "generic-secret" => UnwrapKind::GenericSecret,
        "rsa-private" => UnwrapKind::RsaPrivate,
        "ec-private" => UnwrapKind::EcPrivate,
        other => return Err(texts::not_built(&format!("The key type {other}")).into()),
    };
    let wrapped = data(io, arguments, "data")?;
    let template = template(arguments, "label", "attributes")?;
    let terms = terms(arguments, "filter")?;
    let key = session.with(io, |cluster, link| cluster.find_one(&terms, link))?;
    let wrapping = key.info.handle;
    let command = Command::Unwrap {
        wrapping,
        mechanism,
        wrapped,
        kind,
        template,
    };
    let keys = make(session, io, Some(&key), &command, arguments)?;
    Ok(json!({ "key": keys.first().map(render::key) }))
}

/// The conditions of a filter.
fn terms(arguments: &ArgMatches, name: &str) -> Result<Vec<Term>, Failure> {
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

/// What `--attributes` and the other options of a new key ask for.
fn template(
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
        }
    }
    Ok(template)
}

fn attribute(name: &str, value: &str) -> Result<AttributeChange, Failure> {
    let bad = || Failure(texts::bad_attribute(&format!("{name}={value}")));
    match name {
        "label" => Ok(AttributeChange::Label(value.to_owned())),
        "id" => Ok(AttributeChange::Id(from_hex(value)?)),
        name => {
            let flag = Flag::parse(name).ok_or_else(bad)?;
            Ok(AttributeChange::Flag(
                flag,
                value.parse().map_err(|_| bad())?,
            ))
        }
    }
}
