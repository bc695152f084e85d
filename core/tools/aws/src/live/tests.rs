//! Tests of the command on a host.

use hsmlab_shell::testing::BARE;
use std::net::IpAddr;

use serde_json::json;

use super::*;
use hsmlab_client::Link;
use hsmlab_protocol::Reach;
use hsmlab_shell::host::{CLOUDSHELL, Host, Os};
use hsmlab_shell::process::{Input, Step};
use hsmlab_sim::SimTime;

/// A world that answers every call with its key and region.
struct World {
    internet: bool,
    slept: u64,
}

impl hsmlab_shell::Sys for World {
    fn software(&self) -> &'static hsmlab_shell::software::Software {
        &BARE
    }

    fn now(&self) -> SimTime {
        SimTime::default()
    }
    fn sleep(&mut self, span: SimDuration) {
        self.slept += span.as_ms() / 1000;
    }
    fn next_change(&self) -> Option<(SimTime, String)> {
        None
    }
    fn aws(&mut self, call: &Call) -> Result<Value, ServiceError> {
        let key = &call.credentials.access_key_id;
        Ok(json!({"UserId": key, "Account": call.region}))
    }
    fn link(&mut self, _: &str) -> Box<dyn Link + '_> {
        unreachable!("aws opens no link")
    }
    fn reach(&self, _: &str, _: IpAddr, _: u16) -> Reach {
        unreachable!("aws asks for no reach")
    }
    fn last_reach(&self, _: &str) -> Option<(IpAddr, u16, Reach)> {
        None
    }
    fn has_internet(&self, _: &str) -> bool {
        self.internet
    }
    fn host_at(&self, _: &str, _: IpAddr) -> Option<String> {
        None
    }
    fn download(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn instance_credentials(&mut self, host: &str) -> Option<String> {
        (host == CLOUDSHELL).then(|| hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID.into())
    }
    fn fill_random(&mut self, _: &str, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

struct Session {
    host: Host,
    login: hsmlab_shell::host::Login,
    world: World,
}

impl Session {
    fn new(id: &str) -> Self {
        let host = Host::new(id, id, Os::AmazonLinux2023, "user", SimTime::default());
        let login = host.log_in();
        Self {
            host,
            login,
            world: World {
                internet: true,
                slept: 0,
            },
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.login.variables.insert(name.into(), value.into());
        self.login.exported.insert(name.into());
    }

    /// Runs a line and answers its prompts; returns the status and everything printed.
    fn run(&mut self, line: &str, answers: &[&str]) -> (i32, String) {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut process = crate::start(&argv);
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut inputs = answers
            .iter()
            .map(|answer| Input::Line((*answer).to_owned()));
        let mut input = Input::Start;
        loop {
            let mut io = Io::new(
                &mut self.host,
                &mut self.login,
                &mut stdout,
                &mut stderr,
                &mut self.world,
            );
            match process.resume(&mut io, input) {
                Step::Exit(status) => {
                    stdout.append(&mut stderr);
                    return (status, String::from_utf8_lossy(&stdout).into_owned());
                }
                Step::Run => input = Input::Interrupt,
                Step::Read { .. } => input = inputs.next().unwrap_or(Input::End),
            }
        }
    }
}

const WHO: &str = "aws sts get-caller-identity --output text";

#[test]
fn credentials_come_from_where_the_cli_looks() {
    let mut session = Session::new("i-0123456789abcdef0");
    session.set("AWS_REGION", "us-east-1");
    let (status, text) = session.run(WHO, &[]);
    assert_eq!(status, 253);
    assert!(
        text.contains("(NoCredentials): Unable to locate credentials."),
        "{text}"
    );

    let keys = ["AKIAONE", "secret", "eu-west-1", ""];
    assert_eq!(session.run("aws configure", &keys).0, 0);
    session.login.variables.remove("AWS_REGION");
    assert_eq!(session.run(WHO, &[]), (0, "eu-west-1\tAKIAONE\n".into()));
    session.set("AWS_ACCESS_KEY_ID", "AKIATWO");
    session.set("AWS_SECRET_ACCESS_KEY", "secret");
    assert_eq!(session.run(WHO, &[]), (0, "eu-west-1\tAKIATWO\n".into()));
    assert_eq!(session.run("aws configure set region us-west-2", &[]).0, 0);
    assert_eq!(
        session.run("aws configure get region", &[]),
        (0, "us-west-2\n".into())
    );

    let mut shell = Session::new(CLOUDSHELL);
    shell.set("AWS_REGION", "us-east-1");
    assert_eq!(
        shell.run(WHO, &[]),
        (0, "us-east-1\tASIAIOSFODNN7EXAMPLE\n".into())
    );
}

#[test]
fn unreachable_endpoints_are_reported() {
    let mut session = Session::new(CLOUDSHELL);
    let (status, text) = session.run("aws cloudhsmv2 describe-clusters --region us-west-9", &[]);
    assert_eq!(status, 255);
    assert_eq!(
        text,
        "\naws: [ERROR]: Could not connect to the endpoint URL: \
         \"https://cloudhsmv2.us-west-9.amazonaws.com/\"\n"
    );
    assert_eq!(session.world.slept, 0);
    session.world.internet = false;
    let (status, text) = session.run("aws cloudhsmv2 describe-clusters --region us-west-2", &[]);
    assert_eq!((status, session.world.slept), (255, 180), "{text}");
}
