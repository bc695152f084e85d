//! The programs of the hosts, one file each, and the table that finds them.

pub mod aws;
pub mod cloudhsm_cli;
pub mod configure;
pub mod openssl;
pub mod unix;

use super::host::Host;
use super::process::Process;

/// Finds a program on a host by the name that was typed (a bare name is looked up on PATH, a path is
/// taken as it is) and makes a process of it. `None`: command not found.
#[must_use]
pub fn start(host: &Host, path_variable: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    let _ = (host, path_variable, argv);
    None
}

/// Candidates for the last word of a command line whose earlier words are `words` (the program's name
/// first), each a whole word.
#[must_use]
pub fn complete(words: &[String], last: &str) -> Vec<String> {
    let _ = (words, last);
    Vec::new()
}
