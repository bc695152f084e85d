//! `syncKey` and `syncUser`: copy a key or a user from one HSM to another, in the same cluster or
//! in a clone (User Guide of 2023, "cloned-clusters").

use super::change::user_of;
use super::servers::Servers;
use crate::shared::codes;
use hsmlab_proto::message::{Answer, Command, Fault, Reply};
use hsmlab_proto::sdk3::Sdk3Command;
use hsmlab_shell::process::Io;

/// The server of server mode, and the destination.
fn ends(
    servers: &Servers,
    io: &mut Io<'_>,
    name: &str,
    to: Option<&&str>,
) -> Option<(usize, usize)> {
    let Some(from) = servers.mode else {
        // Guess: not published; the guide asks to enter server mode first.
        io.out(format!("{name} is allowed in server mode only\n"));
        return None;
    };
    let to = to.and_then(|text| text.parse().ok());
    match to.filter(|to| *to != from && *to < servers.all.len()) {
        Some(to) => Some((from, to)),
        None => {
            io.out("Invalid server number\n");
            None
        }
    }
}

fn code(answer: Option<&Answer>) -> u32 {
    match answer {
        Some(Ok(_)) => 0,
        Some(Err(fault)) => codes::fault(fault).0,
        None => codes::UNAVAILABLE.0,
    }
}

/// `syncKey <key handle> <destination hsm>`.
pub(super) fn key(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let Some(handle) = arguments.first().and_then(|text| text.parse().ok()) else {
        super::help::usage(io, "syncKey");
        return;
    };
    let Some((from, to)) = ends(servers, io, "syncKey", arguments.get(1)) else {
        return;
    };
    let done = match servers.ask(from, io, &Command::ExtractMasked { handle }) {
        Some(Ok(Reply::Bytes(masked))) => servers.ask(to, io, &Command::InsertMasked { masked }),
        Some(Ok(_)) => Some(Err(Fault::Malformed)),
        other => other,
    };
    io.out(match done {
        Some(Ok(_)) => "syncKey success\n".to_owned(),
        Some(Err(fault)) => format!("syncKey failed: {}\n", super::servers::words(&fault)),
        None => "syncKey failed: server disconnected\n".to_owned(),
    });
}

/// `syncUser <user id> <server id>`.
pub(super) fn user(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let Some(id) = arguments.first().and_then(|text| text.parse().ok()) else {
        super::help::usage(io, "syncUser");
        return;
    };
    let Some((from, to)) = ends(servers, io, "syncUser", arguments.get(1)) else {
        return;
    };
    let username = match user_of(servers, from, io, id) {
        Ok(username) => username,
        Err(why) => {
            io.out(format!("syncUser failed: {why}\n"));
            return;
        }
    };
    let extract = Command::Sdk3(Sdk3Command::ExtractUser { username });
    let extracted = servers.ask(from, io, &extract);
    io.out(format!(
        "ExtractMaskedObject: {:#x} !\n",
        code(extracted.as_ref())
    ));
    let Some(Ok(Reply::Bytes(masked))) = extracted else {
        io.out("syncUser failed\n");
        return;
    };
    let insert = Command::Sdk3(Sdk3Command::InsertUser { masked });
    let inserted = servers.ask(to, io, &insert);
    io.out(format!(
        "InsertMaskedObject: {:#x} !\n",
        code(inserted.as_ref())
    ));
    let done = matches!(inserted, Some(Ok(_)));
    io.out(if done {
        "syncUser success\n"
    } else {
        "syncUser failed\n"
    });
}
