//! Input that people type and paste into a terminal: lines that continue, input up to Ctrl-D, standard
//! input over ssh, programs by path, and commands that the lab does not have.

use hsmlab_core::session::drive::Driver;
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::request::{Request, TerminalId};
use hsmlab_sim::Seed;
use hsmlab_tests::worlds::in_world;

struct Desk {
    driver: Driver,
    terminal: TerminalId,
}

impl Desk {
    fn playground() -> Self {
        Self::at(Driver::start(Seed::from_number(7), None).unwrap())
    }

    /// A world with a cluster, users and the instance `client-1`.
    fn with_client() -> Self {
        let mut desk = Self::at(in_world(7, "ready-2"));
        desk.run(
            "IP=$(aws ec2 describe-instances --filters Name=tag:Name,Values=client-1 --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)",
        );
        desk
    }

    fn at(mut driver: Driver) -> Self {
        let terminal = driver.terminal("cloudshell").unwrap();
        Self { driver, terminal }
    }

    fn on(&mut self, host: &str) -> &mut Self {
        self.terminal = self.driver.terminal(host).unwrap();
        self
    }

    /// Types lines; returns all output.
    fn run(&mut self, lines: &str) -> String {
        let mut printed = String::new();
        for line in lines.lines() {
            let played = self.driver.line(self.terminal, line);
            printed.push_str(&played.text(Stream::Stdout));
            printed.push_str(&played.text(Stream::Stderr));
        }
        printed
    }

    fn end_of_input(&mut self) -> String {
        let terminal = self.terminal;
        let played = self.driver.send(Request::EndOfInput { terminal });
        played.text(Stream::Stdout) + &played.text(Stream::Stderr)
    }
}

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB==\n-----END CERTIFICATE-----";

#[test]
fn an_aws_example_of_several_lines_is_one_command() {
    let mut desk = Desk::playground();
    let printed = desk.run(
        "aws ec2 describe-vpcs \\\n  --filters Name=is-default,Values=true \\\n  --query 'Vpcs[].CidrBlock' \\\n  --output text",
    );
    assert_eq!(printed, "172.31.0.0/16\n");
    assert_eq!(desk.run("echo 'a\\\nb' \"c\\\nd\""), "a\\\nb cd\n");
    assert_eq!(desk.run("echo x \\\\"), "x \\\n");
}

#[test]
fn what_is_pasted_arrives_whole() {
    let mut desk = Desk::playground();
    for command in [
        "cat > pasted.crt",
        "tee pasted.crt",
        "cat | tee pasted.crt > /dev/null",
    ] {
        desk.run(command);
        desk.run(PEM);
        desk.end_of_input();
        assert_eq!(desk.run("cat pasted.crt"), format!("{PEM}\n"), "{command}");
    }
    desk.run("cat >> pasted.crt");
    desk.run("more");
    desk.end_of_input();
    assert_eq!(
        desk.run("tail -1 pasted.crt; wc -l < pasted.crt"),
        "more\n5\n"
    );
}

#[test]
fn programs_that_read_the_terminal_wait_for_end_of_input() {
    let mut desk = Desk::playground();
    for (command, typed, expected) in [
        ("wc -l", "a\nb", "2\n"),
        ("sort", "b\na", "a\nb\n"),
        ("base64", "hi", "aGkK\n"),
        (
            "sha256sum",
            "abc",
            "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb  -\n",
        ),
        (
            "openssl dgst -sha256 -r",
            "abc",
            "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb *stdin\n",
        ),
        ("grep -c a -", "a\nb\na", "2\n"),
        ("cat - | tail -1", "a\nb", "b\n"),
    ] {
        let mut printed = desk.run(command);
        assert_eq!(printed, "", "{command} waits");
        printed = desk.run(typed);
        printed.push_str(&desk.end_of_input());
        assert_eq!(printed, expected, "{command}");
        assert_eq!(desk.run("echo $?"), "0\n", "{command} has ended");
    }
}

#[test]
fn a_filter_answers_each_line_at_once() {
    let mut desk = Desk::playground();
    desk.run("grep -i error");
    assert_eq!(desk.run("an Error"), "an Error\n");
    assert_eq!(desk.run("nothing"), "");
    assert_eq!(desk.end_of_input(), "");
}

#[test]
fn read_asks_at_the_terminal() {
    let mut desk = Desk::playground();
    desk.run("read -p 'Cluster id? ' CID; echo \"[$CID]\"");
    assert_eq!(desk.run("cluster-abc"), "[cluster-abc]\n");
    desk.run("read first rest");
    assert_eq!(desk.run("one two three\necho $rest"), "two three\n");
    desk.run("read -rs SECRET");
    assert_eq!(desk.run("hunter2\necho ${#SECRET}"), "7\n");
}

#[test]
fn standard_input_crosses_ssh() {
    let mut desk = Desk::with_client();
    let size = desk.run("wc -c < customerCA.crt");
    assert!(size.trim().parse::<usize>().unwrap() > 500, "{size}");
    desk.run("cat customerCA.crt | ssh -i lab.pem ec2-user@$IP 'sudo tee /tmp/a.crt > /dev/null'");
    assert_eq!(
        desk.run("ssh -i lab.pem ec2-user@$IP 'wc -c < /tmp/a.crt'"),
        size
    );
    desk.run("ssh -i lab.pem -l ec2-user $IP 'cat > b.crt' < customerCA.crt");
    assert_eq!(
        desk.run("ssh -i lab.pem ec2-user@$IP 'cat b.crt' | wc -c"),
        size
    );
    let printed = desk.run("ssh -T -i lab.pem ec2-user@$IP <<EOF\nwhoami\nread x\nthe next line\necho \"got \\$x\"\nEOF");
    assert_eq!(printed, "ec2-user\ngot the next line\n");
    assert_eq!(
        desk.run("echo hostname | ssh -T -i lab.pem ec2-user@$IP | cut -c1-3; pwd"),
        "ip-\n/home/cloudshell-user\n"
    );
    let printed = desk
        .run("printf 'a\\nb\\n' | while read x; do ssh -n -i lab.pem ec2-user@$IP echo $x; done");
    assert_eq!(printed, "a\nb\n");
    desk.run("ssh -i lab.pem ec2-user@$IP 'cat > typed.txt'");
    desk.run("typed over ssh");
    desk.end_of_input();
    assert_eq!(
        desk.run("ssh -i lab.pem ec2-user@$IP cat typed.txt"),
        "typed over ssh\n"
    );
    assert_eq!(
        desk.run("ssh -i lab.pem ec2-user@$IP 'exit 5'; echo $?"),
        "5\n"
    );
}

#[test]
fn programs_run_by_any_path() {
    let mut desk = Desk::with_client();
    desk.on("client-1");
    let users = desk.run("/opt/cloudhsm/bin/cloudhsm-cli user list | head -2");
    assert!(users.contains("error_code"), "{users}");
    for line in [
        "cd /opt/cloudhsm/bin; ./cloudhsm-cli user list | head -2",
        "cd /opt/cloudhsm; bin/cloudhsm-cli user list | head -2",
        "cd /opt/cloudhsm/etc; ../bin/cloudhsm-cli user list | head -2",
        "command /opt/cloudhsm/bin/cloudhsm-cli user list | head -2",
        "cp /opt/cloudhsm/bin/cloudhsm-cli /tmp/mine; /tmp/mine user list | head -2",
    ] {
        assert_eq!(desk.run(line), users, "{line}");
    }
    assert!(
        desk.run("cd /opt/cloudhsm; sudo ./bin/configure-cli --help")
            .contains("Usage")
    );
    desk.run("sudo chmod 644 /opt/cloudhsm/bin/cloudhsm-cli");
    assert_eq!(
        desk.run("/opt/cloudhsm/bin/cloudhsm-cli user list; echo $?"),
        "126\n-bash: /opt/cloudhsm/bin/cloudhsm-cli: Permission denied\n"
    );
}

#[test]
fn scripts_run_by_name_and_by_bash() {
    let mut desk = Desk::playground();
    desk.run("cat > wait.sh <<'X'\n#!/bin/bash\necho \"BEGIN $(basename $0) $1\"\nslept=0\nwhile [ $slept -lt 30 ] ; do\n  sleep 10\n  slept=$((slept + 10))\ndone\necho $slept\nX\nchmod +x wait.sh");
    for line in ["./wait.sh a", "bash wait.sh a", "sh ./wait.sh a"] {
        assert_eq!(desk.run(line), "BEGIN wait.sh a\n30\n", "{line}");
    }
    desk.run("cat > ask.sh <<'X'\nread -p 'Name? ' name\necho \"Hello $name\"\nX");
    desk.run("bash ask.sh");
    assert_eq!(desk.run("Ada"), "Hello Ada\n");
    assert_eq!(desk.run("history 1"), "    8  history 1\n");
}

#[test]
fn help_lists_the_commands() {
    let mut desk = Desk::playground();
    let help = desk.run("help");
    for word in ["wait", "explain", "aws", "openssl", "ssh", "Ctrl-D"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(desk.run("help wait").starts_with("hsmlab: wait"));
}

#[test]
fn what_the_lab_does_not_have_is_refused_in_its_own_voice() {
    let mut desk = Desk::playground();
    for line in [
        "jq .",
        "vi f",
        "python3 -c 1",
        "trap x EXIT",
        "read -t 5 x",
        "env -S x",
        "bash -o posix f",
        "bash +o pipefail f",
        "ssh -v host",
        "set -f",
    ] {
        let printed = desk.run(line);
        assert!(printed.starts_with("hsmlab: "), "{line}: {printed}");
    }
}
