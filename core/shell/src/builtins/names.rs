//! The names of the builtins.

/// The names of the builtins.
pub const NAMES: [&str; 31] = [
    ".", ":", "[", "[[", "break", "cd", "clear", "command", "continue", "echo", "eval", "exit",
    "explain", "export", "false", "help", "history", "local", "logout", "pwd", "read", "return",
    "set", "shift", "source", "test", "true", "type", "umask", "unset", "wait",
];

/// Builtins of bash that the lab's shell does not have.
pub(super) const NOT_OFFERED: [&str; 24] = [
    "alias",
    "bg",
    "bind",
    "builtin",
    "caller",
    "compgen",
    "complete",
    "declare",
    "dirs",
    "disown",
    "enable",
    "exec",
    "fg",
    "getopts",
    "hash",
    "jobs",
    "let",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "trap",
    "typeset",
];

/// Whether the shell does this itself, or says that the lab does not have it.
#[must_use]
pub fn is_builtin(name: &str) -> bool {
    NAMES.contains(&name) || NOT_OFFERED.contains(&name)
}
