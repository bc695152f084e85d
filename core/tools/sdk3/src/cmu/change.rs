//! Changes that are made on one server after the other, with a question after each failure.

use super::servers::{Servers, words};
use crate::shared::{attributes, role, user_type, users};
use hsmlab_proto::Secret;
use hsmlab_proto::key::Flag;
use hsmlab_proto::message::{AttributeChange, Command, Fault};
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::Sdk3Command;
use hsmlab_shell::process::Io;

/// A change.
#[derive(Clone, Debug)]
pub(super) enum Change {
    CreateUser {
        role: Role,
        username: String,
        password: Secret,
    },
    DeleteUser {
        role: Role,
        username: String,
    },
    NewPassword {
        role: Role,
        username: String,
        password: Secret,
    },
    SetAttribute {
        handle: u64,
        change: AttributeChange,
    },
    Share {
        handle: u64,
        user_id: u32,
        share: bool,
    },
}

/// A change in progress.
#[derive(Clone, Debug)]
pub(super) struct Run {
    change: Change,
    left: Vec<usize>,
    done: Vec<usize>,
    of: usize,
}

/// True if the attribute with this number can be set.
pub(super) fn is_settable(number: &str) -> bool {
    number
        .parse()
        .is_ok_and(|number| attributes::SETTABLE.contains(&number))
}

impl Change {
    /// Parses a command.
    ///
    /// # Errors
    /// The tool's message. Guess: except for the syntax, not published.
    pub(super) fn parse(name: &str, arguments: &[&str]) -> Result<Self, String> {
        let usage = || super::help::syntax(name);
        let a_role = |text: &str| role(text).ok_or_else(|| "Invalid user type\n".to_owned());
        if arguments.contains(&"-2fa") {
            return Err("hsmlab: this lab's cloudhsm_mgmt_util does not have 2FA\n".into());
        }
        match (name, arguments) {
            ("createUser", [kind, username, password]) => Ok(Self::CreateUser {
                role: a_role(kind)?,
                username: (*username).to_owned(),
                password: Secret::new(*password),
            }),
            ("deleteUser", [kind, username]) => Ok(Self::DeleteUser {
                role: a_role(kind)?,
                username: (*username).to_owned(),
            }),
            ("changePswd", [kind, username, password]) => Ok(Self::NewPassword {
                role: a_role(kind)?,
                username: (*username).to_owned(),
                password: Secret::new(*password),
            }),
            ("setAttribute", [handle, number, value]) => {
                let (Ok(handle), Ok(number)) = (handle.parse(), number.parse()) else {
                    return Err(usage());
                };
                if !attributes::SETTABLE.contains(&number) {
                    return Err(format!("Invalid attribute id {number}\n"));
                }
                let change = match (attributes::flag(number), *value) {
                    (None, label) => AttributeChange::Label(label.to_owned()),
                    (Some(flag), "0") => AttributeChange::Flag(flag, false),
                    (Some(flag), "1") => AttributeChange::Flag(flag, true),
                    _ => return Err("Invalid attribute value, please type '0' or '1'\n".into()),
                };
                Ok(Self::SetAttribute { handle, change })
            }
            ("shareKey", [handle, user, share @ ("0" | "1")]) => {
                let (Ok(handle), Ok(user_id)) = (handle.parse(), user.parse()) else {
                    return Err(usage());
                };
                Ok(Self::Share {
                    handle,
                    user_id,
                    share: *share == "1",
                })
            }
            _ => Err(usage()),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } => "createUser",
            Self::DeleteUser { .. } => "deleteUser",
            Self::NewPassword { .. } => "changePswd",
            Self::SetAttribute { .. } => "setAttribute",
            Self::Share { .. } => "shareKey",
        }
    }

    fn headline(&self, nodes: usize) -> String {
        let (verb, username, role) = match self {
            Self::CreateUser { username, role, .. } => ("Creating User", username, role),
            Self::DeleteUser { username, role } => ("Deleting user", username, role),
            Self::NewPassword { username, role, .. } => ("Changing password for", username, role),
            _ => return String::new(),
        };
        format!("{verb} {username}({}) on {nodes} nodes\n", user_type(*role))
    }

    /// Makes the change on one server.
    fn apply(&self, servers: &mut Servers, number: usize, io: &mut Io<'_>) -> Result<(), String> {
        let command = match self.clone() {
            Self::CreateUser {
                role,
                username,
                password,
            } => Command::CreateUser {
                username,
                role,
                password,
            },
            Self::DeleteUser { role, username } => Command::DeleteUser { username, role },
            Self::NewPassword {
                role: Role::UnactivatedAdmin,
                password,
                ..
            } => {
                let login = servers
                    .all
                    .get(number)
                    .and_then(|entry| entry.login.as_ref());
                if login.is_none() {
                    return Err(words(&Fault::NotLoggedIn));
                }
                Command::Activate { password }
            }
            Self::NewPassword {
                role,
                username,
                password,
            } => Command::ChangePassword {
                username,
                role,
                password,
            },
            Self::SetAttribute { handle, change } => Command::SetAttribute { handle, change },
            Self::Share {
                handle,
                user_id,
                share,
            } => {
                let username = user_of(servers, number, io, user_id)?;
                if share {
                    Command::Share { handle, username }
                } else {
                    Command::Unshare { handle, username }
                }
            }
        };
        servers.try_ask(number, io, &command)?;
        if let (Command::Activate { .. }, Some(entry)) = (&command, servers.all.get_mut(number))
            && let Some((_, role)) = &mut entry.login
        {
            *role = Role::Admin;
        }
        Ok(())
    }

    /// The change that reverts this one, if there is one.
    fn undone(&self) -> Option<Self> {
        match self {
            Self::CreateUser { role, username, .. } => Some(Self::DeleteUser {
                role: *role,
                username: username.clone(),
            }),
            Self::Share {
                handle,
                user_id,
                share,
            } => Some(Self::Share {
                handle: *handle,
                user_id: *user_id,
                share: !share,
            }),
            Self::SetAttribute {
                handle,
                change: AttributeChange::Flag(flag, value),
            } if *flag != Flag::Token => Some(Self::SetAttribute {
                handle: *handle,
                change: AttributeChange::Flag(*flag, !value),
            }),
            _ => None,
        }
    }
}

/// The name of a user on a server, from the user's number there.
pub(super) fn user_of(
    servers: &mut Servers,
    number: usize,
    io: &mut Io<'_>,
    user_id: u32,
) -> Result<String, String> {
    let reply = servers.try_ask(number, io, &Command::Sdk3(Sdk3Command::Users))?;
    users(&reply)
        .iter()
        .find(|user| user.id == user_id)
        .map(|user| user.username.clone())
        .ok_or_else(|| words(&Fault::NoSuchUser))
}

impl Run {
    /// A change on all servers that commands currently go to.
    pub(super) fn new(change: Change, servers: &Servers) -> Self {
        let left = servers.targets();
        Self {
            change,
            of: left.len(),
            left,
            done: Vec::new(),
        }
    }

    /// The tool's first line.
    pub(super) fn headline(&self) -> String {
        self.change.headline(self.of)
    }

    /// Continues with the remaining servers. `false`: one failed, and the user must choose an
    /// action.
    pub(super) fn go_on(&mut self, servers: &mut Servers, io: &mut Io<'_>) -> bool {
        let name = self.change.name();
        while let Some(number) = self.left.first().copied() {
            let label = servers.label(number);
            match self.change.apply(servers, number, io) {
                Ok(()) => {
                    io.out(format!("{name} success on server {label}\n"));
                    self.done.push(number);
                    self.left.remove(0);
                }
                Err(why) => {
                    // User Guide of 2023, "quorum-authentication-crypto-officers-second-time".
                    io.out(format!(
                        "{name} failed: {why}\n{name} failed on server {label}\n\n"
                    ));
                    return false;
                }
            }
        }
        true
    }

    /// `I`: leaves the server as it is.
    pub(super) fn skip(&mut self) {
        if !self.left.is_empty() {
            self.left.remove(0);
        }
    }

    /// `B`: reverts the change on the servers where it was made. Guess: the tool's text, and that
    /// passwords and deleted users are not restored.
    pub(super) fn roll_back(&mut self, servers: &mut Servers, io: &mut Io<'_>) {
        let name = self.change.name();
        let Some(change) = self.change.undone() else {
            io.out(format!("{name} cannot be rolled back\n"));
            return;
        };
        for number in std::mem::take(&mut self.done) {
            let label = servers.label(number);
            match change.apply(servers, number, io) {
                Ok(()) => io.out(format!("rollBack success on server {label}\n")),
                Err(why) => io.out(format!(
                    "rollBack failed: {why}\nrollBack failed on server {label}\n"
                )),
            }
        }
    }
}
