//! The `key` commands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ArgMatches;
use serde_json::{Value, json};

use super::answers::Done;
use super::arguments::{
    attribute, data, flag, from_hex, hash, number, optional, template, terms, text, texts_of, write,
};
use super::session::{Failure, Session, read};
use super::{render, texts, tokens};
use hsmlab_client::cluster::{ClientError, ClusterKey};
use hsmlab_client::{cloudhsm_reference, export, reference};
use hsmlab_crypto::pem;
use hsmlab_proto::key::{Class, Curve, KeyType, Template, WrapMechanism};
use hsmlab_proto::message::{Command, Fault, PairKind, Reply, UnwrapKind};
use hsmlab_proto::pure::{ParameterSet, PureKind};
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;

pub(super) fn key(
    session: &mut Session,
    io: &mut Io<'_>,
    names: &[&str],
    arguments: &ArgMatches,
) -> Done {
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
        _ => Err(texts::NOT_A_COMMAND.into()),
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
    let approvals = tokens::approvals(io, arguments, &["approval"])?;
    session.approved(io, &approvals, |cluster, link| {
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
    session.saw(&keys);
    // Administrators see only references and labels, even with `--verbose`.
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
    let approvals = tokens::approvals(io, arguments, &["approval"])?;
    let keys = session.approved(io, &approvals, |cluster, link| {
        cluster.make_keys(from, command, for_session, link)
    })?;
    session.saw(&keys);
    Ok(keys)
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
    } else if kind == "ml-dsa" {
        let set = ParameterSet::from_name(text(arguments, "mldsa-algorithm"));
        PairKind::Pure(PureKind::MlDsa(set.unwrap_or(ParameterSet::MlDsa44)))
    } else if text(arguments, "curve") == "ed25519" {
        PairKind::Pure(PureKind::Ed25519)
    } else {
        PairKind::Ec(match text(arguments, "curve") {
            "secp224r1" => Curve::P224,
            "secp256k1" => Curve::K256,
            "secp384r1" => Curve::P384,
            "secp521r1" => Curve::P521,
            // `prime256v1` and `secp256r1` are the same curve.
            _ => Curve::P256,
        })
    };
    let public = Template {
        share_with: Vec::new(),
        quorum: None,
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
        return Err(ClientError::Fault(Fault::WrongKeyType).into());
    }
    let keys = make(session, io, None, &command, arguments)?;
    Ok(json!({ "key": keys.first().map(render::key), "message": "Successfully imported key" }))
}

fn generate_file(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let encoding = text(arguments, "encoding");
    let terms = terms(arguments, "filter")?;
    let key = session.with(io, |cluster, link| cluster.find_one(&terms, link))?;
    let (handle, attributes) = (key.info.handle, &key.info.attributes);
    let pem = match encoding {
        "pem" if attributes.class == Class::PublicKey => export::public_pem(attributes),
        "reference-pem" => reference::to_pem(handle, attributes),
        "cloudhsm-reference-pem" => cloudhsm_reference::to_pem(handle, attributes),
        _ => None,
    };
    let pem = pem.ok_or(ClientError::Fault(Fault::WrongKeyType))?;
    write(io, text(arguments, "path"), pem.into_bytes())?;
    Ok(json!({ "message": "Successfully generated key file" }))
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
    let approvals = ["payload-approval", "wrapping-approval"];
    let approvals = tokens::approvals(io, arguments, &approvals)?;
    let (payload, wrapping, reply) = session.approved(io, &approvals, |cluster, link| {
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

/// True if the arguments are those of an RSA wrapping mechanism: they have a hash function.
fn name_is_rsa(arguments: &ArgMatches) -> bool {
    arguments.try_contains_id("hash-function").unwrap_or(false)
}

fn unwrap(session: &mut Session, io: &mut Io<'_>, name: &str, arguments: &ArgMatches) -> Done {
    let mechanism = wrap_mechanism(name, arguments)?;
    let kind = match text(arguments, "key-type-class") {
        "aes" => UnwrapKind::Aes,
        "des3" => UnwrapKind::Des3,
        "generic-secret" => UnwrapKind::GenericSecret,
        "rsa-private" => UnwrapKind::RsaPrivate,
        _ => UnwrapKind::EcPrivate,
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
