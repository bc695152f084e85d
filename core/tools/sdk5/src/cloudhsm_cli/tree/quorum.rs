//! `quorum token-sign`, `user change-mfa`, `user change-quorum`, `login … mfa-token-sign`, and the
//! options of other commands that carry approvals and quorum values. The sentences are the guide's
//! (User Guide, "`cloudhsm_cli-qm-token`" and below).

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgGroup, Command};

use super::arguments::{filter, group, leaf, number, option, role, username};

/// `--approval`, or another name for it.
pub(super) fn approval(name: &'static str) -> Arg {
    let help = match name {
        "wrapping-approval" => {
            "Filepath of signed quorum token file to approve operation for wrapping key"
        }
        "payload-approval" => {
            "Filepath of signed quorum token file to approve operation for payload key"
        }
        _ => "Filepath of signed quorum token file to approve operation",
    };
    option(name, "APPROVAL", help)
}

/// The quorum values of a new key.
pub(super) fn key_values(private: bool) -> [Arg; 2] {
    let names = if private {
        [
            "manage-private-key-quorum-value",
            "use-private-key-quorum-value",
        ]
    } else {
        ["manage-key-quorum-value", "use-key-quorum-value"]
    };
    let helps = [
        "The quorum value for key management operations",
        "The quorum value for key usage operations",
    ];
    let [manage, usage] = names;
    let arg = |name, value, help| {
        option(name, value, help).value_parser(clap::value_parser!(u32).range(0..=8))
    };
    let [manage_help, usage_help] = helps;
    [
        arg(manage, "MANAGE_QUORUM_VALUE", manage_help),
        arg(usage, "USE_QUORUM_VALUE", usage_help),
    ]
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// `user change-password`'s own.
pub(super) fn deregisters() -> [Arg; 2] {
    [
        flag(
            "deregister-mfa",
            "Deregister the user's mfa public key, if present",
        ),
        flag(
            "deregister-quorum",
            "Deregister the user's quorum public key, if present",
        ),
    ]
}

fn service(of_tokens: bool) -> Arg {
    let value = |name: &'static str, help: &'static str| PossibleValue::new(name).help(help);
    let mut values = vec![
        value(
            "user",
            "User management service is used for executing quorum authenticated user management \
             operations",
        ),
        value(
            "quorum",
            "Quorum management service is used for setting quorum values for any quorum service",
        ),
        value(
            "cluster",
            "Cluster management service is used for executing quorum for cluster wide configuration \
             managements like mtls enforcement, mtls registration and mtls deregistration",
        ),
    ];
    if of_tokens {
        values.extend([
            value(
                "registration",
                "Registration service is used for registering a public key for quorum \
                 authentication",
            ),
            value(
                "key-usage",
                "Key usage service is used for executing quorum authenticated key usage operations",
            ),
            value(
                "key-management",
                "Key management service is used for executing quorum authenticated key management \
                 operations",
            ),
        ]);
    }
    option("service", "SERVICE", "Service the token will be used for")
        .required(true)
        .value_parser(PossibleValuesParser::new(values))
}

pub(super) fn quorum() -> Command {
    let scope = PossibleValuesParser::new([
        PossibleValue::new("user").help("Deletes all token(s) of currently logged in user"),
        PossibleValue::new("all").help("Deletes all token(s) on the HSM"),
    ]);
    let token_sign = group("token-sign", "Manage token-sign quorum operations")
        .subcommand(
            leaf("delete", "Delete one or more Quorum Tokens").arg(
                option("scope", "SCOPE", "Scope of which token(s) will be deleted")
                    .required(true)
                    .value_parser(scope),
            ),
        )
        .subcommand(
            leaf("generate", "Generate a token")
                .arg(service(true))
                .arg(filter("filter"))
                .arg(
                    option(
                        "token",
                        "TOKEN",
                        "Filepath where the unsigned token file will be written",
                    )
                    .required(true),
                ),
        )
        .subcommand(leaf("list", "List the token-sign tokens in your cluster"))
        .subcommand(leaf("list-quorum-values", "List current quorum values"))
        .subcommand(leaf(
            "list-timeouts",
            "List timeout durations in seconds for token validity",
        ))
        .subcommand(
            leaf("set-quorum-value", "Set a quorum value")
                .arg(service(false))
                .arg(
                    option("value", "VALUE", "Value to set for service")
                        .required(true)
                        .value_parser(clap::value_parser!(u32).range(1..=8)),
                )
                .arg(approval("approval")),
        )
        .subcommand(
            leaf(
                "set-timeout",
                "Set timeout duration in seconds for token validity",
            )
            .arg(number(
                "generated",
                "GENERATED",
                "Timeout period in seconds for a generated (non-approved) token to be approved",
            ))
            .arg(number(
                "approved",
                "APPROVED",
                "Timeout period in seconds for an approved token to be used to execute a quorum \
                 operation",
            ))
            .group(
                ArgGroup::new("the timeout")
                    .args(["generated", "approved"])
                    .required(true),
            ),
        );
    group("quorum", "Manage M of N authentication for services").subcommand(token_sign)
}

/// `login … mfa-token-sign`.
pub(super) fn mfa_login() -> Command {
    leaf("mfa-token-sign", "Login with token-sign mfa").arg(
        option(
            "token",
            "TOKEN",
            "Filepath where the unsigned token file will be written",
        )
        .required(true),
    )
}

pub(super) fn change_mfa() -> Command {
    let token_sign = leaf(
        "token-sign",
        "Register or Deregister a public key using token-sign mfa strategy",
    )
    .arg(username())
    .arg(role(false))
    .arg(option(
        "change-password",
        "CHANGE_PASSWORD",
        "Optional: Plaintext user's password. If you do not include this argument you will be \
         prompted for it",
    ))
    .arg(option(
        "token",
        "TOKEN",
        "Filepath where the unsigned token file will be written. Required for enabling MFA for a user",
    ))
    .arg(approval("approval"))
    // One page of the guide names it `--disable`.
    .arg(flag("deregister", "Deregister the MFA public key, if present").alias("disable"))
    .arg(flag(
        "change-quorum",
        "Change the Quorum public key along with the MFA key",
    ))
    .group(
        ArgGroup::new("the change")
            .args(["token", "deregister"])
            .required(true),
    );
    group("change-mfa", "Change a user's Mfa Strategy").subcommand(token_sign)
}

pub(super) fn change_quorum() -> Command {
    let register = leaf(
        "register",
        "Register a user for quorum authentication with a public key",
    )
    .arg(
        option(
            "public-key",
            "PUBLIC_KEY",
            "Filepath to public key PEM file",
        )
        .required(true),
    )
    .arg(
        option(
            "signed-token",
            "SIGNED_TOKEN",
            "Filepath with token signed by user private key",
        )
        .required(true),
    );
    group("change-quorum", "Change a user's Quorum Strategy").subcommand(
        group("token-sign", "Manage a user's token-sign quorum strategy").subcommand(register),
    )
}
