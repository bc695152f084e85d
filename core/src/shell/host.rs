//! A host: CloudShell, or an EC2 instance, with its file system, users and installed programs.

use std::collections::{BTreeMap, BTreeSet};

use super::fs::Fs;
use crate::sim::SimTime;

/// The id of the host that every world has: the learner's CloudShell.
pub const CLOUDSHELL: &str = "cloudshell";

/// How wide tables and help pages are drawn, in characters; narrower screens scroll.
pub const TERMINAL_COLUMNS: usize = 100;

/// What runs on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// Amazon Linux 2023: CloudShell and most instances.
    AmazonLinux2023,
    /// Ubuntu 24.04.
    Ubuntu2404,
    /// Red Hat Enterprise Linux 9.
    Rhel9,
    /// Windows Server 2022.
    WindowsServer2022,
}

/// A host. Its id is [`CLOUDSHELL`] or an instance id.
#[derive(Clone, Debug)]
pub struct Host {
    /// The id.
    pub id: String,
    /// The name in the prompt: `ip-10-0-1-30`.
    pub name: String,
    /// What runs on it.
    pub os: Os,
    /// Its files.
    pub fs: Fs,
    /// The user who logs in: `ec2-user`, `ubuntu`, `cloudshell-user`.
    pub login: String,
    /// Installed packages, by name: `cloudhsm-cli`.
    pub packages: BTreeSet<String>,
    /// Environment variables that every login starts with: CloudShell's region.
    pub environment: BTreeMap<String, String>,
}

/// One login on a host: what a terminal's shell carries from line to line.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The working folder.
    pub cwd: String,
    /// Shell and environment variables.
    pub variables: BTreeMap<String, String>,
    /// The names of the variables that are exported.
    pub exported: BTreeSet<String>,
    /// The exit status of the last command.
    pub status: i32,
}

impl Login {
    /// The user's home folder.
    #[must_use]
    pub fn home(&self) -> String {
        if self.user == "root" {
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
    /// A host with nothing but the folders that its system has.
    #[must_use]
    pub fn new(id: &str, name: &str, os: Os, login: &str, now: SimTime) -> Self {
        let mut fs = Fs::default();
        for folder in [
            "/etc", "/opt", "/root", "/tmp", "/usr/bin", "/var/log", "/home",
        ] {
            fs.make_folders(folder, "root", now);
        }
        let _ = fs.set_mode("/tmp", 0o777, "root");
        let _ = fs.set_mode("/root", 0o700, "root");
        fs.make_folders(&format!("/home/{login}"), "root", now);
        let _ = fs.set_owner(&format!("/home/{login}"), login, "root");
        Self {
            id: id.into(),
            name: name.into(),
            os,
            fs,
            login: login.into(),
            packages: BTreeSet::new(),
            environment: BTreeMap::new(),
        }
    }

    /// A fresh login of the host's own user.
    #[must_use]
    pub fn log_in(&self) -> Login {
        let mut login = Login {
            user: self.login.clone(),
            cwd: format!("/home/{}", self.login),
            variables: BTreeMap::new(),
            exported: BTreeSet::new(),
            status: 0,
        };
        for (name, value) in [
            ("HOME", login.cwd.clone()),
            ("USER", self.login.clone()),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("SHELL", "/bin/bash".to_owned()),
            ("COLUMNS", TERMINAL_COLUMNS.to_string()),
        ] {
            login.variables.insert(name.into(), value);
            login.exported.insert(name.into());
        }
        for (name, value) in &self.environment {
            login.variables.insert(name.clone(), value.clone());
            login.exported.insert(name.clone());
        }
        login
    }
}
