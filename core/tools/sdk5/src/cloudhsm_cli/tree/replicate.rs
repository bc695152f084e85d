//! `user replicate` and `key replicate`: the commands that name two clusters and take no
//! `--cluster-id`.

use clap::Command;

use super::arguments::{filter, option, role, username};

fn between_clusters(command: Command) -> Command {
    command
        .arg(
            option(
                "source-cluster-id",
                "SOURCE_CLUSTER_ID",
                "Source cluster ID",
            )
            .required(true),
        )
        .arg(
            option(
                "destination-cluster-id",
                "DESTINATION_CLUSTER_ID",
                "Destination cluster ID",
            )
            .required(true),
        )
}

pub(super) fn user() -> Command {
    between_clusters(
        Command::new("replicate")
            .about("Replicate a user from a source to a destination cluster")
            .arg(username().help("Username of the user to replicate"))
            .arg(role(false).help("Role the user has in the cluster")),
    )
}

pub(super) fn key() -> Command {
    between_clusters(
        Command::new("replicate")
            .about("Replicate a key from a source to a destination cluster")
            .arg(filter("filter").required(true).help(
                "Key reference (e.g. key-reference=0xabc) or space separated list of key attributes \
                 in the form of attr.KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE to select matching key \
                 on the source cluster",
            )),
    )
}
