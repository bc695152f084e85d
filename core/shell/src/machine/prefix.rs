//! Words in front of a command that change how it runs: `sudo`, `env`, `command`, `nohup`,
//! `timeout`.

use std::borrow::Cow;

use super::Context;
use super::failure::Failure;
use crate::duration::duration;
use crate::host::Login;
use crate::lookup;
use hsmlab_sim::{SimDuration, SimTime};

/// The way a command runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefix {
    /// The user, if it is not the one who typed the command.
    user: Option<String>,
    /// `env -i`: the environment is initially empty.
    clears: bool,
    /// Variables that are removed from the environment.
    unset: Vec<String>,
    /// Variables that are set.
    set: Vec<(String, String)>,
    /// `nohup`.
    pub(super) nohup: bool,
    /// `command`: functions are ignored.
    plain: bool,
    /// The last of the programs in front; it reports a command that does not exist.
    speaker: Option<&'static str>,
    /// `timeout`: the time limit.
    limit: Option<SimDuration>,
    /// The login of a fresh session, which replaces the current one.
    fresh: Option<Box<Login>>,
}

impl Prefix {
    /// The login that the command runs with.
    pub(super) fn login<'a>(&'a self, login: &'a Login) -> Cow<'a, Login> {
        let login = self.fresh.as_deref().unwrap_or(login);
        let same =
            self.user.is_none() && !self.clears && self.unset.is_empty() && self.set.is_empty();
        if same {
            return Cow::Borrowed(login);
        }
        let mut login = login.clone();
        if let Some(user) = &self.user {
            login.user.clone_from(user);
            login.variables.insert("USER".into(), user.clone());
        }
        if self.clears {
            login.variables.clear();
            login.exported.clear();
        }
        for name in &self.unset {
            login.variables.remove(name);
            login.exported.remove(name);
        }
        for (name, value) in &self.set {
            login.variables.insert(name.clone(), value.clone());
            login.exported.insert(name.clone());
        }
        Cow::Owned(login)
    }

    /// The user that `sudo` names.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The places for the lookup: with a program in front, only files.
    pub(super) const fn only_files(&self) -> lookup::Among {
        match (self.speaker, self.plain) {
            (Some(_), _) => lookup::Among::Files,
            (None, true) => lookup::Among::NoFunctions,
            (None, false) => lookup::Among::All,
        }
    }

    /// The program that reports a missing command; `None`: the shell.
    pub(super) const fn speaker(&self) -> Option<&'static str> {
        self.speaker
    }

    /// The exit status for a missing command: `sudo` uses 1.
    pub(super) fn status_of_missing(&self, status: i32) -> i32 {
        if self.speaker == Some("sudo") {
            1
        } else {
            status
        }
    }

    /// The instant at which the command must have ended.
    pub(super) fn deadline(&self, context: &Context<'_>) -> Option<SimTime> {
        self.limit.map(|limit| context.sys.now() + limit)
    }

    /// A prefix for a fresh login.
    pub(super) fn with_login(login: Login) -> Self {
        Self {
            fresh: Some(Box::new(login)),
            ..Self::default()
        }
    }
}

/// Strips the words in front of a command.
///
/// # Errors
/// The complaint of the program in front.
pub(super) fn strip(argv: &mut Vec<String>, context: &Context<'_>) -> Result<Prefix, Failure> {
    let mut prefix = Prefix::default();
    loop {
        let Some(name) = argv.first().cloned() else {
            return Ok(prefix);
        };
        if context.login.functions.contains_key(&name) && prefix.speaker.is_none() {
            return Ok(prefix);
        }
        match name.rsplit('/').next().unwrap_or(&name) {
            "sudo" => sudo(argv, &mut prefix, context)?,
            "env" if !env(argv, &mut prefix)? => return Ok(prefix),
            "env" => {}
            "command" if has_command(argv) => {
                argv.remove(0);
                if argv.first().map(String::as_str) == Some("--") {
                    argv.remove(0);
                }
                prefix.plain = true;
            }
            "nohup" => nohup(argv, &mut prefix)?,
            "timeout" => timeout(argv, &mut prefix)?,
            _ => return Ok(prefix),
        }
    }
}

/// True if a command follows `command`; `command -v` is a query.
fn has_command(argv: &[String]) -> bool {
    argv.get(1)
        .is_some_and(|word| word == "--" || !word.starts_with('-'))
}

fn failure(message: impl Into<String>, status: i32) -> Failure {
    Failure::new(message, status)
}

fn sudo(argv: &mut Vec<String>, prefix: &mut Prefix, context: &Context<'_>) -> Result<(), Failure> {
    let mut user = "root".to_owned();
    let mut shell = false;
    argv.remove(0);
    while let Some(option) = argv.first().filter(|word| word.starts_with('-')).cloned() {
        argv.remove(0);
        match option.as_str() {
            "-u" if !argv.is_empty() => user = argv.remove(0),
            "-i" | "-s" => shell = true,
            "--" => break,
            "-E" | "-H" | "-n" | "-S" => {}
            other => {
                let option = other.trim_start_matches('-');
                let message =
                    format!("sudo: invalid option -- '{option}'\nusage: sudo [-u user] command\n");
                return Err(failure(message, 1));
            }
        }
    }
    while let Some((name, value)) = argv.first().and_then(|word| word.split_once('=')) {
        prefix.set.push((name.to_owned(), value.to_owned()));
        argv.remove(0);
    }
    if user != "root" && user != context.host.login {
        return Err(failure(format!("sudo: unknown user {user}\n"), 1));
    }
    prefix.user = Some(user.clone());
    let is_su = argv.first().map(String::as_str) == Some("su");
    if argv.is_empty() {
        if !shell {
            return Err(failure("usage: sudo [-u user] command\n", 1));
        }
        *argv = vec!["su".into(), "-".into(), user];
    } else if shell {
        // `sudo -i COMMAND` runs it through the user's shell.
        let text = argv.join(" ");
        *argv = vec!["su".into(), "-".into(), user, "-c".into(), text];
    } else if !is_su {
        prefix.speaker = Some("sudo");
    }
    Ok(())
}

/// `env`: false if no command follows, so that `env` itself runs and prints.
fn env(argv: &mut Vec<String>, prefix: &mut Prefix) -> Result<bool, Failure> {
    let mut at = 1;
    while let Some(word) = argv.get(at) {
        match word.as_str() {
            "-i" | "-" | "--ignore-environment" => prefix.clears = true,
            "-u" | "--unset" => {
                at += 1;
                let Some(name) = argv.get(at) else {
                    let message = "env: option requires an argument -- 'u'\nTry 'env --help' for more information.\n";
                    return Err(failure(message, 125));
                };
                prefix.unset.push(name.clone());
            }
            "--" => {
                at += 1;
                break;
            }
            word if word.starts_with('-') => {
                return Err(failure(
                    format!("hsmlab: this lab's env does not have {word}\n"),
                    125,
                ));
            }
            word => match word.split_once('=') {
                Some((name, value)) => prefix.set.push((name.to_owned(), value.to_owned())),
                None => break,
            },
        }
        at += 1;
    }
    if at >= argv.len() {
        argv.truncate(1);
        return Ok(false);
    }
    argv.drain(..at);
    prefix.speaker = Some("env");
    Ok(true)
}

fn nohup(argv: &mut Vec<String>, prefix: &mut Prefix) -> Result<(), Failure> {
    argv.remove(0);
    if argv.is_empty() {
        let message = "nohup: missing operand\nTry 'nohup --help' for more information.\n";
        return Err(failure(message, 125));
    }
    prefix.nohup = true;
    prefix.speaker = Some("nohup");
    Ok(())
}

fn timeout(argv: &mut Vec<String>, prefix: &mut Prefix) -> Result<(), Failure> {
    argv.remove(0);
    while let Some(option) = argv.first().filter(|word| word.starts_with('-')).cloned() {
        argv.remove(0);
        match option.as_str() {
            // A program of the lab ends at once, whatever the signal.
            "-s" | "-k" if !argv.is_empty() => drop(argv.remove(0)),
            "--preserve-status" | "--foreground" | "-v" => {
                return Err(failure(
                    format!("hsmlab: this lab's timeout does not have {option}\n"),
                    125,
                ));
            }
            option if option.starts_with("--signal=") || option.starts_with("--kill-after=") => {}
            option => {
                return Err(failure(
                    format!("hsmlab: this lab's timeout does not have {option}\n"),
                    125,
                ));
            }
        }
    }
    if argv.len() < 2 {
        let message = "timeout: missing operand\nTry 'timeout --help' for more information.\n";
        return Err(failure(message, 125));
    }
    let word = argv.remove(0);
    let Some(limit) = duration(&word) else {
        return Err(failure(
            format!(
                "timeout: invalid time interval ‘{word}’\nTry 'timeout --help' for more information.\n"
            ),
            125,
        ));
    };
    // 0 sets no limit (coreutils, timeout).
    prefix.limit = (limit > SimDuration::default()).then_some(limit);
    prefix.speaker = Some("timeout");
    Ok(())
}
