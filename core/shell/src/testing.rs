//! A test bench for programs: one host, a clock that only sleeping programs advance, and a world without a
//! network. Not part of the product.

use std::net::IpAddr;

use rand_core::Rng as _;
use serde_json::Value;

use super::Sys;
use super::host::{CLOUDSHELL, Host, Login, Os};
use super::process::{Input, Io, Process, Step};
use super::software::{CommandShell, Read, Software};
use hsmlab_api::{Call, ServiceError};
use hsmlab_client::{Link, LinkError};
use hsmlab_protocol::Reach;
use hsmlab_sim::{Rng, Seed, SimDuration, SimTime};

/// No programs, and a shell of Windows that reads nothing.
pub static BARE: Software = Software {
    programs: &[],
    windows_shell: &BARE_SHELL,
};

/// A shell of Windows that reads nothing.
pub static BARE_SHELL: CommandShell = CommandShell {
    continuation: "",
    prompt: str::to_owned,
    read: |_| Read::Empty,
    complete: |_, _, _, text| (text.len(), Vec::new()),
};

/// A host to run programs on.
pub struct Bench {
    /// The host.
    pub host: Host,
    /// The login.
    pub login: Login,
    /// The world around it.
    pub sys: Quiet,
}

/// The result of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// The exit status; `None` while it is waiting.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Its questions.
    pub prompts: Vec<String>,
}

/// A world with only time and randomness.
pub struct Quiet {
    /// The current time.
    pub now: SimTime,
    /// The random source.
    pub rng: Rng,
    /// The programs.
    pub software: &'static Software,
}

struct NoLink(SimTime);

impl Link for NoLink {
    fn connect(&mut self, _: IpAddr, _: u16) -> Result<u64, LinkError> {
        Err(LinkError::TimedOut)
    }
    fn exchange(&mut self, _: u64, _: &[u8]) -> Result<Vec<u8>, LinkError> {
        Err(LinkError::Reset)
    }
    fn close(&mut self, _: u64) {}
    fn now(&self) -> SimTime {
        self.0
    }
    fn sleep(&mut self, span: SimDuration) {
        self.0 += span;
    }
    fn fill_random(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

impl Sys for Quiet {
    fn software(&self) -> &'static Software {
        self.software
    }
    fn now(&self) -> SimTime {
        self.now
    }
    fn sleep(&mut self, span: SimDuration) {
        self.now += span;
    }
    fn next_change(&self) -> Option<(SimTime, String)> {
        None
    }
    fn aws(&mut self, _: &Call) -> Result<Value, ServiceError> {
        Ok(Value::Null)
    }
    fn link(&mut self, _: &str) -> Box<dyn Link + '_> {
        Box::new(NoLink(self.now))
    }
    fn reach(&self, _: &str, _: IpAddr, _: u16) -> Reach {
        Reach {
            hops: Vec::new(),
            reachable: false,
        }
    }
    fn last_reach(&self, _: &str) -> Option<(IpAddr, u16, Reach)> {
        None
    }
    fn has_internet(&self, _: &str) -> bool {
        false
    }
    fn host_at(&self, _: &str, _: IpAddr) -> Option<String> {
        None
    }
    fn download(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn instance_credentials(&mut self, _: &str) -> Option<String> {
        None
    }
    fn fill_random(&mut self, _: &str, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
    }
}

impl Bench {
    /// A host of this system at an instant, on which these programs can run.
    pub fn new(os: Os, now: SimTime, seed: u64, software: &'static Software) -> Self {
        let mut host = Host::new(CLOUDSHELL, "bench", os, "learner", now);
        software.install(&mut host, now);
        let login = host.log_in();
        let rng = Seed::from_number(seed).stream("bench");
        Self {
            host,
            login,
            sys: Quiet { now, rng, software },
        }
    }

    /// Runs a program with piped input and typed answers.
    pub fn run(
        &mut self,
        mut process: Box<dyn Process>,
        stdin: Option<&[u8]>,
        answers: &[&str],
    ) -> Ran {
        let mut ran = Ran::default();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut input = Input::Start;
        let mut answers = answers.iter();
        loop {
            let mut io = Io {
                stdin: stdin.map(<[u8]>::to_vec),
                tty: stdin.is_none(),
                ..Io::new(
                    &mut self.host,
                    &mut self.login,
                    &mut stdout,
                    &mut stderr,
                    &mut self.sys,
                )
            };
            match process.resume(&mut io, input) {
                Step::Exit(status) => {
                    ran.status = Some(status);
                    break;
                }
                Step::Run => break,
                Step::Read { prompt, .. } => {
                    ran.prompts.push(prompt);
                    match answers.next() {
                        Some(answer) => input = Input::Line((*answer).to_owned()),
                        None => break,
                    }
                }
            }
        }
        ran.stdout = String::from_utf8_lossy(&stdout).into_owned();
        ran.stderr = String::from_utf8_lossy(&stderr).into_owned();
        ran
    }

    /// A file's bytes.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        let path = super::fs::resolve(&self.login.cwd, &self.login.home(), name);
        self.host
            .fs
            .read(&path, &self.login.user)
            .ok()
            .map(|bytes| bytes.to_vec())
    }

    /// Writes a file.
    pub fn put(&mut self, name: &str, bytes: &[u8]) {
        let path = super::fs::resolve(&self.login.cwd, &self.login.home(), name);
        let user = self.login.user.clone();
        assert_eq!(
            self.host.fs.write(&path, bytes, &user, self.sys.now),
            Ok(())
        );
    }
}
