//! Finding keys, their owners, their attributes, and deleting them.

use super::options::{Options, Spec, may, may_number, number, text};
use super::session::{Heading, Session, cluster, code, code_of, returned, states, together};
use crate::shared::attributes;
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Class, Flag, KeyInfo, Term};
use hsmlab_proto::message::{AttributeChange, Command, Fault, Reply};
use hsmlab_proto::sdk3::{Sdk3Command, Sdk3Reply};
use hsmlab_shell::process::Io;

/// `findKey`.
pub(super) const FIND: Spec = Spec {
    name: "findKey",
    what: "Find keys by the values of their attributes.",
    options: &[&[
        may_number(
            "-c",
            "key class",
            "specifies the key class: 2 = public, 3 = private, 4 = secret",
        ),
        may_number(
            "-t",
            "key type",
            "specifies the key type: 0 = RSA, 1 = DSA, 3 = EC, 16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES",
        ),
        may("-l", "key label", "specifies the key label"),
        may("-id", "key ID", "specifies the key ID"),
        may_number(
            "-sess",
            "0/1",
            "specifies session keys (1) or token keys (0)",
        ),
        may(
            "-u",
            "user-ids",
            "specifies users who can use the key too (separated by ,)",
        ),
        may("-m", "modulus", "specifies the file with the modulus"),
        may("-kcv", "key check value", "specifies the key check value"),
    ]],
};
/// `findSingleKey`.
pub(super) const SINGLE: Spec = Spec {
    name: "findSingleKey",
    what: "Verify that a key is on all HSMs of the cluster.",
    options: &[&[number(
        "-k",
        "key handle",
        "Key handle",
        "specifies the key handle",
    )]],
};
/// `getKeyInfo`.
pub(super) const INFO: Spec = Spec {
    name: "getKeyInfo",
    what: "Get the users who own and share a key.",
    options: &[&[number(
        "-k",
        "key handle",
        "Key handle",
        "specifies the key handle",
    )]],
};
/// `deleteKey`.
pub(super) const DELETE: Spec = Spec {
    name: "deleteKey",
    what: "Delete a key specifying a key handle.",
    options: &[&[number(
        "-k",
        "key handle",
        "Key handle",
        "specifies the key handle to delete",
    )]],
};
/// `getAttribute`.
pub(super) const GET: Spec = Spec {
    name: "getAttribute",
    what: "Write one or all attributes of a key to a file.",
    options: &[&[
        number(
            "-o",
            "key handle",
            "Object handle",
            "specifies the object handle",
        ),
        number(
            "-a",
            "attribute constant",
            "Attribute",
            "specifies the attribute (512 = all)",
        ),
        text(
            "-out",
            "file",
            "Output file",
            "specifies the file to write the value to",
        ),
    ]],
};
/// `setAttribute`.
pub(super) const SET: Spec = Spec {
    name: "setAttribute",
    what: "Make a session key a token key.",
    options: &[&[
        number(
            "-o",
            "object handle",
            "Object handle",
            "specifies the object handle",
        ),
        number(
            "-a",
            "attribute",
            "Attribute",
            "specifies the attribute (1 = OBJ_ATTR_TOKEN)",
        ),
    ]],
};

/// The conditions of `findKey`; `None`: a condition that no key of the HSM meets.
fn terms(io: &mut Io<'_>, options: &Options) -> Result<Option<Vec<Term>>, String> {
    let attribute = |name: &str, value: &str| Term::Attribute(name.into(), value.into());
    let mut terms = Vec::new();
    match options.number("-c") {
        Some(2) => terms.push(attribute("class", "public-key")),
        Some(3) => terms.push(attribute("class", "private-key")),
        Some(4) => terms.push(attribute("class", "secret-key")),
        Some(_) => return Ok(None),
        None => {}
    }
    match options.number("-t") {
        Some(0) => terms.push(attribute("key-type", "rsa")),
        Some(3) => terms.push(attribute("key-type", "ec")),
        Some(16) => terms.push(attribute("key-type", "generic-secret")),
        Some(31) => terms.push(attribute("key-type", "aes")),
        Some(_) => return Ok(None),
        None => {}
    }
    if options.has("-l") {
        terms.push(attribute("label", options.text("-l")));
    }
    if options.has("-id") {
        terms.push(attribute("id", &hex::encode(options.text("-id"))));
    }
    match options.number("-sess") {
        Some(0) => terms.push(attribute("token", "true")),
        Some(_) => terms.push(attribute("token", "false")),
        None => {}
    }
    if options.has("-kcv") {
        terms.push(attribute("check-value", options.text("-kcv")));
    }
    if options.has("-m") {
        let file = options.text("-m");
        let bytes = io
            .read_file(file)
            .map_err(|_| format!("\n\tWARNING: Failed to read from the file \"{file}\".\n"))?;
        let text: String = String::from_utf8_lossy(&bytes).split_whitespace().collect();
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        let modulus = hex::decode(digits).unwrap_or_else(|_| bytes.to_vec());
        terms.push(attribute("modulus", &hex::encode(modulus)));
    }
    Ok(Some(terms))
}

/// `findKey`.
pub(super) fn find(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let terms = match terms(io, options) {
        Ok(terms) => terms,
        Err(text) => return io.out(text),
    };
    let wanted: Result<Vec<String>, _> = if options.has("-u") {
        session.users(io).map(|users| {
            options
                .text("-u")
                .split(',')
                .map(|id| {
                    let id: u32 = id.trim().parse().unwrap_or(0);
                    let user = users.iter().find(|user| user.id == id);
                    user.map_or_else(String::new, |user| user.username.clone())
                })
                .collect()
        })
    } else {
        Ok(Vec::new())
    };
    let (mut keys, states) = session.find(io, terms.as_deref().unwrap_or_default());
    if let (Some(_), Ok(wanted)) = (&terms, wanted) {
        keys.retain(|key| wanted.iter().all(|name| may_use(key, name)));
    } else {
        keys.clear();
    }
    let mut text = format!("\nTotal number of keys present {}\n", keys.len());
    if let Some(last) = keys.len().checked_sub(1) {
        let handles: Vec<String> = keys.iter().map(|key| key.handle.to_string()).collect();
        text += &format!(
            "\n number of keys matched from start index 0::{last}\n{}\n",
            handles.join(", ")
        );
    }
    text += &cluster(Heading::Usual, &states);
    text += &format!("\n        {}", returned("Cfm3FindKey", &together(&states)));
    io.out(text);
}

fn may_use(key: &KeyInfo, name: &str) -> bool {
    key.owner == name
        || key.attributes.class == Class::PublicKey
        || key.shared.iter().any(|user| user == name)
}

/// `findSingleKey`.
pub(super) fn single(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let command = Command::FindKeys {
        terms: vec![Term::Reference(options.handle("-k"))],
        after: 0,
    };
    let answers: Vec<_> = session
        .all(io, &command)
        .into_iter()
        .map(|(id, answer)| {
            let answer = answer.map(|answer| match answer {
                Ok(Reply::Keys { keys, .. }) if keys.is_empty() => Err(Fault::NoSuchKey),
                other => other,
            });
            (id, answer)
        })
        .collect();
    let states = states(&answers);
    io.out(format!(
        "{}{}",
        returned("Cfm3FindKey", &together(&states)),
        cluster(Heading::Usual, &states)
    ));
}

/// `getKeyInfo`.
pub(super) fn info(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let command = Command::Sdk3(Sdk3Command::KeyUsers {
        handle: options.handle("-k"),
    });
    let (owner, shared) = match session.one(io, &command) {
        Ok((_, Reply::Sdk3(Sdk3Reply::KeyUsers { owner, shared, .. }))) => (owner, shared),
        Ok(_) => return,
        Err((code, _)) => return io.out(format!("\n        {}", returned("Cfm3GetKey", &code))),
    };
    let users = session.users(io).unwrap_or_default();
    let id = |name: &String| {
        users
            .iter()
            .find(|user| user.username == *name)
            .map_or(0, |user| user.id)
    };
    let mut text = format!(
        "\n        {}\n        Owned by user {}\n",
        returned("Cfm3GetKey", &code(Some(&Ok(())))),
        id(&owner)
    );
    if !shared.is_empty() {
        text += &format!(
            "\n        also, shared to following {} user(s):\n\n",
            shared.len()
        );
        let mut ids: Vec<u32> = shared.iter().map(id).collect();
        ids.sort_unstable();
        for id in ids {
            text += &format!("                 {id}\n");
        }
    }
    io.out(text);
}

/// Deletes a key on every HSM that has it.
pub(super) fn delete(session: &mut Session, io: &mut Io<'_>, handle: Handle) {
    let answers = session.all(io, &Command::DeleteKey { handle });
    let states = states(&answers);
    let none = states
        .iter()
        .all(|(_, state)| *state == Some(Err(Fault::NoSuchKey)));
    // The tool looks for the key first ("`key_mgmt_util-deleteKey`").
    let function = if none { "Cfm3FindKey" } else { "Cfm3DeleteKey" };
    // If no HSM deleted it, the refusal of an HSM that has the key counts.
    let has_it = |state: &Option<Result<(), Fault>>| *state != Some(Err(Fault::NoSuchKey));
    let holders: Vec<_> = states
        .iter()
        .filter(|(_, state)| has_it(state))
        .cloned()
        .collect();
    let overall = together(if none { &states } else { &holders });
    io.out(format!(
        "\n        {}{}",
        returned(function, &overall),
        cluster(Heading::Usual, &states)
    ));
}

/// `getAttribute`.
pub(super) fn get(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let number = options.number("-a").unwrap_or(u32::MAX);
    let file = options.text("-out");
    let dumped = session.key(io, options.handle("-o")).and_then(|key| {
        let text = attributes::dump(&key.attributes, number)
            .ok_or_else(|| code_of(&Fault::AttributeRefused(String::new(), String::new())))?;
        Ok((text, attributes::size(&key.attributes)))
    });
    let result = match dumped {
        Ok((text, (size, count))) => {
            if let Err(error) = io.write_file(file, text.into_bytes()) {
                return io.out(format!(
                    "\n\tError: Failed to write file {file}: {}\n",
                    error.text()
                ));
            }
            if number == attributes::ALL {
                io.out(format!(
                    "\nAttribute size: {size}, count: {count}\nWritten to: {file} file\n"
                ));
            } else {
                io.out(format!("\nAttributes dumped into {file} file\n"));
            }
            code(Some(&Ok(())))
        }
        Err(code) => code,
    };
    io.out(format!(
        "\n        {}",
        returned("Cfm3GetAttribute", &result)
    ));
}

/// `setAttribute` with the typed value: turns a session key into a token key, and copies it to the
/// other HSMs.
pub(super) fn set(session: &mut Session, io: &mut Io<'_>, options: &Options, value: &str) {
    if options.number("-a") != Some(1) {
        return io.out("\n\tError: Only OBJ_ATTR_TOKEN (1) can be changed.\n");
    }
    let value = match value.trim() {
        "1" => true,
        "0" => false,
        _ => return io.out("\n\tError: Invalid attribute value.\n"),
    };
    let handle = options.handle("-o");
    let command = Command::SetAttribute {
        handle,
        change: AttributeChange::Flag(Flag::Token, value),
    };
    match session.one(io, &command) {
        Ok(_) => {
            let states = session.spread(io, handle);
            io.out(format!(
                "\n        {}{}",
                returned("Cfm3SetAttribute", &code(Some(&Ok(())))),
                cluster(Heading::Usual, &states)
            ));
        }
        Err((code, states)) => super::generate::failed(io, "Cfm3SetAttribute", &code, &states),
    }
}
