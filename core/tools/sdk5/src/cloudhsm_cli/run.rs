//! The actions of the commands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ArgMatches;
use serde_json::json;

use super::answers::{Answers, Done, Question};
use super::arguments::{data, flag, hash, number, optional, role, terms, text, user_and_role};
use super::keys::key;
use super::mtls::mtls;
use super::pure::{is_pure, pure};
use super::session::Session;
use super::{mfa, quorum, render, replicate, texts, tokens};
use hsmlab_proto::Secret;
use hsmlab_proto::key::SignMechanism;
use hsmlab_proto::message::{Command, Reply};
use hsmlab_proto::mfa::MfaCommand;
use hsmlab_shell::process::Io;

/// The names of a command and its arguments: `["user", "create"]`. The arguments of a login come
/// before `mfa-token-sign`.
pub(super) fn path(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut names, mut at) = (Vec::new(), matches);
    while let Some((name, inner)) = at.subcommand() {
        names.push(name);
        if name == "mfa-token-sign" {
            break;
        }
        at = inner;
    }
    (names, at)
}

/// True if a command runs without a login.
pub(super) fn without_login(names: &[&str]) -> bool {
    matches!(
        names,
        ["cluster", _]
            | ["cluster", "mtls", "list-trust-anchors" | "get-enforcement"]
            | ["user", "list"]
            | ["login", ..]
            | ["logout" | "quit" | "interactive"]
            | ["quorum", _, "list" | "list-quorum-values" | "list-timeouts"]
    )
}

/// The questions of a command.
pub(super) fn questions(names: &[&str], arguments: &ArgMatches) -> Vec<Question> {
    use Question::{Confirmation, Password, PublicKey, SignedToken};
    let given = ["password", "change-password"]
        .iter()
        .any(|name| optional(arguments, name).is_some());
    let (passwords, files): (&[Question], &[Question]) = match names {
        ["login"] => (&[Password], &[]),
        ["login", _] => (&[Password], &[SignedToken]),
        ["cluster", "activate"] | ["user", "create" | "change-password"] => {
            (&[Password, Confirmation], &[])
        }
        ["user", "change-mfa", _] if flag(arguments, "deregister") => {
            (&[Password, Confirmation], &[])
        }
        ["user", "change-mfa", _] => (&[Password, Confirmation], &[SignedToken, PublicKey]),
        _ => (&[], &[]),
    };
    let passwords = if given { &[] } else { passwords };
    [passwords, files].concat()
}

/// Runs a command with the answers.
pub(super) fn run(
    session: &mut Session,
    io: &mut Io<'_>,
    matches: &ArgMatches,
    answers: &Answers<'_>,
) -> Done {
    let (names, arguments) = path(matches);
    session.choose(optional(arguments, "cluster-id"));
    let password = || {
        Secret::new(
            optional(arguments, "password")
                .or_else(|| optional(arguments, "change-password"))
                .or(answers.password)
                .unwrap_or_default(),
        )
    };
    match names.as_slice() {
        ["login"] => {
            let name = text(arguments, "username");
            session.login(io, name, role(arguments), password())?;
            Ok(user_and_role(arguments))
        }
        ["login", _] => mfa::login(session, io, arguments, answers, password()),
        ["logout"] => {
            session.logout(io)?;
            Ok("Logout successful".into())
        }
        ["cluster", "activate"] => {
            let command = Command::Activate {
                password: password(),
            };
            session.with(io, |cluster, link| cluster.user_command(&command, link))?;
            Ok("Cluster activation successful".into())
        }
        ["cluster", "hsm-info"] => {
            let hsms = session.with(io, |cluster, link| cluster.info(link))?;
            Ok(json!({ "hsms": hsms.iter().map(render::hsm).collect::<Vec<_>>() }))
        }
        ["cluster", "mtls", verb] => mtls(session, io, verb, arguments),
        ["user", "replicate"] => replicate::user(session, io, arguments),
        ["key", "replicate"] => replicate::key(session, io, arguments),
        ["user", "list"] => {
            let users = session.with(io, |cluster, link| cluster.users(link))?;
            let names = users.iter().map(|user| user.username.clone());
            session.seen.users.extend(names);
            Ok(json!({ "users": users.iter().map(render::user).collect::<Vec<_>>() }))
        }
        ["user", "change-mfa", _] => mfa::change(session, io, arguments, answers, password()),
        ["user", "change-quorum", ..] => quorum::register(session, io, arguments),
        ["quorum", _, verb] => quorum::token_sign(session, io, verb, arguments),
        ["user", verb] => {
            let (username, role) = (text(arguments, "username").to_owned(), role(arguments));
            let command = match *verb {
                "create" => Command::CreateUser {
                    username,
                    role,
                    password: password(),
                },
                "delete" => Command::DeleteUser { username, role },
                _ if flag(arguments, "deregister-mfa") || flag(arguments, "deregister-quorum") => {
                    Command::Mfa(MfaCommand::ChangePassword {
                        username,
                        role,
                        password: password(),
                        deregister_mfa: flag(arguments, "deregister-mfa"),
                        deregister_quorum: flag(arguments, "deregister-quorum"),
                    })
                }
                _ => Command::ChangePassword {
                    username,
                    role,
                    password: password(),
                },
            };
            let approvals = tokens::approvals(io, arguments, &["approval"])?;
            session.approved(io, &approvals, |cluster, link| {
                cluster.user_command(&command, link)
            })?;
            Ok(user_and_role(arguments))
        }
        ["crypto", verb, mechanism] if is_pure(mechanism) => {
            pure(session, io, verb, mechanism, arguments)
        }
        ["crypto", verb, mechanism] => crypto(session, io, verb, mechanism, arguments),
        ["key", rest @ ..] => key(session, io, rest, arguments),
        _ => Err(texts::NOT_A_COMMAND.into()),
    }
}

fn crypto(
    session: &mut Session,
    io: &mut Io<'_>,
    verb: &str,
    mechanism: &str,
    arguments: &ArgMatches,
) -> Done {
    session.configure(io, None)?;
    let hash_function = hash(arguments, "hash-function");
    let mechanism = match mechanism {
        "ecdsa" => SignMechanism::Ecdsa {
            hash: hash_function,
            weak_hash: session.weak_hash(),
        },
        "rsa-pkcs" => SignMechanism::RsaPkcs {
            hash: hash_function,
        },
        _ => SignMechanism::RsaPss {
            hash: hash_function,
            mgf: hash(arguments, "mgf"),
            salt_bytes: number(arguments, "salt-length") as usize,
        },
    };
    let bytes = data(io, arguments, "data")?;
    // The SDK hashes; the HSM sees the digest.
    let digest = match text(arguments, "data-type") {
        "digest" => bytes,
        _ => hash_function.digest(&bytes),
    };
    let terms = terms(arguments, "key-filter")?;
    if verb == "sign" {
        let approvals = tokens::approvals(io, arguments, &["approval"])?;
        let (handle, reply) = session.approved(io, &approvals, |cluster, link| {
            let key = cluster.find_one(&terms, link)?;
            let handle = key.info.handle;
            let sign = Command::Sign {
                handle,
                mechanism,
                digest,
            };
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
        let verify = Command::Verify {
            handle: key.info.handle,
            mechanism,
            digest,
            signature,
        };
        cluster.use_keys(&[&key], &verify, link)
    })?;
    Ok(json!({ "message": "Signature verified successfully" }))
}
