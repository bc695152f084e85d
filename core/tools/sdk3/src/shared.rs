//! The common parts of the tools of Client SDK 3: the daemon, user types, attributes, error codes.

pub(crate) mod attributes;
pub mod client_info;
pub(crate) mod codes;
pub(crate) mod info;

use hsmlab_proto::message::Reply;
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::{Sdk3Reply, Sdk3User};

/// The tools in `/opt/cloudhsm/bin`, except `configure`.
pub const TOOLS: [&str; 3] = ["client_info", "cloudhsm_mgmt_util", "key_mgmt_util"];

/// The older name of a role (User Guide of 2023, "manage-hsm-users-cmu").
pub(crate) const fn user_type(role: Role) -> &'static str {
    match role {
        Role::UnactivatedAdmin => "PRECO",
        Role::Admin => "CO",
        Role::CryptoUser => "CU",
        Role::ApplianceUser => "AU",
    }
}

/// The role of a user type. Types are case-sensitive (User Guide of 2023,
/// "`cloudhsm_mgmt_util-createUser`"), except `preCO`, which the guide writes in two ways.
pub(crate) fn role(user_type: &str) -> Option<Role> {
    Some(match user_type {
        "PRECO" | "preCO" => Role::UnactivatedAdmin,
        "CO" | "PCO" => Role::Admin,
        "CU" => Role::CryptoUser,
        "AU" => Role::ApplianceUser,
        _ => return None,
    })
}

/// The users in a reply.
pub(crate) fn users(answer: &Reply) -> &[Sdk3User] {
    match answer {
        Reply::Sdk3(Sdk3Reply::Users(users)) => users,
        _ => &[],
    }
}

/// The words of a line. The tools do not support quotes.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
