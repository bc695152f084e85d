//! The tables of the tool's commands.

use super::options::{self, Options, Spec, flag, may, text};
use super::session::Session;
use super::{find, generate, handles, show, sign, transfer, wrap};
use hsmlab_shell::process::Io;

/// `loginHSM`.
pub(super) const LOGIN: Spec = Spec {
    name: "loginHSM",
    what: "Login to the HSM providing the user type and password.",
    options: &[&[
        text(
            "-u",
            "user type",
            "User type",
            "specifies the user type as \"CU\"",
        ),
        may("-p", "password", "specifies the user password"),
        flag("-hpswd", "asks for the user password"),
        text("-s", "username", "Username", "specifies the user name"),
    ]],
};
/// Commands without options.
pub(super) const BARE: [Spec; 9] = [
    bare("exit", "Exits this application."),
    bare("help", "Displays the commands."),
    bare("getHSMInfo", "Gets the HSM Information."),
    bare("getPartitionInfo", "Gets the Partition Information."),
    bare("listUsers", "Lists all users of the current partition."),
    bare("loginStatus", "Informs whether a user is logged in."),
    bare("logoutHSM", "Logout from the HSM."),
    bare("listAttributes", "Lists the attributes of keys."),
    bare("listECCCurveIds", "Lists the curves."),
];

const fn bare(name: &'static str, what: &'static str) -> Spec {
    Spec {
        name,
        what,
        options: &[],
    }
}

/// The action of a command with options.
pub(super) type Act = fn(&mut Session, &mut Io<'_>, &Options);

/// The commands with options that the HSM executes.
pub(super) const COMMANDS: [(&Spec, Act); 22] = [
    (&generate::SYMMETRIC, generate::symmetric),
    (&generate::RSA, |session, io, options| {
        generate::pair(session, io, options, true);
    }),
    (&generate::ECC, |session, io, options| {
        generate::pair(session, io, options, false);
    }),
    (&find::FIND, find::find),
    (&find::SINGLE, find::single),
    (&find::INFO, find::info),
    (&find::DELETE, |session, io, options| {
        find::delete(session, io, options.handle("-k"));
    }),
    (&find::GET, find::get),
    (&transfer::EXPORT_SYMMETRIC, transfer::export_symmetric),
    (&transfer::EXPORT_PRIVATE, transfer::export_private),
    (&transfer::EXPORT_PUBLIC, transfer::export_public),
    (&transfer::IMPORT_SYMMETRIC, transfer::import_symmetric),
    (&transfer::IMPORT_PRIVATE, transfer::import_private),
    (&transfer::IMPORT_PUBLIC, transfer::import_public),
    (&wrap::WRAP, wrap::wrap),
    (&wrap::UNWRAP, wrap::unwrap),
    (&wrap::AES, wrap::aes),
    (&sign::SIGN, sign::sign),
    (&sign::VERIFY, sign::verify),
    (&handles::EXTRACT, handles::extract),
    (&handles::INSERT, handles::insert),
    (&handles::FAKE, handles::save),
];

/// Candidates for the end of a line of the tool.
pub(super) fn candidates(line: &str) -> Vec<String> {
    let mut specs: Vec<&Spec> = vec![
        &LOGIN,
        &find::SET,
        &show::CERTIFICATE,
        &show::ERROR,
        &handles::CHECK,
    ];
    specs.extend(COMMANDS.iter().map(|(spec, _)| *spec));
    specs.extend(&BARE);
    options::candidates(&specs, line)
}
