//! The command tree, as data for clap, which the real tool also uses: errors and help read the
//! same.
//!
//! Source: User Guide, "cloudhsm_cli-reference" and the page of each command.

mod admin;
mod arguments;
mod crypto;
mod key;
mod mtls;
mod quorum;
mod replicate;

use clap::Command;

use self::arguments::{cluster_id, leaf, password, role, username};

/// The tree of single command mode.
pub(super) fn single() -> Command {
    with_commands(
        Command::new("cloudhsm-cli")
            .version(hsmlab_tool_software::configure::SDK_VERSION)
            .about("CloudHSM CLI")
            .arg_required_else_help(true)
            .subcommand(
                Command::new("interactive")
                    .about("Start an interactive session with your cluster")
                    .arg(cluster_id()),
            ),
    )
}

/// The tree of interactive mode: the commands have no program name before them.
pub(super) fn interactive() -> Command {
    with_commands(
        Command::new("cloudhsm-cli")
            .multicall(true)
            .subcommand_help_heading("Commands"),
    )
    .subcommand(Command::new("quit").about("Exit the application"))
}

fn with_commands(root: Command) -> Command {
    root.subcommand_required(true)
        .subcommand(admin::cluster())
        .subcommand(crypto::crypto())
        .subcommand(key::key())
        .subcommand(
            leaf("login", "Login to your cluster")
                .arg(username())
                .arg(role(false))
                .arg(password())
                .subcommand(quorum::mfa_login()),
        )
        .subcommand(leaf("logout", "Logout of your cluster"))
        .subcommand(quorum::quorum())
        .subcommand(admin::user())
}

#[cfg(test)]
mod tests {
    #[test]
    fn trees_are_consistent() {
        super::single().debug_assert();
        super::interactive().debug_assert();
    }
}
