//! What clap says about a command line.

use hsmlab_shell::process::Io;

/// Prints clap's message, help or complaint; returns the exit status that clap would end with.
pub fn show(io: &mut Io<'_>, error: &clap::Error) -> i32 {
    let text = error.render().to_string();
    if error.use_stderr() {
        io.err(text);
    } else {
        io.out(text);
    }
    error.exit_code()
}
