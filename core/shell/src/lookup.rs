//! Command lookup: a name is a function, a builtin, or a file on the host's disk.
//!
//! A program exists because its file exists and has the x bit. The file's bytes identify the
//! program, so that copying, moving, `chmod` and `rm` work as expected.

use std::rc::Rc;

use super::builtins::names::is_builtin;
use super::fs::{self, NodeKind};
use super::host::{Host, Login};
use super::image::{is_shell, program_in};
use super::syntax::Command;

/// The places in which a name is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Functions, builtins and files.
    All,
    /// Builtins and files: after `command`.
    NoFunctions,
    /// Files: after `sudo` and similar programs.
    Files,
}

/// The result of a lookup.
#[derive(Clone, Debug)]
pub enum Found {
    /// A function of the shell.
    Function(Rc<Command>),
    /// A builtin of the shell.
    Builtin,
    /// A compiled program; its name is in the file.
    Program(String),
    /// A text file that a shell runs.
    Script {
        /// Its path as it was found.
        name: String,
        /// Its content.
        text: String,
        /// The shell options that its first line names.
        flags: String,
    },
    /// Nothing that can run.
    Missing {
        /// The reason, in bash's words.
        what: String,
        /// The status.
        status: i32,
    },
}

/// Looks up a name. `shell` is the login in which it was typed, `login` that of the command.
#[must_use]
pub fn find(host: &Host, shell: &Login, login: &Login, among: Among, name: &str) -> Found {
    if !name.contains('/') {
        if among == Among::All
            && let Some(body) = shell.functions.get(name)
        {
            return Found::Function(body.clone());
        }
        if among != Among::Files && is_builtin(name) {
            return Found::Builtin;
        }
        return match on_path(host, login, name) {
            Some(path) => file(host, login, &path, &path),
            None => Found::Missing {
                what: format!("{name}: command not found"),
                status: 127,
            },
        };
    }
    let path = system_path(&fs::resolve(&login.cwd, &login.home(), name));
    file(host, login, &path, name)
}

/// Resolves `/bin` and `/sbin`, which are links to the folders below `/usr`.
fn system_path(path: &str) -> String {
    let linked = path.starts_with("/bin/") || path.starts_with("/sbin/");
    if linked {
        format!("/usr{path}")
    } else {
        path.to_owned()
    }
}

/// The path of a program on PATH that the login may run.
#[must_use]
pub fn on_path(host: &Host, login: &Login, name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let path = login.variable("PATH").unwrap_or_default();
    path.split(':')
        .map(|folder| {
            let at = fs::resolve(&login.cwd, &login.home(), &format!("{folder}/{name}"));
            system_path(&at)
        })
        .find(|path| runnable(host, login, path))
}

/// True if the login may run the file at a path.
fn runnable(host: &Host, login: &Login, path: &str) -> bool {
    host.fs.node(path).is_some_and(|node| {
        let bit = match login.user.as_str() {
            "root" => 0o111,
            user if user == node.owner => 0o100,
            _ => 0o001,
        };
        node.kind != NodeKind::Folder && node.mode & bit != 0
    })
}

/// The names of all programs that the login can run without a path.
#[must_use]
pub fn names(host: &Host, login: &Login) -> Vec<String> {
    let path = login.variable("PATH").unwrap_or_default();
    path.split(':')
        .filter_map(|folder| {
            host.fs
                .list(folder, &login.user)
                .ok()
                .map(|all| (folder, all))
        })
        .flat_map(|(folder, all)| {
            all.filter(move |(name, _)| runnable(host, login, &format!("{folder}/{name}")))
                .map(|(name, _)| name.to_owned())
        })
        .collect()
}

/// Determines how to run the file at a path.
fn file(host: &Host, login: &Login, path: &str, typed: &str) -> Found {
    let missing = |what: String, status| Found::Missing { what, status };
    let Some(node) = host.fs.node(path) else {
        return missing(format!("{typed}: No such file or directory"), 127);
    };
    if node.kind == NodeKind::Folder {
        return missing(format!("{typed}: Is a directory"), 126);
    }
    if !runnable(host, login, path) {
        return missing(format!("{typed}: Permission denied"), 126);
    }
    let NodeKind::File(bytes) = &node.kind else {
        return missing(format!("{typed}: Is a directory"), 126);
    };
    if let Some(program) = program_in(bytes) {
        return Found::Program(program.to_owned());
    }
    if bytes.starts_with(b"\x7fELF") || bytes.contains(&0) {
        return missing(
            format!("{typed}: cannot execute binary file: Exec format error"),
            126,
        );
    }
    if host.fs.read(path, &login.user).is_err() {
        return missing(format!("{typed}: Permission denied"), 126);
    }
    script(typed, &String::from_utf8_lossy(bytes))
}

/// A text file: its first line names its interpreter; the default is the shell.
fn script(typed: &str, text: &str) -> Found {
    let first = text.lines().next().unwrap_or_default();
    let mut flags = String::new();
    if let Some(line) = first.strip_prefix("#!") {
        let mut words = line.split_whitespace();
        let interpreter = words.next().unwrap_or_default();
        let mut name = interpreter.rsplit('/').next().unwrap_or_default();
        if name == "env" {
            name = words.next().unwrap_or_default();
        }
        if !is_shell(name) {
            // An `env` that finds nothing prints its own message.
            let (what, status) = if interpreter.ends_with("/env") {
                (
                    format!("/usr/bin/env: ‘{name}’: No such file or directory"),
                    127,
                )
            } else {
                (
                    format!("{typed}: {interpreter}: bad interpreter: No such file or directory"),
                    126,
                )
            };
            return Found::Missing { what, status };
        }
        for option in words.filter_map(|word| word.strip_prefix('-')) {
            flags.push_str(option);
        }
    }
    Found::Script {
        name: typed.to_owned(),
        text: text.to_owned(),
        flags,
    }
}

/// Programs of real systems that the lab does not have, with a replacement.
const ELSEWHERE: &[(&str, &str)] = &[
    ("awk", "use `cut`, `sed` or `grep`"),
    ("emacs", EDIT),
    ("gawk", "use `cut`, `sed` or `grep`"),
    ("jq", "use `--query` of the AWS CLI, `grep` or `sed`"),
    ("less", "use `cat`, `head` or `tail`"),
    ("man", "use `COMMAND help` (aws) or `COMMAND --help`"),
    ("more", "use `cat`, `head` or `tail`"),
    ("nano", EDIT),
    ("perl", "use `sed` or `grep`"),
    ("python", "use `sed`, `grep` or `--query` of the AWS CLI"),
    ("python3", "use `sed`, `grep` or `--query` of the AWS CLI"),
    ("tmux", "open a second terminal with +"),
    ("vi", EDIT),
    ("vim", EDIT),
];

const EDIT: &str = "write a file with `cat > FILE` and Ctrl-D, or with `cat > FILE <<EOF`";

/// The lab's message for a well-known program that it does not have; `None`: the name is not one.
#[must_use]
pub fn not_in_this_lab(name: &str) -> Option<String> {
    let (_, instead) = ELSEWHERE.iter().find(|(known, _)| *known == name)?;
    Some(format!(
        "hsmlab: this lab does not have {name}; {instead}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{CLOUDSHELL, Os};
    use crate::process::Io;
    use crate::software::{Place, Program, Software, Start, Systems, no_completion};
    use crate::testing::BARE_SHELL;
    use hsmlab_sim::SimTime;

    static SED: [Program; 1] = [Program {
        name: "sed",
        place: Place::System(Systems::Linux, "/usr/bin"),
        start: Start::Plain(|_, _: &mut Io<'_>| 0),
        complete: no_completion,
    }];

    static SOFTWARE: Software = Software {
        programs: &[&SED],
        windows_shell: &BARE_SHELL,
    };

    fn host() -> (Host, Login) {
        let now = SimTime::default();
        let mut host = Host::new(CLOUDSHELL, "bench", Os::AmazonLinux2023, "learner", now);
        SOFTWARE.install(&mut host, now);
        let login = host.log_in();
        (host, login)
    }

    fn found(host: &Host, login: &Login, name: &str) -> String {
        match find(host, login, login, Among::All, name) {
            Found::Function(_) => "function".into(),
            Found::Builtin => "builtin".into(),
            Found::Program(name) => format!("program {name}"),
            Found::Script { flags, .. } => format!("script {flags}"),
            Found::Missing { what, status } => format!("{status} {what}"),
        }
    }

    #[test]
    fn a_program_is_its_file() {
        let (mut host, login) = host();
        assert_eq!(found(&host, &login, "sed"), "program sed");
        assert_eq!(found(&host, &login, "/bin/sed"), "program sed");
        assert_eq!(found(&host, &login, "cd"), "builtin");
        let now = SimTime::default();
        let bytes = host.fs.read("/usr/bin/sed", "root").unwrap();
        host.fs
            .write("/home/learner/mine", bytes, "learner", now)
            .unwrap();
        assert_eq!(
            found(&host, &login, "./mine"),
            "126 ./mine: Permission denied"
        );
        host.fs
            .set_mode("/home/learner/mine", 0o755, "learner")
            .unwrap();
        assert_eq!(found(&host, &login, "./mine"), "program sed");
        assert_eq!(found(&host, &login, "../learner/mine"), "program sed");
        host.fs.remove("/usr/bin/sed", "root").unwrap();
        assert_eq!(found(&host, &login, "sed"), "127 sed: command not found");
    }

    #[test]
    fn the_first_line_of_a_script_names_its_shell() {
        let (mut host, login) = host();
        for (text, expected) in [
            ("echo hi\n", "script "),
            ("#!/bin/bash\necho hi\n", "script "),
            ("#!/usr/bin/env bash\n", "script "),
            ("#!/bin/sh -eu\n", "script eu"),
            (
                "#!/usr/bin/python3\n",
                "126 ./s: /usr/bin/python3: bad interpreter: No such file or directory",
            ),
            (
                "\u{7f}ELF\n",
                "126 ./s: cannot execute binary file: Exec format error",
            ),
        ] {
            let now = SimTime::default();
            let at = "/home/learner/s";
            host.fs.write(at, text.as_bytes(), "learner", now).unwrap();
            host.fs.set_mode(at, 0o755, "learner").unwrap();
            assert_eq!(found(&host, &login, "./s"), expected, "{text}");
        }
    }
}
