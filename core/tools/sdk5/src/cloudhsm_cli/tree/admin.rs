//! `cluster` and `user`.

use clap::Command;

use super::arguments::{group, leaf, password, role, username};
use super::quorum;

pub(super) fn cluster() -> Command {
    group("cluster", "Manage your cluster")
        .subcommand(
            leaf("activate", "Activate a cluster")
                .long_about(
                    "Activate a cluster\n\nThis command will set the initial Admin password. This \
                     process will cause your CloudHSM cluster to move into the ACTIVE state.",
                )
                .arg(password()),
        )
        .subcommand(leaf("hsm-info", "List info about each HSM in the cluster"))
        .subcommand(super::mtls::mtls())
}

pub(super) fn user() -> Command {
    group("user", "Manage users")
        .subcommand(quorum::change_mfa())
        .subcommand(quorum::change_quorum())
        .subcommand(
            leaf("change-password", "Change a user's password")
                .arg(username())
                .arg(role(false))
                .arg(password())
                .arg(quorum::approval("approval"))
                .args(quorum::deregisters()),
        )
        .subcommand(
            leaf("create", "Create a new user")
                .arg(username())
                .arg(role(false))
                .arg(password())
                .arg(quorum::approval("approval")),
        )
        .subcommand(
            leaf("delete", "Delete a user")
                .arg(username())
                .arg(role(false))
                .arg(quorum::approval("approval")),
        )
        .subcommand(leaf("list", "List the users in your cluster"))
        .subcommand(super::replicate::user())
}
