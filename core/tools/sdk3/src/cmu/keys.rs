//! CMU's output about keys.

use super::servers::{Servers, nobody};
use crate::shared::{attributes, users};
use hsmlab_crypto::hash::Hash;
use hsmlab_proto::key::{Class, KeyInfo, Term};
use hsmlab_proto::message::{Command, Reply};
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::{Sdk3Command, Sdk3Reply, Sdk3User};
use hsmlab_shell::process::Io;

/// All keys of a server that match the terms.
fn find(
    servers: &mut Servers,
    number: usize,
    io: &mut Io<'_>,
    terms: &[Term],
) -> Result<Vec<KeyInfo>, String> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let command = Command::FindKeys {
            terms: terms.to_vec(),
            after,
        };
        let Reply::Keys { keys, more } = servers.try_ask(number, io, &command)? else {
            return Ok(all);
        };
        after = keys.last().map_or(after, |key| key.handle);
        let none = keys.is_empty();
        all.extend(keys);
        if !more || none {
            return Ok(all);
        }
    }
}

fn users_of(
    servers: &mut Servers,
    number: usize,
    io: &mut Io<'_>,
) -> Result<Vec<Sdk3User>, String> {
    let reply = servers.try_ask(number, io, &Command::Sdk3(Sdk3Command::Users))?;
    Ok(users(&reply).to_vec())
}

fn id_of(users: &[Sdk3User], name: &str) -> u32 {
    users
        .iter()
        .find(|user| user.username == name)
        .map_or(0, |user| user.id)
}

/// True if the user logged in on a server has one of these roles; prints a message if not.
fn allowed(servers: &Servers, io: &mut Io<'_>, name: &str, roles: &[Role]) -> bool {
    let login = servers
        .targets()
        .first()
        .and_then(|number| servers.all.get(*number)?.login.as_ref());
    let fault = match login {
        Some((_, role)) if roles.contains(role) => return true,
        Some(_) => hsmlab_proto::message::Fault::WrongRole(Role::Admin),
        None => hsmlab_proto::message::Fault::NotLoggedIn,
    };
    io.out(format!(
        "{name} failed: {}\n",
        super::servers::words(&fault)
    ));
    false
}

/// Prints a text, or writes it to the named file.
fn put(io: &mut Io<'_>, file: Option<&str>, text: &str) {
    let Some(file) = file else {
        io.out(text);
        return;
    };
    if let Err(error) = io.write_file(file, text.as_bytes()) {
        io.out(format!("Failed to write {file}: {}\n", error.text()));
    }
}

/// `getAttribute <key handle> <attribute id> [<filename>]`.
pub(super) fn attribute(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let (Some(handle), Some(id)) = (number_at(arguments, 0), number_at(arguments, 1)) else {
        super::help::usage(io, "getAttribute");
        return;
    };
    let Ok(id) = u32::try_from(id) else {
        super::help::usage(io, "getAttribute");
        return;
    };
    if attributes::name(id).is_none() {
        io.out(format!("Invalid attribute id {id}\n"));
        return;
    }
    if !allowed(servers, io, "getAttribute", &[Role::CryptoUser]) {
        return;
    }
    let mut text = String::new();
    for number in servers.targets() {
        let label = servers.label(number);
        let found = find(servers, number, io, &[Term::Reference(handle)]);
        let value = found.and_then(|keys| {
            let key = keys
                .first()
                .ok_or_else(|| super::servers::words(&hsmlab_proto::message::Fault::NoSuchKey))?;
            attributes::dump(&key.attributes, id)
                // Guess: a key without the attribute.
                .ok_or_else(|| "HSM Error: Attribute not found".to_owned())
        });
        match value {
            Ok(value) => text += &format!("\nAttribute Value on server {label}:\n{value}"),
            Err(why) => io.out(format!(
                "getAttribute failed: {why}\ngetAttribute failed on server {label}\n"
            )),
        }
    }
    put(io, arguments.get(2).copied(), &text);
}

fn number_at(arguments: &[&str], at: usize) -> Option<u64> {
    arguments.get(at)?.parse().ok()
}

/// `getKeyInfo [-k] <key handle> [<output file>]`: no role is required.
pub(super) fn info(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let arguments = arguments.strip_prefix(&["-k"]).unwrap_or(arguments);
    let Some(handle) = number_at(arguments, 0) else {
        super::help::usage(io, "getKeyInfo");
        return;
    };
    let targets = servers.targets();
    if targets.is_empty() {
        nobody(io);
    }
    let mut text = String::new();
    for number in targets {
        let label = servers.label(number);
        let command = Command::Sdk3(Sdk3Command::KeyUsers { handle });
        let answer = servers
            .try_ask(number, io, &command)
            .and_then(|reply| Ok((reply, users_of(servers, number, io)?)));
        match answer {
            Ok((
                Reply::Sdk3(Sdk3Reply::KeyUsers {
                    owner,
                    shared,
                    token,
                }),
                users,
            )) => {
                // Guess: the words for a session key.
                let kind = if token {
                    "Token/Flash Key,"
                } else {
                    "Session Key,"
                };
                text += &format!(
                    "Key Info on server {label}:\n\n        {kind}\n\n        Owned by user {}\n\n",
                    id_of(&users, &owner)
                );
                if !shared.is_empty() {
                    text += &format!(
                        "        also, shared to following {} user(s):\n\n",
                        shared.len()
                    );
                    let mut ids: Vec<u32> = shared.iter().map(|name| id_of(&users, name)).collect();
                    ids.sort_unstable();
                    for id in ids {
                        text += &format!("                 {id}\n");
                    }
                }
            }
            Ok(_) => {}
            Err(why) => io.out(format!(
                "getKeyInfo failed: {why}\ngetKeyInfo failed on server {label}\n"
            )),
        }
    }
    put(io, arguments.get(1).copied(), &text);
}

/// `findAllKeys <user id> <key hash (0/1)> [<output file>]`.
pub(super) fn find_all(servers: &mut Servers, io: &mut Io<'_>, arguments: &[&str]) {
    let (Some(user), Some(with_hash)) = (
        number_at(arguments, 0),
        number_at(arguments, 1).filter(|flag| *flag < 2),
    ) else {
        super::help::usage(io, "findAllKeys");
        return;
    };
    let roles = [Role::Admin, Role::ApplianceUser];
    if !allowed(servers, io, "findAllKeys", &roles) {
        return;
    }
    let mut text = String::new();
    for number in servers.targets() {
        let label = servers.label(number);
        let found = find(servers, number, io, &[])
            .and_then(|keys| Ok((keys, users_of(servers, number, io)?)));
        match found {
            Ok((keys, users)) => {
                text += &listing(&label, &keys, &users, user, with_hash == 1);
            }
            Err(why) => io.out(format!(
                "findAllKeys failed: {why}\nfindAllKeys failed on server {label}\n"
            )),
        }
    }
    put(io, arguments.get(2).copied(), &text);
}

fn listing(
    label: &str,
    keys: &[KeyInfo],
    users: &[Sdk3User],
    user: u64,
    with_hash: bool,
) -> String {
    let name = users
        .iter()
        .find(|known| u64::from(known.id) == user && known.role == Role::CryptoUser)
        .map(|known| known.username.as_str());
    let handles: Vec<String> = keys
        .iter()
        .filter(|key| name.is_some_and(|name| may_use(key, name)))
        .map(|key| {
            // The guide: (o) for keys that the user owns, (s) for keys that are shared.
            let mark = if Some(key.owner.as_str()) == name {
                "(o)"
            } else {
                "(s)"
            };
            format!("{}{mark}", key.handle)
        })
        .collect();
    let mut text = format!(
        "Keys on server {label}:\nNumber of keys found {0}\nnumber of keys matched from start index 0::{0}\n{1}\n",
        handles.len(),
        handles.join(",")
    );
    if with_hash && !handles.is_empty() {
        text += &format!("Key Hash:\n{}\n\n", key_hash(keys, users));
    }
    text + &format!("findAllKeys success on server {label}\n\n")
}

/// A public key is usable only by its owner (User Guide of 2023,
/// "`cloudhsm_mgmt_util-findAllKeys`").
fn may_use(key: &KeyInfo, name: &str) -> bool {
    key.owner == name
        || (key.attributes.class != Class::PublicKey && key.shared.iter().any(|user| user == name))
}

/// A hash of users, owners and sharers: equal on HSMs that are in sync. Guess: the exact input of
/// the hash is not published.
fn key_hash(keys: &[KeyInfo], users: &[Sdk3User]) -> String {
    let mut text = String::new();
    for user in users {
        text += &format!("{} {} {:?}\n", user.id, user.username, user.role);
    }
    for key in keys {
        text += &format!("{} {} {}\n", key.handle, key.owner, key.shared.join(","));
    }
    hex::encode(Hash::Sha256.digest(text.as_bytes()))
}
