//! `set_cloudhsm_credentials.exe`: it gives the key storage provider's login to Windows Credential
//! Manager (User Guide, "ksp-library-authentication").

use clap::{Arg, Command};

use crate::usage;
use hsmlab_shell::host::Credential;
use hsmlab_shell::process::Io;

/// The address under which the provider looks for its login (the same page).
const TARGET: &str = "CLOUDHSM_PIN";

/// Stores a crypto user's name and password. Guess: success prints nothing, and the words of the
/// usage.
pub(super) fn run(argv: &[String], io: &mut Io<'_>) -> i32 {
    let option = |name: &'static str, value: &'static str| {
        Arg::new(name).long(name).value_name(value).required(true)
    };
    let command = Command::new("set_cloudhsm_credentials.exe")
        .arg(option("username", "CU USER"))
        .arg(option("password", "CU PASSWORD"));
    let given = match command.try_get_matches_from(argv) {
        Ok(given) => given,
        Err(error) => return usage::show(io, &error),
    };
    let text = |name| given.get_one::<String>(name).cloned().unwrap_or_default();
    let credential = Credential {
        user: text("username"),
        password: text("password"),
    };
    io.host.credentials.insert(TARGET.to_owned(), credential);
    0
}
