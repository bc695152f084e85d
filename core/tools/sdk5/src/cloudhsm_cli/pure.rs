//! `crypto sign` and `verify` with keys that sign messages: Ed25519 and ML-DSA (User Guide,
//! "`cloudhsm_cli-crypto-sign-ed25519`", "-ed25519ph", "-mldsa").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ArgMatches;
use serde_json::json;

use super::answers::Done;
use super::arguments::{data, terms, text};
use super::session::Session;
use super::{render, texts, tokens};
use hsmlab_proto::key::Hash;
use hsmlab_proto::message::{Command, Reply};
use hsmlab_proto::pure::{PureCommand, PureMechanism};
use hsmlab_shell::process::Io;

/// True if a mechanism is one of these.
pub(super) fn is_pure(mechanism: &str) -> bool {
    matches!(mechanism, "ed25519" | "ed25519ph" | "ml-dsa")
}

/// Runs a command.
pub(super) fn pure(
    session: &mut Session,
    io: &mut Io<'_>,
    verb: &str,
    mechanism: &str,
    arguments: &ArgMatches,
) -> Done {
    let bytes = data(io, arguments, "data")?;
    let (mechanism, message) = match (mechanism, text(arguments, "data-type")) {
        ("ed25519", _) => (PureMechanism::Ed25519, bytes),
        ("ed25519ph", "digest") => (PureMechanism::Ed25519ph, bytes),
        ("ed25519ph", _) => (PureMechanism::Ed25519ph, Hash::Sha512.digest(&bytes)),
        (_, "external-mu") => (PureMechanism::MlDsaMu, bytes),
        _ => (PureMechanism::MlDsa, bytes),
    };
    let terms = terms(arguments, "key-filter")?;
    if verb == "sign" {
        let approvals = tokens::approvals(io, arguments, &["approval"])?;
        let (handle, reply) = session.approved(io, &approvals, |cluster, link| {
            let key = cluster.find_one(&terms, link)?;
            let handle = key.info.handle;
            let sign = Command::Pure(PureCommand::Sign {
                handle,
                mechanism,
                message,
            });
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
        let verify = Command::Pure(PureCommand::Verify {
            handle: key.info.handle,
            mechanism,
            message,
            signature,
        });
        cluster.use_keys(&[&key], &verify, link)
    })?;
    Ok(json!({ "message": "Signature verified successfully" }))
}
