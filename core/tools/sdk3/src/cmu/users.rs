//! Login, logout, and the list of users.

use super::servers::{Servers, nobody, words};
use crate::shared::{role, user_type, users};
use hsmlab_proto::Secret;
use hsmlab_proto::message::Command;
use hsmlab_proto::sdk3::Sdk3Command;
use hsmlab_shell::process::Io;

/// `loginHSM <user-type> <user-name> <password>`: separately on each server.
pub(super) fn login(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let [user_type, username, password, rest @ ..] = arguments else {
        super::help::usage(io, "loginHSM");
        return;
    };
    if !rest.is_empty() {
        io.out("hsmlab: this lab's cloudhsm_mgmt_util does not have 2FA\n");
        return;
    }
    let Some(role) = role(user_type) else {
        io.out("Invalid user type\n");
        return;
    };
    let targets = servers.targets();
    if targets.is_empty() {
        nobody(io);
    }
    for number in targets {
        let command = Command::Login {
            username: (*username).to_owned(),
            role,
            password: Secret::new(*password),
        };
        let label = servers.label(number);
        match servers.ask(number, io, &command) {
            Some(Ok(_)) => {
                if let Some(entry) = servers.all.get_mut(number) {
                    entry.login = Some((username.to_ascii_lowercase(), role));
                }
                io.out(format!("loginHSM success on server {label}\n"));
            }
            // The form of deleteUser's failure (User Guide of 2023, "quorum-authentication").
            Some(Err(fault)) => io.out(format!(
                "loginHSM failed: {}\nloginHSM failed on server {label}\n",
                words(&fault)
            )),
            None => io.out(format!("loginHSM failed on server {label}\n")),
        }
    }
}

/// `logoutHSM`.
pub(super) fn logout(servers: &mut Servers, io: &mut Io<'_>) {
    let targets = servers.targets();
    if targets.is_empty() {
        nobody(io);
    }
    for number in targets {
        let label = servers.label(number);
        let done = servers.try_ask(number, io, &Command::Logout);
        if let Some(entry) = servers.all.get_mut(number) {
            entry.login = None;
        }
        match done {
            Ok(_) => io.out(format!("logoutHSM success on server {label}\n")),
            Err(why) => io.out(format!(
                "logoutHSM failed: {why}\nlogoutHSM failed on server {label}\n"
            )),
        }
    }
}

/// `listUsers`: a block for each server.
pub(super) fn list(servers: &mut Servers, io: &mut Io<'_>) {
    let targets = servers.targets();
    if targets.is_empty() {
        nobody(io);
    }
    for number in targets {
        let label = servers.label(number);
        match servers.try_ask(number, io, &Command::Sdk3(Sdk3Command::Users)) {
            Ok(reply) => {
                let users = users(&reply);
                let mut text = format!(
                    "Users on server {label}:\nNumber of users found:{}\n\n    {:<20}{:<16}{:<35}{:<14}{:<24}2FA\n",
                    users.len(),
                    "User Id",
                    "User Type",
                    "User Name",
                    "MofnPubKey",
                    "LoginFailureCnt"
                );
                for user in users {
                    text += &format!(
                        "{:>10}              {:<16}{:<40}{:>3}{:>16}               {}\n",
                        user.id,
                        user_type(user.role),
                        user.username,
                        "NO",
                        user.failures,
                        "NO"
                    );
                }
                io.out(text);
            }
            Err(why) => io.out(format!(
                "listUsers failed: {why}\nlistUsers failed on server {label}\n"
            )),
        }
    }
}
