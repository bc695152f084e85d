//! The files of compiled programs: their bytes say which program they are.

use hsmlab_sim::SimTime;

use super::host::Host;

/// How the file of a compiled program begins; the program's name follows.
const IMAGE: &str = "\u{7f}ELF\u{2}\u{1}\u{1}\n";
/// Programs that the machine runs itself: shells.
const SHELLS: [&str; 2] = ["bash", "sh"];
/// Programs that the shell's own code runs.
const IN_THE_SHELL: [&str; 8] = ["ssh", "su", "echo", "pwd", "test", "[", "true", "false"];
/// Files of programs that only change how another one runs.
const IN_FRONT: [&str; 4] = ["sudo", "env", "nohup", "timeout"];

/// The bytes of a compiled program's file.
#[must_use]
pub fn image(program: &str) -> Vec<u8> {
    format!("{IMAGE}{program}\n").into_bytes()
}

/// The name of the program in a file, where it is a compiled one.
#[must_use]
pub fn program_in(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(IMAGE.as_bytes())?;
    std::str::from_utf8(rest).ok()?.strip_suffix('\n')
}

/// Whether a program is a shell.
#[must_use]
pub fn is_shell(program: &str) -> bool {
    SHELLS.contains(&program)
}

/// Whether the shell's own code runs a program that is a file.
#[must_use]
pub fn runs_in_the_shell(program: &str) -> bool {
    IN_THE_SHELL.contains(&program)
}

/// The names of the files that every Linux host has for them.
pub fn shell_files() -> impl Iterator<Item = &'static str> {
    SHELLS.into_iter().chain(IN_THE_SHELL).chain(IN_FRONT)
}

/// Puts a program's file into a folder, for everyone to run.
pub fn install_file(host: &mut Host, folder: &str, name: &str, now: SimTime) {
    let path = format!("{folder}/{name}");
    // A full disk leaves the file out, as it would.
    let image = image(name);
    if host.fs.write(&path, image, "root", now).is_ok() {
        let _ = host.fs.set_mode(&path, 0o755, "root");
    }
}
