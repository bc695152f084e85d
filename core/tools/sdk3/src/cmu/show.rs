//! CMU's output about servers, and their certificates.

use super::servers::{Servers, nobody};
use crate::shared::{attributes, info, user_type};
use hsmlab_proto::message::{Command, Reply};
use hsmlab_proto::sdk3::{CertificateKind, Sdk3Command, Sdk3Reply};
use hsmlab_shell::process::Io;

/// `info server <number>`.
pub(super) fn server(servers: &Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let number = match arguments {
        ["server", number] => number.parse::<usize>().ok(),
        _ => None,
    };
    let Some((number, entry)) = number.and_then(|number| Some((number, servers.all.get(number)?)))
    else {
        super::help::usage(io, "info");
        return;
    };
    let login = entry.login.as_ref().map_or_else(
        || "Not logged in".to_owned(),
        |(name, role)| format!("Logged in as '{name}({})'", user_type(*role)),
    );
    let state = if entry.connected {
        "Connected"
    } else {
        "Disconnected"
    };
    let partition = entry
        .server
        .as_ref()
        .map_or("", |server| server.hsm_id.as_str());
    io.out(format!(
        "{:<8}{:<24}{:<17}{:<7}{:<16}{:<24}LoginState\n{number:<8}{:<24}{:<16}{:<8}{state:<16}{partition:<24}{login}\n",
        "Id",
        "Name",
        "Hostname",
        "Port",
        "State",
        "Partition",
        entry.name,
        entry.address.to_string(),
        entry.port,
    ));
}

/// `loginStatus`. Guess: the guide does not show it.
pub(super) fn login_status(servers: &Servers, io: &mut Io<'_>) {
    for number in servers.targets() {
        let login = servers
            .all
            .get(number)
            .and_then(|entry| entry.login.as_ref())
            .map_or_else(
                || "Not logged in".to_owned(),
                |(name, role)| format!("Logged in as '{name}({})'", user_type(*role)),
            );
        io.out(format!("Server {}: {login}\n", servers.label(number)));
    }
}

/// `listAttributes`.
pub(super) fn attributes(io: &mut Io<'_>) {
    io.out(format!(
        "\nFollowing are the possible attribute values for getAttribute:\n\n{}",
        attributes::listing()
    ));
}

/// `getHSMInfo`.
pub(super) fn hsm_info(servers: &mut Servers, io: &mut Io<'_>) {
    let targets = servers.targets();
    if targets.is_empty() {
        nobody(io);
        return;
    }
    io.out(format!("Getting HSM Info on {} nodes\n", targets.len()));
    for number in targets {
        let label = servers.label(number);
        let hsm = servers.try_ask(number, io, &Command::Info);
        let keys = servers.try_ask(number, io, &Command::Sdk3(Sdk3Command::Hello));
        match (hsm, keys) {
            (Ok(Reply::Info(hsm)), Ok(Reply::Sdk3(Sdk3Reply::Hello { keys, .. }))) => {
                io.out(format!(
                    "                *** Server {number} HSM Info ***\n\n{}",
                    info::block(&hsm, keys)
                ));
            }
            _ => io.out(format!("getHSMInfo failed on server {label}\n")),
        }
    }
}

/// `getCert <file-name> <certificate-type>`: in server mode.
pub(super) fn certificate(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let Some(number) = servers.mode else {
        // Guess: not published; the guide asks to enter server mode first.
        io.out("getCert is allowed in server mode only\n");
        return;
    };
    let [file, kind] = arguments else {
        super::help::usage(io, "getCert");
        return;
    };
    let Some(kind) = kind.parse().ok().and_then(CertificateKind::of) else {
        io.out("Invalid certificate type\n");
        return;
    };
    match servers.try_ask(number, io, &Command::Sdk3(Sdk3Command::Certificate(kind))) {
        Ok(Reply::Sdk3(Sdk3Reply::Certificate(pem))) => match io.write_file(file, pem.into_bytes())
        {
            Ok(()) => io.out("getCert Success\n"),
            Err(error) => io.out(format!("Failed to write {file}: {}\n", error.text())),
        },
        Ok(_) => io.out("getCert failed\n"),
        Err(why) => io.out(format!("getCert failed: {why}\n")),
    }
}
