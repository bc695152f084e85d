//! `quorum token-sign` and `user change-quorum`.

use clap::ArgMatches;
use serde_json::{Map, Value, json};

use super::answers::Done;
use super::arguments::{number, optional, terms, text};
use super::session::Session;
use super::{render, texts, tokens};
use hsmlab_client::cluster::ClusterToken;
use hsmlab_proto::quorum::{Approval, QuorumCommand, Service, Timeout};
use hsmlab_shell::process::Io;

pub(super) fn token_sign(
    session: &mut Session,
    io: &mut Io<'_>,
    verb: &str,
    arguments: &ArgMatches,
) -> Done {
    match verb {
        "generate" => generate(session, io, arguments),
        "list" => {
            let tokens = session.with(io, |cluster, link| cluster.tokens(link))?;
            Ok(json!({ "tokens": listed(&tokens) }))
        }
        "list-quorum-values" => {
            let values = session.with(io, |cluster, link| cluster.quorum_values(link))?;
            let entry = |(service, value): (Service, Option<u8>)| {
                // Guess: the value shown where HSMs differ; the word is that of `user list`.
                let value = value.map_or(Value::from("inconsistent"), Value::from);
                (service.text().to_owned(), value)
            };
            Ok(Value::Object(values.into_iter().map(entry).collect()))
        }
        "list-timeouts" => {
            let (generated, approved) =
                session.with(io, |cluster, link| cluster.token_timeouts(link))?;
            Ok(json!({ "generated": generated, "approved": approved }))
        }
        "set-quorum-value" => {
            let approvals = tokens::approvals(io, arguments, &["approval"])?;
            let command = QuorumCommand::SetValue {
                service: service(arguments),
                value: u8::try_from(number(arguments, "value")).unwrap_or(0),
            };
            session.approved(io, &approvals, |cluster, link| {
                cluster.quorum_command(command, link)
            })?;
            Ok("Set quorum value successful".into())
        }
        "set-timeout" => {
            let which = if arguments.contains_id("approved") {
                (Timeout::Approved, "approved")
            } else {
                (Timeout::Generated, "generated")
            };
            let command = QuorumCommand::SetTimeout {
                which: which.0,
                seconds: number(arguments, which.1),
            };
            session.with(io, |cluster, link| cluster.quorum_command(command, link))?;
            Ok("Set token timeout successful".into())
        }
        _ => {
            let all = text(arguments, "scope") == "all";
            let command = QuorumCommand::DeleteTokens { all };
            session.with(io, |cluster, link| cluster.quorum_command(command, link))?;
            Ok("Deletion of quorum token(s) successful".into())
        }
    }
}

fn service(arguments: &ArgMatches) -> Service {
    Service::parse(text(arguments, "service")).unwrap_or(Service::User)
}

fn generate(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let (service, path) = (service(arguments), text(arguments, "token"));
    let terms = terms(arguments, "filter")?;
    if service.is_of_keys() == terms.is_empty() {
        return Err(texts::quorum::FILTER.into());
    }
    let (handle, data) = session.with(io, |cluster, link| {
        let handle = match service.is_of_keys() {
            true => Some(cluster.find_one(&terms, link)?.info.handle),
            false => None,
        };
        Ok((handle, cluster.new_token(service, handle, link)?))
    })?;
    if let Err(failure) = tokens::write_token(io, path, service, handle, &data) {
        // Without a written file, the token cannot be signed: it is deleted.
        let lost = [Approval::of(&data)];
        session.with(io, |cluster, link| {
            cluster.clear_tokens(&lost, link);
            Ok(())
        })?;
        return Err(failure);
    }
    Ok(json!({ "path": path }))
}

/// The entries of `list`: equal entries of key tokens are shown once, those of administrators'
/// services each, as in the guide's samples.
fn listed(tokens: &[ClusterToken]) -> Vec<Value> {
    let mut shown: Vec<Value> = Vec::new();
    for token in tokens {
        let info = &token.info;
        let mut entry = Map::new();
        entry.insert("username".into(), info.username.clone().into());
        entry.insert("service".into(), info.service.text().into());
        if let Some(handle) = info.handle {
            entry.insert("key-reference".into(), render::reference(handle).into());
            entry.insert("minimum-token-count".into(), token.fewest.into());
        } else {
            let mut put = |name: &str, value: Value| {
                entry.insert(name.into(), json!({ "value": value }));
            };
            put("approvals-required", info.required.into());
            put("number-of-approvals", info.approvals.into());
            put("token-timeout-seconds", info.seconds.into());
            let coverage = render::coverage(token.everywhere);
            entry.insert("cluster-coverage".into(), coverage.into());
        }
        let entry = Value::Object(entry);
        if info.handle.is_none() || !shown.contains(&entry) {
            shown.push(entry);
        }
    }
    shown
}

/// `user change-quorum token-sign register`.
pub(super) fn register(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let public_key = tokens::public_key(io, text(arguments, "public-key"))?;
    let path = optional(arguments, "signed-token").unwrap_or_default();
    let (approval_data, signature) = tokens::registration(io, path)?;
    let command = QuorumCommand::Register {
        public_key,
        approval_data,
        signature,
    };
    session.with(io, |cluster, link| cluster.quorum_command(command, link))?;
    let (username, role) = session.user().ok_or(texts::NO_CONTEXT)?;
    Ok(json!({ "username": username, "role": role.text() }))
}
