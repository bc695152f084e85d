//! A host: CloudShell, or an EC2 instance, with its file system, users and installed programs.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::fs::Fs;
use super::syntax::Command;
use hsmlab_sim::SimTime;

pub use hsmlab_protocol::CLOUDSHELL;

/// The width of tables and help pages, in characters; narrower screens scroll.
pub const TERMINAL_COLUMNS: usize = 100;

/// The operating system of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// Amazon Linux 2023: CloudShell and most instances.
    AmazonLinux2023,
    /// Amazon Linux 2.
    AmazonLinux2,
    /// Ubuntu 24.04.
    Ubuntu2404,
    /// Ubuntu 22.04.
    Ubuntu2204,
    /// Red Hat Enterprise Linux 9.
    Rhel9,
    /// Red Hat Enterprise Linux 8.
    Rhel8,
    /// Windows Server 2022.
    WindowsServer2022,
}

impl Os {
    /// True for Debian's family: deb packages, apt.
    #[must_use]
    pub const fn is_debian(self) -> bool {
        matches!(self, Self::Ubuntu2404 | Self::Ubuntu2204)
    }

    /// True for Windows: drive letters, PowerShell, MSI packages.
    #[must_use]
    pub const fn is_windows(self) -> bool {
        matches!(self, Self::WindowsServer2022)
    }
}

/// The processor of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Architecture {
    /// `x86_64`, `amd64`.
    #[default]
    X86,
    /// `aarch64`, `arm64`.
    Arm,
}

impl Architecture {
    /// The name that `uname -m` and rpm use.
    #[must_use]
    pub const fn rpm(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "aarch64",
        }
    }

    /// The name that dpkg uses.
    #[must_use]
    pub const fn deb(self) -> &'static str {
        match self {
            Self::X86 => "amd64",
            Self::Arm => "arm64",
        }
    }
}

/// A host. Its id is [`CLOUDSHELL`] or an instance id.
#[derive(Clone, Debug)]
pub struct Host {
    /// The id.
    pub id: String,
    /// The name in the prompt: `ip-10-0-1-30`.
    pub name: String,
    /// The operating system.
    pub os: Os,
    /// Its processor.
    pub architecture: Architecture,
    /// Its files.
    pub fs: Fs,
    /// The user who logs in: `ec2-user`, `ubuntu`, `cloudshell-user`.
    pub login: String,
    /// Installed packages, by name: `cloudhsm-cli`.
    pub packages: BTreeSet<String>,
    /// Environment variables that every login starts with: CloudShell's region.
    pub environment: BTreeMap<String, String>,
    /// Background services, by name.
    pub services: BTreeMap<String, Service>,
    /// What Windows Credential Manager keeps, by the address.
    pub credentials: BTreeMap<String, Credential>,
}

/// A user's name and password in Windows Credential Manager.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Shows no password.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A service that a package installs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The instant at which it started; `None`: it is stopped.
    pub started: Option<SimTime>,
    /// True if it ended with a failure.
    pub failed: bool,
    /// Its configuration as it was when the service started.
    pub config: String,
    /// The last lines of its log.
    pub log: Vec<(SimTime, String)>,
}

/// One login on a host: the state that a terminal's shell keeps from line to line.
#[derive(Clone, Debug)]
pub struct Login {
    /// The host's system: it determines the home folders and the shell.
    pub os: Os,
    /// The user.
    pub user: String,
    /// The working folder.
    pub cwd: String,
    /// Shell and environment variables.
    pub variables: BTreeMap<String, String>,
    /// The names of the variables that are exported.
    pub exported: BTreeSet<String>,
    /// PowerShell's own variables; its environment is in `variables`.
    pub objects: super::objects::Objects,
    /// The exit status of the last command.
    pub status: i32,
    /// `$0`, `$1` and so on.
    pub positional: Vec<String>,
    /// The functions that were defined.
    pub functions: BTreeMap<String, Rc<Command>>,
    /// The options that `set` has switched on.
    pub options: ShellOptions,
    /// The lines that were typed at the prompt, the oldest first.
    pub history: Rc<Vec<String>>,
}

/// The options of `set` that the lab's shell has (bash, "The Set Builtin").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShellOptions {
    /// `-e`: a command that fails ends the shell.
    pub errexit: bool,
    /// `-u`: a variable that is not set is an error.
    pub nounset: bool,
    /// `-x`: commands are printed before they run.
    pub xtrace: bool,
    /// `-o pipefail`: a pipeline fails if any stage of it does.
    pub pipefail: bool,
}

impl ShellOptions {
    /// The letter that [`ShellOptions::set`] uses for a name that follows `-o`.
    #[must_use]
    pub fn letter(name: &str) -> Option<char> {
        match name {
            "errexit" => Some('e'),
            "nounset" => Some('u'),
            "xtrace" => Some('x'),
            "pipefail" => Some('P'),
            _ => None,
        }
    }

    /// Switches the option with this letter (`P` is pipefail); false if the lab does not have it.
    pub const fn set(&mut self, letter: char, on: bool) -> bool {
        match letter {
            'e' => self.errexit = on,
            'u' => self.nounset = on,
            'x' => self.xtrace = on,
            'P' => self.pipefail = on,
            'l' => {}
            _ => return false,
        }
        true
    }
}

/// The most lines that a login remembers (bash, HISTSIZE).
const HISTORY_MAX: usize = 1000;

impl Login {
    /// Remembers a line that was typed at the prompt. A blank line is not remembered.
    pub fn remember(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        let history = Rc::make_mut(&mut self.history);
        if history.len() >= HISTORY_MAX {
            history.remove(0);
        }
        history.push(line.to_owned());
    }

    /// The user's home folder.
    #[must_use]
    pub fn home(&self) -> String {
        if self.os.is_windows() {
            format!("/C:/Users/{}", self.user)
        } else if self.user == "root" {
            "/root".into()
        } else {
            format!("/home/{}", self.user)
        }
    }

    /// A variable's value, if it is set.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}

impl Host {
    /// A host with only the folders that its system has.
    #[must_use]
    pub fn new(id: &str, name: &str, os: Os, login: &str, now: SimTime) -> Self {
        let fs = if os.is_windows() {
            windows_files(login, now)
        } else {
            unix_files(login, now)
        };
        Self {
            id: id.into(),
            name: name.into(),
            os,
            architecture: Architecture::default(),
            fs,
            login: login.into(),
            packages: BTreeSet::new(),
            environment: BTreeMap::new(),
            services: BTreeMap::new(),
            credentials: BTreeMap::new(),
        }
    }

    /// A fresh login of the host's own user.
    #[must_use]
    pub fn log_in(&self) -> Login {
        let mut login = Login {
            os: self.os,
            user: self.login.clone(),
            cwd: String::new(),
            variables: BTreeMap::new(),
            exported: BTreeSet::new(),
            objects: super::objects::Objects::default(),
            status: 0,
            positional: vec!["-bash".into()],
            functions: BTreeMap::new(),
            options: ShellOptions::default(),
            history: Rc::default(),
        };
        login.cwd = login.home();
        let system = if self.os.is_windows() {
            self.windows_variables()
        } else {
            vec![
                ("HOME", login.cwd.clone()),
                ("USER", self.login.clone()),
                ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
                ("SHELL", "/bin/bash".to_owned()),
                ("COLUMNS", TERMINAL_COLUMNS.to_string()),
            ]
        };
        for (name, value) in system {
            login.variables.insert(name.into(), value);
            login.exported.insert(name.into());
        }
        for (name, value) in &self.environment {
            login.variables.insert(name.clone(), value.clone());
            login.exported.insert(name.clone());
        }
        login
    }

    /// A fresh login of a user of this host.
    #[must_use]
    pub fn log_in_as(&self, user: &str) -> Login {
        let mut login = self.log_in();
        if user != login.user {
            user.clone_into(&mut login.user);
            login.cwd = login.home();
            for (name, value) in [("HOME", login.home()), ("USER", user.to_owned())] {
                login.variables.insert(name.to_owned(), value);
            }
        }
        login
    }

    /// The Windows name of the computer: EC2's images choose `EC2AMAZ-` and seven random characters
    /// (EC2 user guide for Windows, "computer name").
    #[must_use]
    pub fn computer_name(&self) -> String {
        let digits: String = self
            .id
            .chars()
            .rev()
            .filter(char::is_ascii_alphanumeric)
            .take(7)
            .collect();
        format!("EC2AMAZ-{}", digits.to_ascii_uppercase())
    }

    /// PATH of a new session: only later sessions see an installer's addition.
    fn windows_path_variable(&self) -> String {
        if self.packages.contains("aws-cli") {
            format!(r"{WINDOWS_PATH};C:\Program Files\Amazon\AWSCLIV2\")
        } else {
            WINDOWS_PATH.into()
        }
    }

    fn windows_variables(&self) -> Vec<(&'static str, String)> {
        let home = format!(r"C:\Users\{}", self.login);
        vec![
            ("ALLUSERSPROFILE", r"C:\ProgramData".into()),
            ("APPDATA", format!(r"{home}\AppData\Roaming")),
            ("COMPUTERNAME", self.computer_name()),
            ("HOMEDRIVE", "C:".into()),
            ("HOMEPATH", format!(r"\Users\{}", self.login)),
            ("LOCALAPPDATA", format!(r"{home}\AppData\Local")),
            ("OS", "Windows_NT".into()),
            ("PATH", self.windows_path_variable()),
            ("PROCESSOR_ARCHITECTURE", "AMD64".into()),
            ("PROGRAMDATA", r"C:\ProgramData".into()),
            ("PROGRAMFILES", r"C:\Program Files".into()),
            ("SYSTEMDRIVE", "C:".into()),
            ("SYSTEMROOT", r"C:\Windows".into()),
            ("TEMP", format!(r"{home}\AppData\Local\Temp")),
            ("TMP", format!(r"{home}\AppData\Local\Temp")),
            ("USERNAME", self.login.clone()),
            ("USERPROFILE", home),
            ("WINDIR", r"C:\Windows".into()),
        ]
    }
}

/// The folders in which Windows looks for programs.
const WINDOWS_PATH: &str = r"C:\Windows\system32;C:\Windows;C:\Windows\System32\Wbem;C:\Windows\System32\WindowsPowerShell\v1.0\";

fn unix_files(login: &str, now: SimTime) -> Fs {
    let mut fs = Fs::default();
    for folder in [
        "/etc",
        "/opt",
        "/root",
        "/tmp",
        "/usr/bin",
        "/usr/local/bin",
        "/usr/sbin",
        "/var/log",
        "/home",
    ] {
        fs.make_folders(folder, "root", now);
    }
    let _ = fs.set_mode("/tmp", 0o777, "root");
    let _ = fs.set_mode("/root", 0o700, "root");
    fs.make_folders(&format!("/home/{login}"), "root", now);
    let _ = fs.set_owner(&format!("/home/{login}"), login, "root");
    fs
}

/// Windows' folders. A path `C:\Users` is kept as `/C:/Users`.
fn windows_files(login: &str, now: SimTime) -> Fs {
    let mut fs = Fs::windows();
    for folder in [
        "Desktop",
        "Documents",
        "Downloads",
        "AppData/Local/Temp",
        "AppData/Roaming",
    ] {
        fs.make_folders(&format!("/C:/Users/{login}/{folder}"), login, now);
    }
    for folder in [
        "Program Files/Amazon",
        "Program Files (x86)",
        "ProgramData",
        "Users/Public",
        "Windows/System32",
    ] {
        fs.make_folders(&format!("/C:/{folder}"), "SYSTEM", now);
    }
    fs
}
