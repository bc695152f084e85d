//! The text of `help`. The guide does not print it: names and syntax are the guide's
//! ("`cloudhsm_mgmt_util-reference`"), the sentences are the lab's.

use hsmlab_shell::process::Io;

/// The commands: name, arguments, description.
pub(super) const COMMANDS: [(&str, &str, &str); 25] = [
    (
        "changePswd",
        "<user-type> <user-name> <password |-hpswd> [-2fa </path/to/authdata>]",
        "Changes a user's password",
    ),
    (
        "createUser",
        "<user-type> <user-name> <password |-hpswd> [-2fa </path/to/authdata>]",
        "Creates a user",
    ),
    ("deleteUser", "<user-type> <user-name>", "Deletes a user"),
    ("enable_e2e", "", "Enables end-to-end encryption"),
    ("exit", "", "Leaves server mode"),
    (
        "findAllKeys",
        "<user id> <key hash (0/1)> [<output file>]",
        "Gets the keys that a user owns or shares",
    ),
    (
        "getAttribute",
        "<key handle> <attribute id> [<filename>]",
        "Gets an attribute of a key",
    ),
    (
        "getCert",
        "<file-name> <certificate-type>",
        "Gets a certificate of an HSM (server mode)",
    ),
    ("getHSMInfo", "", "Gets information about the HSMs"),
    (
        "getKeyInfo",
        "-k <key-handle> [<output file>]",
        "Gets a key's owner and shared users",
    ),
    ("help", "[<command-name>]", "Displays this information"),
    (
        "info",
        "server <server ID>",
        "Gets information about a server",
    ),
    ("listAttributes", "", "Lists the attributes of keys"),
    ("listUsers", "", "Lists the users of each HSM"),
    (
        "loginHSM",
        "<user-type> <user-name> <password |-hpswd> [-2fa </path/to/authdata>]",
        "Logs in to the HSMs",
    ),
    ("loginStatus", "", "Shows who is logged in"),
    ("logoutHSM", "", "Logs out of the HSMs"),
    ("quit", "", "Quits the tool"),
    (
        "registerQuorumPubKey",
        "<user-type> <user-name> <registration-token> <signed-registration-token> <public-key>",
        "Registers a key for quorum authentication",
    ),
    ("server", "<server-number>", "Enters server mode"),
    (
        "setAttribute",
        "<key handle> <attribute id>",
        "Changes an attribute of a key",
    ),
    (
        "setMValue",
        "<service> <number>",
        "Sets a quorum's number of approvals",
    ),
    (
        "shareKey",
        "<key handle> <user id> <(share/unshare key?) 1/0>",
        "Shares or unshares a key",
    ),
    (
        "syncKey",
        "<key handle> <destination hsm>",
        "Copies a key to another HSM (server mode)",
    ),
    (
        "syncUser",
        "<user ID> <server ID>",
        "Copies a user to another HSM (server mode)",
    ),
];

/// The syntax of a command, as a line.
pub(super) fn syntax(name: &str) -> String {
    COMMANDS
        .iter()
        .find(|(known, _, _)| *known == name)
        .map_or_else(String::new, |(name, arguments, _)| {
            format!("Usage: {name} {arguments}\n")
        })
}

/// Prints the syntax of a command.
pub(super) fn usage(io: &mut Io<'_>, name: &str) {
    io.out(syntax(name));
}

/// `help`.
pub(super) fn all(io: &mut Io<'_>) {
    let mut text = "Help Commands Available:\n\n".to_owned();
    for (name, _, what) in COMMANDS {
        text += &format!("   {name:<23}{what}\n");
    }
    io.out(text + "\nSyntax: help <command-name>\n");
}

/// `help <command-name>`.
pub(super) fn command(io: &mut Io<'_>, name: &str) {
    match COMMANDS.iter().find(|(known, _, _)| *known == name) {
        Some((name, arguments, what)) => io.out(format!("{what}\n\nUsage: {name} {arguments}\n")),
        None => unknown(io, name),
    }
}

/// Guess: not published.
pub(super) fn unknown(io: &mut Io<'_>, name: &str) {
    io.out(format!(
        "Unknown command: {name}. Type help for the list of commands\n"
    ));
}
