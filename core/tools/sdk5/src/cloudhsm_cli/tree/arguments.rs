//! Arguments that several commands take.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgGroup, Command};

use hsmlab_proto::key::Hash;

pub(super) fn group(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .subcommand_required(true)
        .arg_required_else_help(true)
}

pub(super) fn leaf(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about).arg(cluster_id())
}

pub(super) fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

pub(super) fn many(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help)
        .num_args(0..)
        .action(ArgAction::Append)
}

pub(super) fn number(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).value_parser(clap::value_parser!(u32))
}

pub(super) fn cluster_id() -> Arg {
    option(
        "cluster-id",
        "CLUSTER_ID",
        "Unique Id to choose which of the clusters in the config file to run the operation against. \
         If not provided, will fall back to the value provided when interactive mode was started, or \
         error",
    )
}

pub(super) fn username() -> Arg {
    option("username", "USERNAME", "Username to access the Cluster").required(true)
}

pub(super) fn role(crypto_user_alone: bool) -> Arg {
    let crypto_user = clap::builder::PossibleValue::new("crypto-user")
        .help("A CryptoUser has the ability to manage and use keys");
    let admin = clap::builder::PossibleValue::new("admin")
        .help("An Admin has the ability to manage user accounts");
    let values = if crypto_user_alone {
        vec![crypto_user]
    } else {
        vec![crypto_user, admin]
    };
    option("role", "ROLE", "Role the user has in the Cluster")
        .required(true)
        .value_parser(PossibleValuesParser::new(values))
}

pub(super) fn password() -> Arg {
    option(
        "password",
        "PASSWORD",
        "Optional: Plaintext user's password. If you do not include this argument you will be prompted for it",
    )
}

pub(super) fn filter(name: &'static str) -> Arg {
    let value = match name {
        "key-filter" => "KEY_FILTER",
        "payload-filter" => "PAYLOAD_FILTER",
        "wrapping-filter" => "WRAPPING_FILTER",
        _ => "FILTER",
    };
    many(
        name,
        value,
        "Key reference (e.g. key-reference=0xabc) or space separated list of key attributes in the \
         form of attr.KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE to select a matching key",
    )
}

pub(super) fn hash() -> Arg {
    let names: Vec<&str> = Hash::ALL.iter().map(|hash| hash.name()).collect();
    option("hash-function", "HASH_FUNCTION", "Hash function")
        .required(true)
        .value_parser(PossibleValuesParser::new(names))
}

pub(super) fn mgf() -> Arg {
    option("mgf", "MGF", "Mask Generation Function algorithm")
        .required(true)
        .value_parser(PossibleValuesParser::new([
            "mgf1-sha1",
            "mgf1-sha224",
            "mgf1-sha256",
            "mgf1-sha384",
            "mgf1-sha512",
        ]))
}

pub(super) fn with_data(command: Command) -> Command {
    command
        .arg(option(
            "data-path",
            "DATA_PATH",
            "The path to the file containing the data",
        ))
        .arg(option("data", "DATA", "Base64 Encoded data"))
        .group(
            ArgGroup::new("the data")
                .args(["data-path", "data"])
                .required(true),
        )
}
