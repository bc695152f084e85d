//! `login … mfa-token-sign` and `user change-mfa`: first the tool writes a file with the data that
//! each HSM wants signed, then it asks for the signed file and the public key (User Guide,
//! "set-up-mfa-for-cloudhsm-cli", "login-mfa-cloudhsm-cli").

use clap::ArgMatches;

use super::answers::{Answers, Done};
use super::arguments::{flag, role, text, user_and_role};
use super::session::{Failure, Session};
use super::{texts, tokens};
use hsmlab_client::cluster::{Challenge, Subject};
use hsmlab_proto::Secret;
use hsmlab_shell::process::Io;

/// The file that a command writes, and reads back unless the user names another one.
fn token_path(arguments: &ArgMatches) -> &str {
    // For a login, it follows `mfa-token-sign`.
    let inner = arguments.subcommand().map(|(_, inner)| inner);
    text(inner.unwrap_or(arguments), "token")
}

/// Writes the data that each HSM wants signed; the question for the signed file follows.
pub(super) fn prepare(
    session: &mut Session,
    io: &mut Io<'_>,
    arguments: &ArgMatches,
) -> Result<(), Failure> {
    session.notice_changes(io)?;
    let challenges = session.with(io, |cluster, link| cluster.challenges(link))?;
    let all = challenges.iter().map(|(_, challenge)| challenge);
    tokens::write_challenges(io, token_path(arguments), all)?;
    session.challenges = challenges;
    Ok(())
}

/// The signatures for the HSMs, from the named file.
fn signed(
    session: &mut Session,
    io: &Io<'_>,
    arguments: &ArgMatches,
    answers: &Answers<'_>,
) -> Result<Vec<Challenge>, Failure> {
    let path = answers
        .signed_token
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .unwrap_or_else(|| token_path(arguments));
    let challenges = std::mem::take(&mut session.challenges);
    let pairs = tokens::signed_pairs(io, path)?;
    challenges
        .into_iter()
        .map(|(address, challenge)| {
            let pair = pairs.iter().find(|(unsigned, _)| *unsigned == challenge);
            let signature = pair.and_then(|(_, signature)| signature.clone());
            signature
                .map(|signature| (address, signature))
                .ok_or_else(|| texts::quorum::UNSIGNED.into())
        })
        .collect()
}

/// `login … mfa-token-sign`.
pub(super) fn login(
    session: &mut Session,
    io: &mut Io<'_>,
    arguments: &ArgMatches,
    answers: &Answers<'_>,
    password: Secret,
) -> Done {
    let signed = signed(session, io, arguments, answers)?;
    let who = Subject {
        username: text(arguments, "username").to_owned(),
        role: role(arguments),
        password,
    };
    session.login_with_factor(io, &who, &signed)?;
    Ok(user_and_role(arguments))
}

/// `user change-mfa token-sign`.
pub(super) fn change(
    session: &mut Session,
    io: &mut Io<'_>,
    arguments: &ArgMatches,
    answers: &Answers<'_>,
    password: Secret,
) -> Done {
    let approvals = tokens::approvals(io, arguments, &["approval"])?;
    let who = Subject {
        username: text(arguments, "username").to_owned(),
        role: role(arguments),
        password,
    };
    let quorum = flag(arguments, "change-quorum");
    if flag(arguments, "deregister") {
        session.approved(io, &approvals, |cluster, link| {
            cluster.set_factor(&who, None, quorum, link)
        })?;
        return Ok(user_and_role(arguments));
    }
    let signed = signed(session, io, arguments, answers)?;
    let path = answers.public_key.map_or("", str::trim);
    let public_key = tokens::public_key(io, path)?;
    session.approved(io, &approvals, |cluster, link| {
        cluster.set_factor(&who, Some((&public_key, &signed)), quorum, link)
    })?;
    Ok(user_and_role(arguments))
}
