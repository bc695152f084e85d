//! `user replicate` and `key replicate` (User Guide, "`cloudhsm_cli-user-replicate`",
//! "`cloudhsm_cli-key-replicate`").

use clap::ArgMatches;
use serde_json::json;

use super::answers::Done;
use super::arguments::{role, terms, text};
use super::session::{Failure, Session};
use super::{render, texts};
use hsmlab_client::cluster::ClientError;
use hsmlab_proto::key::Term;
use hsmlab_proto::message::{Command, Fault};
use hsmlab_proto::replicate::ReplicateCommand;
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;

const SOURCE: &str = "source-cluster-id";
const DESTINATION: &str = "destination-cluster-id";

/// The clusters of a command that names two.
pub(super) fn clusters<'a>(
    names: &[&str],
    arguments: &'a ArgMatches,
) -> Option<(&'a str, &'a str)> {
    matches!(names, ["user" | "key", "replicate"])
        .then(|| (text(arguments, SOURCE), text(arguments, DESTINATION)))
}

/// `user replicate`.
pub(super) fn user(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let (username, role) = (text(arguments, "username"), role(arguments));
    session.configure(io, Some(text(arguments, SOURCE)))?;
    let masked = session.with(io, |cluster, link| {
        cluster.extract_user(username, role, link)
    })?;
    let masked = masked.ok_or(texts::USER_INCONSISTENT)?;
    session.configure(io, Some(text(arguments, DESTINATION)))?;
    if session.role() != Some(Role::Admin) {
        return Err(ClientError::Fault(not_logged_in(session, Role::Admin)).into());
    }
    let command = Command::Replicate(ReplicateCommand::InsertUser { masked });
    insert(session, io, &command, "User")?;
    let users = session.with(io, |cluster, link| cluster.users(link))?;
    let name = username.to_ascii_lowercase();
    let user = users.iter().find(|user| user.username == name);
    Ok(json!({ "user": user.map(render::user), "message": "Successfully replicated user" }))
}

/// `key replicate`.
pub(super) fn key(session: &mut Session, io: &mut Io<'_>, arguments: &ArgMatches) -> Done {
    let filter = terms(arguments, "filter")?;
    session.configure(io, Some(text(arguments, SOURCE)))?;
    let (key, masked) = session.with(io, |cluster, link| {
        let key = cluster.find_one(&filter, link)?;
        let masked = cluster.extract_key(&key, link)?;
        Ok((key, masked))
    })?;
    if session.role() == Some(Role::CryptoUser)
        && session.user().map(|(name, _)| name) != Some(&key.info.owner)
    {
        return Err(ClientError::Fault(Fault::NotOwner).into());
    }
    let masked = masked.ok_or(texts::KEY_INCONSISTENT)?;
    session.configure(io, Some(text(arguments, DESTINATION)))?;
    if session.role().is_none() {
        return Err(ClientError::Fault(Fault::NotLoggedIn).into());
    }
    let command = Command::Replicate(ReplicateCommand::InsertKey { masked });
    insert(session, io, &command, "Key")?;
    let term = [Term::Reference(key.info.handle)];
    let replica = session.with(io, |cluster, link| cluster.find_one(&term, link))?;
    Ok(json!({ "key": render::key(&replica), "message": "Successfully replicated key" }))
}

fn not_logged_in(session: &Session, role: Role) -> Fault {
    if session.role().is_none() {
        Fault::NotLoggedIn
    } else {
        Fault::WrongRole(role)
    }
}

fn insert(
    session: &mut Session,
    io: &mut Io<'_>,
    command: &Command,
    what: &str,
) -> Result<(), Failure> {
    // The guide's text for a failure on any of the connections, or on all of them.
    let outcome = session.with(io, |cluster, link| {
        match cluster.insert_replica(command, link) {
            Err(ClientError::Partial { failed, of }) => Ok(Some((failed, of))),
            other => other.map(|()| None),
        }
    })?;
    match outcome {
        None => Ok(()),
        Some((failed, of)) => Err(Failure(format!(
            "{what} replicate failed on {failed} of {of} connections"
        ))),
    }
}
