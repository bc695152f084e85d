//! `cluster mtls`. The help texts of `register-trust-anchor` and `list-trust-anchors` are the User
//! Guide's. Guess: the texts of the group and of the other three, in the same style.

use clap::Command;
use clap::builder::PossibleValuesParser;

use super::arguments::{group, leaf, many, option};
use super::quorum::approval;

pub(super) fn mtls() -> Command {
    group("mtls", "Set and get the mtls policy of the cluster")
        .subcommand(
            leaf(
                "deregister-trust-anchor",
                "Deregister a trust anchor for mtls",
            )
            .arg(
                many(
                    "certificate-reference",
                    "CERTIFICATE_REFERENCE",
                    "A hexadecimal or decimal certificate reference",
                )
                .num_args(1..)
                .required(true),
            )
            .arg(approval("approval")),
        )
        .subcommand(leaf(
            "get-enforcement",
            "Get the status of mtls enforcement in the cluster",
        ))
        .subcommand(leaf(
            "list-trust-anchors",
            "List all trust anchors for mtls",
        ))
        .subcommand(
            leaf("register-trust-anchor", "Register a trust anchor for mtls")
                .arg(
                    option("path", "PATH", "Filepath of the trust anchor to register")
                        .required(true),
                )
                .arg(approval("approval")),
        )
        .subcommand(
            leaf(
                "set-enforcement",
                "Set mtls enforcement policy in the cluster",
            )
            .arg(
                option("level", "LEVEL", "Level to be set for mtls in the cluster")
                    .required(true)
                    .value_parser(PossibleValuesParser::new(["none", "cluster"])),
            )
            .arg(approval("approval")),
        )
}
