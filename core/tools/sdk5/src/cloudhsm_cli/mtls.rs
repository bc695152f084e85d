//! `cluster mtls` (User Guide, "`cloudhsm_cli-cluster-mtls`").

use clap::ArgMatches;
use serde_json::{Value, json};

use super::answers::Done;
use super::arguments::{text, texts_of};
use super::session::{Failure, Session, read};
use super::{texts, tokens};
use hsmlab_client::cluster::{ClientError, ClusterAnchor};
use hsmlab_proto::message::Fault;
use hsmlab_proto::policy::{Enforcement, PolicyFault};
use hsmlab_proto::quorum::Approval;
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;

/// Runs a command.
pub(super) fn mtls(
    session: &mut Session,
    io: &mut Io<'_>,
    verb: &str,
    arguments: &ArgMatches,
) -> Done {
    let approvals = tokens::approvals(io, arguments, &["approval"])?;
    match verb {
        "register-trust-anchor" => {
            let certificate = read(io, text(arguments, "path"))?;
            let anchor = session.approved(io, &approvals, |cluster, link| {
                cluster
                    .register_anchor(&certificate, link)
                    .map_err(needs_admin)
            })?;
            Ok(json!({ "trust_anchor": shown(&anchor) }))
        }
        "list-trust-anchors" => {
            let anchors = session.with(io, |cluster, link| cluster.anchors(link))?;
            Ok(json!({ "trust_anchors": anchors.iter().map(shown).collect::<Vec<_>>() }))
        }
        "deregister-trust-anchor" => deregister(session, io, arguments, &approvals),
        "set-enforcement" => {
            let (level, name) = match text(arguments, "level") {
                "cluster" => (Enforcement::Cluster, "Cluster"),
                _ => (Enforcement::None, "None"),
            };
            session.approved(io, &approvals, |cluster, link| {
                cluster.set_enforcement(level, link).map_err(needs_admin)
            })?;
            Ok(json!({ "message": format!("Mtls enforcement level set to {name} successfully") }))
        }
        _ => {
            let level = session.with(io, |cluster, link| cluster.enforcement(link))?;
            let level = level.map_or("inconsistent", Enforcement::text);
            Ok(json!({ "mtls-enforcement-level": level }))
        }
    }
}

fn deregister(
    session: &mut Session,
    io: &mut Io<'_>,
    arguments: &ArgMatches,
    approvals: &[Approval],
) -> Done {
    let references: Vec<u32> = texts_of(arguments, "certificate-reference")
        .into_iter()
        .map(number)
        .collect::<Result<_, _>>()?;
    for reference in &references {
        session.approved(io, approvals, |cluster, link| {
            cluster
                .deregister_anchor(*reference, link)
                .map_err(needs_admin)
        })?;
    }
    let names: Vec<String> = references.iter().map(|number| name(*number)).collect();
    // Guess: the separator of several names.
    let names = names.join(", ");
    Ok(
        json!({ "message": format!("Trust anchor with reference {names} deregistered successfully") }),
    )
}

/// A reference in hex or decimal.
fn number(text: &str) -> Result<u32, Failure> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| texts::BAD_HEX.into())
}

fn name(reference: u32) -> String {
    format!("0x{reference:02x}")
}

fn shown(anchor: &ClusterAnchor) -> Value {
    json!({
        "certificate-reference": name(anchor.reference),
        "certificate": anchor.certificate,
        "cluster-coverage": if anchor.everywhere { "full" } else { "inconsistent" },
    })
}

/// The error for anyone except an administrator.
fn needs_admin(error: ClientError) -> ClientError {
    match error {
        ClientError::Fault(Fault::NotLoggedIn | Fault::WrongRole(Role::Admin)) => {
            Fault::Policy(PolicyFault::NotFirstAdmin).into()
        }
        other => other,
    }
}
