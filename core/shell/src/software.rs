//! The programs that hosts can have, as rows, and the table of all rows.
//!
//! A program exists on a host because its file is there ([`super::image`]); its row says how it starts.

use hsmlab_sim::SimTime;

use super::Sys;
use super::host::{CLOUDSHELL, Host, Login, Os};
use super::image::{install_file, shell_files};
use super::process::{Plain, PlainFn, Process};

/// All programs, and the shell of Windows.
pub struct Software {
    /// The rows, by tool family.
    pub programs: &'static [&'static [Program]],
    /// The shell of Windows hosts.
    pub windows_shell: &'static CommandShell,
}

/// A program.
pub struct Program {
    /// Its name: that of its file without an ending.
    pub name: &'static str,
    /// The hosts that have its file from the start.
    pub place: Place,
    /// How it starts.
    pub start: Start,
    /// The candidates for the word that is being typed on its command line, each a whole word.
    pub complete: fn(&mut Completion<'_>) -> Vec<String>,
}

/// The hosts that have a program's file from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Hosts of these systems, in this folder.
    System(Systems, &'static str),
    /// Linux instances, in this folder: not CloudShell.
    Instances(&'static str),
    /// None: a package installs it.
    Package,
}

/// A family of systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Systems {
    /// Every Linux.
    Linux,
    /// Amazon Linux and Red Hat.
    RedHat,
    /// Ubuntu.
    Debian,
}

/// How a program starts.
#[derive(Clone, Copy)]
pub enum Start {
    /// With its arguments, its name first.
    Process(fn(&[String]) -> Box<dyn Process>),
    /// As a function of its arguments and its standard input ([`Plain`]).
    Plain(PlainFn),
    /// The same, where what it prints for a line depends on no later line if the function says so for
    /// these arguments.
    Filter(PlainFn, fn(&[String]) -> bool),
}

/// What a program needs to complete a word.
pub struct Completion<'a> {
    /// The host.
    pub host: &'a Host,
    /// The login.
    pub login: &'a Login,
    /// The world outside the host.
    pub sys: &'a mut dyn Sys,
    /// The words before the one that is being typed, the program's name first.
    pub words: &'a [String],
    /// The word that is being typed.
    pub last: &'a str,
}

/// A shell that reads its own language: PowerShell.
pub struct CommandShell {
    /// The prompt while a command continues on the next line.
    pub continuation: &'static str,
    /// The prompt in a folder.
    pub prompt: fn(cwd: &str) -> String,
    /// Reads what was typed.
    pub read: fn(text: &str) -> Read,
    /// The candidates for the word at the end of a text, and where that word begins.
    pub complete: fn(&Host, &Login, &mut dyn Sys, &str) -> (usize, Vec<String>),
}

/// A text as a [`CommandShell`] reads it.
pub enum Read {
    /// Nothing to run.
    Empty,
    /// A script, ready to run.
    Script(Box<dyn Process>),
    /// More lines are needed.
    Incomplete,
    /// The shell's message about what is wrong.
    Wrong(String),
}

impl Systems {
    /// True if a system belongs to the family.
    #[must_use]
    pub const fn has(self, os: Os) -> bool {
        match self {
            Self::Linux => !os.is_windows(),
            Self::RedHat => !os.is_windows() && !os.is_debian(),
            Self::Debian => os.is_debian(),
        }
    }
}

impl Place {
    /// The folder of the program's file on a fresh host.
    fn on(self, host: &Host) -> Option<&'static str> {
        match self {
            Self::System(systems, folder) => systems.has(host.os).then_some(folder),
            Self::Instances(folder) => {
                (!host.os.is_windows() && host.id != CLOUDSHELL).then_some(folder)
            }
            Self::Package => None,
        }
    }
}

impl Program {
    /// Makes a process of the program; `argv` begins with its name.
    #[must_use]
    pub fn start(&self, argv: &[String]) -> Box<dyn Process> {
        match self.start {
            Start::Process(start) => start(argv),
            Start::Plain(run) => Box::new(Plain::new(argv.to_vec(), run, false)),
            Start::Filter(run, filters) => Box::new(Plain::new(argv.to_vec(), run, filters(argv))),
        }
    }
}

/// Completes nothing: for programs without a completion of their own.
#[must_use]
pub const fn no_completion(_: &mut Completion<'_>) -> Vec<String> {
    Vec::new()
}

impl Software {
    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &'static Program> + use<> {
        self.programs.iter().copied().flatten()
    }

    /// The row of a program.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Program> {
        self.rows().find(|program| program.name == name)
    }

    /// Puts the files of the programs that a system has from the start on a new host.
    pub fn install(&self, host: &mut Host, now: SimTime) {
        for program in self.rows() {
            if let Some(folder) = program.place.on(host) {
                install_file(host, folder, program.name, now);
            }
        }
        if !host.os.is_windows() {
            for name in shell_files() {
                install_file(host, "/usr/bin", name, now);
            }
        }
    }

    /// The candidates for the last word of a command line.
    #[must_use]
    pub fn complete(&self, completion: &mut Completion<'_>) -> Vec<String> {
        let Some(first) = completion.words.first() else {
            return Vec::new();
        };
        let name = first.rsplit('/').next().unwrap_or(first);
        self.find(name)
            .map(|program| (program.complete)(completion))
            .unwrap_or_default()
    }
}

impl std::fmt::Debug for Software {
    /// The table is the same for all hosts, so it is not printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Software(..)")
    }
}
