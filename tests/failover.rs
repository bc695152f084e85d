//! An application that runs while HSMs fail: the errors that reach it, the path of its requests, and the
//! view.

use hsmlab_core::session::drive::{Driver, Played};
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::view::TrafficView;
use hsmlab_protocol::{Event, Request};
use hsmlab_tests::learner::{CLI, Learner};
use hsmlab_tests::worlds::worlds;

const PKCS11: &str = "/opt/cloudhsm/bin/configure-pkcs11";

/// Two HSMs in two zones, and client-1 with the PKCS#11 library, whose PIN is set.
fn ready() -> Learner {
    let mut learner = Learner::in_active_cluster();
    learner.doubles();
    learner.installs_library();
    learner
}

fn out(played: &Played) -> String {
    played.text(Stream::Stdout)
}

fn pass(learner: &mut Learner, seconds: u64) -> String {
    let tick = Request::Tick { ms: seconds * 1000 };
    out(&learner.driver.send(tick))
}

fn fault(learner: &mut Learner, id: &str, on: bool) {
    let played = learner.driver.send(Request::Fault { id: id.into(), on });
    assert_eq!(played.refusal(), None, "{id}");
}

fn interrupt(learner: &mut Learner) -> String {
    let terminal = learner.terminal;
    out(&learner.driver.send(Request::Interrupt { terminal }))
}

/// Returns the number before a word in a line, for example `0 errors`; of several lines, in the totals.
fn count(text: &str, word: &str) -> u64 {
    let total = text.lines().find(|line| line.starts_with("Total"));
    let before = total.unwrap_or(text).split(word).next().unwrap();
    before
        .split_whitespace()
        .next_back()
        .unwrap()
        .parse()
        .unwrap()
}

fn last_traffic(events: &[Event]) -> Option<TrafficView> {
    events.iter().rev().find_map(|event| match event {
        Event::View(change) => change.traffic.as_deref().cloned(),
        _ => None,
    })
}

#[test]
fn a_failed_hsm_costs_no_request_and_its_replacement_takes_its_share() {
    let mut learner = ready();
    learner.at("client-1");
    let begun = learner.types("hsm-load --new --key-label work --operation hmac");
    assert!(
        out(&begun).contains("HSM Lab's sample application"),
        "{}",
        out(&begun)
    );
    assert!(learner.driver.is_running(learner.terminal));
    let lines = pass(&mut learner, 63);
    assert_eq!(lines.lines().count(), 6, "{lines}");
    let line = lines.lines().last().unwrap();
    assert_eq!(count(line, "ops"), 200, "{lines}");
    assert_eq!(count(line, " (0."), 100, "{lines}");

    fault(&mut learner, "fail-hsm/us-east-1a", true);
    let lines = pass(&mut learner, 60);
    assert!(!lines.contains("CKR_"), "{lines}");
    let line = lines.lines().last().unwrap();
    assert!(
        line.contains("| 10.0.2.") && !line.contains("10.0.1."),
        "{lines}"
    );
    assert_eq!(count(line, "ops"), 200, "{lines}");

    // AWS replaces it; the application finds the new one automatically.
    let played = learner.driver.send(Request::Tick { ms: 900_000 });
    let lines = out(&played);
    let line = lines.lines().last().unwrap();
    let share = count(line, " (0.");
    assert!((95..=105).contains(&share), "{lines}");
    let traffic = last_traffic(&played.events).unwrap();
    assert_eq!(traffic.hsms.len(), 3, "{traffic:?}");
    for series in traffic.hsms.iter().chain([&traffic.clients]) {
        assert_eq!(series.operations.len(), traffic.hsms[0].operations.len());
        assert_eq!(series.failures.len(), series.latency_us.len());
    }
    let sum = |numbers: &[u32]| numbers.iter().sum::<u32>();
    assert!(sum(&traffic.hsms[0].failures) >= 1, "{traffic:?}");
    assert_eq!(traffic.hsms[0].operations.last(), Some(&0), "{traffic:?}");
    assert!(sum(&traffic.hsms[2].operations) > 100, "{traffic:?}");
    assert_eq!(sum(&traffic.clients.failures), 0, "{traffic:?}");

    let summary = interrupt(&mut learner);
    assert_eq!(count(&summary, "errors"), 0, "{summary}");
    assert!(count(&summary, "retries") >= 1, "{summary}");
    assert_eq!(summary.matches("\n  10.0.").count(), 3, "{summary}");
    assert!(!learner.driver.is_running(learner.terminal));
}

#[test]
fn cut_hsms_and_lost_zones_cost_no_request_either() {
    let mut learner = ready();
    learner.at("client-1");
    learner.types("hsm-load --new --operation aes-gcm-encrypt --rate 50");
    for id in ["cut-hsm/us-east-1b", "lose-zone/us-east-1b"] {
        pass(&mut learner, 30);
        fault(&mut learner, id, true);
        let lines = pass(&mut learner, 40);
        let line = lines.lines().last().unwrap();
        assert!(
            line.contains("| 10.0.1.") && !line.contains("10.0.2."),
            "{lines}"
        );
        fault(&mut learner, id, false);
        let lines = pass(&mut learner, 60);
        assert!(lines.lines().last().unwrap().contains("10.0.2."), "{lines}");
    }
    let summary = interrupt(&mut learner);
    assert_eq!(count(&summary, "errors"), 0, "{summary}");
}

#[test]
fn without_retries_some_requests_fail() {
    let mut learner = ready();
    learner
        .at("client-1")
        .does(&format!("sudo {PKCS11} --default-retry-mode off"));
    let begun = learner.types("hsm-load --new --operation hmac");
    assert!(out(&begun).contains("retry mode off"), "{}", out(&begun));
    pass(&mut learner, 23);
    fault(&mut learner, "fail-hsm/us-east-1a", true);
    let lines = pass(&mut learner, 20);
    assert!(lines.contains("C_Sign: CKR_"), "{lines}");
    let summary = interrupt(&mut learner);
    let errors = count(&summary, "errors");
    assert!((1..10).contains(&errors), "{summary}");
    assert_eq!(count(&summary, "retries"), 0, "{summary}");
}

#[test]
fn requests_in_flight_at_a_failed_hsm_are_retried() {
    let mut learner = ready();
    let load = "hsm-load --new --operation ecdsa-sign --rate max --threads 40 --interval 1";
    learner.at("client-1").types(load);
    pass(&mut learner, 1);
    fault(&mut learner, "fail-hsm/us-east-1a", true);
    let lines = pass(&mut learner, 2);
    // One HSM does half the work of two.
    let alone = count(lines.lines().last().unwrap(), "ops");
    assert!((1400..=1501).contains(&alone), "{lines}");
    let summary = interrupt(&mut learner);
    assert_eq!(count(&summary, "errors"), 0, "{summary}");
    let again = count(&summary, "retries");
    assert!((15..=25).contains(&again), "{summary}");
}

#[test]
fn one_hsm_alone_is_an_outage() {
    let mut learner = Learner::in_active_cluster();
    learner.installs_library();
    // A replacement comes from the newest backup: the daily one contains alice.
    learner.does("sleep 25h");
    learner.at("client-1");
    let said = learner.fails("hsm-load --new --operation hmac --seconds 10");
    assert!(said.contains("at least 2 HSMs"), "{said}");
    learner.does(&format!("sudo {PKCS11} --disable-key-availability-check"));
    learner.types("hsm-load --new --operation hmac");
    assert!(!pass(&mut learner, 20).contains("CKR_"));
    fault(&mut learner, "fail-hsm", true);
    let lines = pass(&mut learner, 60);
    assert!(lines.contains("no HSM is connected"), "{lines}");
    assert!(lines.contains("HSM is disconnected"), "{lines}");
    let summary = interrupt(&mut learner);
    assert!(count(&summary, "errors") > 10, "{summary}");
    // The replacement has another address, and no HSM is left that could report it.
    learner.at("cloudshell").does(
        r"sleep 1200
        HSM_IP=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text)
        ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-pkcs11 -a $HSM_IP",
    );
    let all = learner
        .at("client-1")
        .does("hsm-load --new --operation hmac --seconds 10 > log; cat log");
    assert_eq!(count(&all, "errors"), 0, "{all}");
}

#[test]
fn it_runs_while_another_terminal_waits_and_ends_automatically() {
    let play = |divided: bool| {
        let mut learner = ready();
        learner.at("client-1");
        learner.types("hsm-load --new --operation ecdsa-sign --seconds 100; date > ended");
        let refused = learner.driver.send(Request::Line {
            terminal: learner.terminal,
            text: "ls".into(),
        });
        assert!(refused.refusal().unwrap().contains("A program is running"));
        let slept = learner.at("cloudshell").types("sleep 45");
        let lines = out(&slept);
        assert_eq!(lines.matches(" 200 ops, 0 errors").count(), 4, "{lines}");
        if divided {
            for _ in 0..120 {
                pass(&mut learner, 1);
            }
        } else {
            let lines = pass(&mut learner, 120);
            assert!(
                lines.contains("Total in 100.0 s: 2000 ops, 0 errors"),
                "{lines}"
            );
        }
        learner.at("client-1").does("date; cat ended");
        learner.driver.fingerprint()
    };
    assert_eq!(play(true), play(false));
}

#[test]
fn the_rate_max_is_the_capacity_of_the_hsms() {
    let mut learner = ready();
    let rate = |learner: &mut Learner, line: &str| {
        let all = learner.at("client-1").does(&format!("{line} | grep Total"));
        count(&all, "ops") / 2
    };
    let sign = "hsm-load --new --operation ecdsa-sign --rate max --seconds 2";
    let pair = rate(&mut learner, sign);
    assert!((2800..=3001).contains(&pair), "{pair} a second");
    // More open requests than the HSMs' queues hold: refused, and done later.
    let all = learner.does(
        "hsm-load --new --operation ecdsa-sign --rate max --threads 300 --seconds 1 | grep Total",
    );
    assert!(count(&all, "errors") * 100 < count(&all, "ops"), "{all}");
    assert!(count(&all, "retries") > 100, "{all}");
    // The CLI is refused too, and retries until there is room.
    learner.types(
        "hsm-load --key-label hsm-load --operation ecdsa-sign --rate max --threads 300 --seconds 2",
    );
    let users = learner
        .at("cloudshell")
        .does(&format!("ssh -i lab.pem ec2-user@$IP {CLI} user list"));
    assert!(users.contains("alice"), "{users}");
}

#[test]
fn token_keys_are_made_on_both() {
    let mut learner = ready();
    learner.at("client-1");
    learner.does("hsm-load --operation generate-aes --key-label demo --rate 5 --seconds 4 | cat");
    let filter = "--filter attr.key-type=aes --max-items 100";
    let list = learner.does(&format!("{CLI} key list {filter} --verbose"));
    assert_eq!(list.matches("\"label\": \"demo-").count(), 20, "{list}");
    assert_eq!(list.matches("\"cluster-coverage\": \"full\"").count(), 20);
}

#[test]
fn missing_parts_and_wrong_options_are_reported() {
    let mut learner = Learner::in_active_cluster();
    let line = "hsm-load --new --seconds 1";
    let said = learner.at("client-1").fails(line);
    assert!(
        said.contains("libcloudhsm_pkcs11.so: cannot open shared object"),
        "{said}"
    );
    learner.at("cloudshell").does(
        "ssh -i lab.pem ec2-user@$IP wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Amzn2023/cloudhsm-pkcs11-latest.amzn2023.x86_64.rpm
        ssh -i lab.pem ec2-user@$IP sudo yum install -y ./cloudhsm-pkcs11-latest.amzn2023.x86_64.rpm",
    );
    let said = learner.at("client-1").fails(line);
    assert!(said.contains("%%HSM_IP_ADDRESS%%"), "{said}");
    learner.does(&format!(
        "sudo {PKCS11} --disable-key-availability-check -a 10.0.1.250"
    ));
    let said = learner.fails(line);
    assert!(said.contains("10.0.1.250: connection timed out"), "{said}");
    learner
        .at("cloudshell")
        .does("ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-pkcs11 -a $HSM_IP");
    learner.at("client-1");
    for (line, wanted) in [
        (
            "hsm-load --new --pin alice:wrong-pass --seconds 1",
            "CKR_PIN_INCORRECT",
        ),
        (
            "hsm-load --new --pin alice --seconds 1",
            "CKR_PIN_INCORRECT",
        ),
        (
            "hsm-load --key-label nothing --seconds 1",
            "no key with the label \"nothing\"",
        ),
        ("hsm-load --seconds 1", "--key-label <LABEL>"),
        ("hsm-load --new --rate 0", "from 1 to 10000"),
        ("hsm-load --new --rate fast", "from 1 to 10000"),
        ("hsm-load --new --threads 0", "--threads"),
        ("hsm-load --new --seconds -5", "error:"),
        ("hsm-load --operation decrypt", "possible values"),
        ("hsm-load --new | cat; false", "--seconds"),
        ("echo $(hsm-load --new); false", "--seconds"),
    ] {
        let said = learner.fails(line);
        assert!(said.contains(wanted), "{line}\n{said}");
        assert!(!learner.driver.is_running(learner.terminal), "{line}");
    }
    assert!(
        learner
            .does("hsm-load --help")
            .contains("HSM Lab's sample application")
    );
    let all = learner.does("hsm-load --new --operation rsa-sign --seconds 5 > log; cat log");
    assert_eq!(
        (count(&all, "ops"), count(&all, "errors")),
        (10, 0),
        "{all}"
    );
    // A key that does not support the operation.
    learner.does("hsm-load --new --key-label mac --operation hmac --seconds 1");
    pass(&mut learner, 5);
    let said = learner.fails("hsm-load --key-label mac --operation rsa-sign --seconds 1");
    assert!(said.contains("can be used for rsa-sign"), "{said}");
    learner.at("cloudshell").fails("hsm-load --help");
}

#[test]
fn it_ends_with_its_host_and_with_its_terminal() {
    let mut learner = ready();
    learner.at("client-1");
    let terminal = learner.terminal;
    learner.types("hsm-load --new --operation hmac");
    learner.driver.send(Request::CloseTerminal { terminal });
    assert_eq!(pass(&mut learner, 60), "");
    learner.at("client-1");
    learner.types("CLOUDHSM_PIN=alice:Alice-Pass-1 hsm-load --new --operation hmac");
    assert!(learner.driver.is_running(learner.terminal));
    fault(&mut learner, "lose-zone/us-east-1a", true);
    assert_eq!(pass(&mut learner, 60), "");
    fault(&mut learner, "lose-zone/us-east-1a", false);
    pass(&mut learner, 60);
    learner.at("client-1");
    learner.types("CLOUDHSM_PIN=alice:Alice-Pass-1 hsm-load --new --operation hmac");
    assert!(learner.driver.is_running(learner.terminal));
    learner
        .at("cloudshell")
        .does("aws ec2 stop-instances --instance-ids $INSTANCE\nwait");
    assert_eq!(pass(&mut learner, 60), "");
    assert!(learner.driver.terminal("client-1").is_err());
}

#[test]
fn a_report_file_has_the_totals_while_the_program_runs_and_at_its_end() {
    let mut learner = ready();
    learner.at("client-1");
    learner.types("hsm-load --new --operation hmac --report work.json");
    pass(&mut learner, 25);
    let report = |learner: &mut Learner| -> serde_json::Value {
        let look = hsmlab_core::lab::Command {
            on: Some("client-1".into()),
            text: "cat work.json".into(),
        };
        let ran = hsmlab_core::lab::Probe::run(&mut learner.driver, &look);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let before = report(&mut learner);
    assert_eq!(
        (&before["operations"], &before["errors"], &before["ended"]),
        (&400.into(), &0.into(), &false.into())
    );
    assert_eq!(before["last_interval"].as_array().unwrap().len(), 2);
    fault(&mut learner, "fail-hsm/us-east-1a", true);
    pass(&mut learner, 20);
    interrupt(&mut learner);
    let after = report(&mut learner);
    assert_eq!(after["hsms"].as_array().unwrap().len(), 2, "{after}");
    assert_eq!(
        after["last_interval"].as_array().unwrap().len(),
        1,
        "{after}"
    );
    assert_eq!(after["ended"], true);
    // A file that cannot be written is reported immediately.
    let said = learner.fails("hsm-load --new --operation hmac --report /etc/work.json");
    assert!(said.contains("/etc/work.json: Permission denied"), "{said}");
}

#[test]
fn a_save_is_the_same_world_with_the_program_at_work() {
    let mut learner = ready();
    learner.at("client-1");
    learner.types("hsm-load --new --operation hmac");
    for _ in 0..30 {
        pass(&mut learner, 1);
    }
    fault(&mut learner, "fail-hsm/us-east-1b", true);
    pass(&mut learner, 30);
    let saved = learner.driver.send(Request::Save).events;
    let Some(Event::Saved { save }) = saved.into_iter().next() else {
        panic!("no save");
    };
    let before = learner.driver.fingerprint();
    let mut driver = Driver::start(hsmlab_sim::Seed::from_number(9), None).unwrap();
    driver.send(Request::Restore {
        save,
        lab: None,
        worlds: worlds(),
    });
    assert_eq!(driver.fingerprint(), before);
}

#[test]
fn a_fresh_cli_refuses_a_key_while_one_of_two_hsms_is_gone() {
    let mut learner = ready();
    let sign = format!(
        "{CLI} crypto sign ecdsa --key-filter attr.label=own attr.class=private-key --hash-function sha256 --data aGVsbG8="
    );
    learner.at("client-1").does(&format!(
        "hsm-load --new --key-label mac --operation hmac --seconds 1 | cat
        {CLI} key generate-asymmetric-pair ec --curve secp256r1 --public-label own --private-label own --private-attributes sign=true
        {CLI} interactive
        login --username alice --role crypto-user --password Alice-Pass-1"
    ));
    // A session that was there before looks for the key again with each command.
    fault(&mut learner, "fail-hsm/us-east-1a", true);
    let typed = sign.strip_prefix(&format!("{CLI} ")).unwrap();
    let said = out(&learner.types(typed));
    assert!(said.contains("at least 2 HSMs"), "{said}");
    learner.does("quit");
    let address = learner.at("cloudshell").does(
        "aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[?State==`ACTIVE`]|[0].EniIp' --output text",
    );
    let configure = format!("sudo /opt/cloudhsm/bin/configure-cli -a {}", address.trim());
    learner.at("client-1").does(&configure);
    // A new application finds no HSM at its configured address, and later one HSM.
    let start = "hsm-load --key-label mac --operation hmac";
    let said = learner.fails(start);
    assert!(said.contains("Failed to connect to any HSM"), "{said}");
    learner.does(&format!("sudo {PKCS11} -a {}", address.trim()));
    let said = learner.fails(start);
    assert!(said.contains("at least 2 HSMs"), "{said}");
    let said = learner.fails(&sign);
    assert!(said.contains("at least 2 HSMs"), "{said}");
    learner.does("sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check");
    learner.does(&sign);
}

#[test]
fn a_cli_that_is_connected_continues_with_the_other_hsm() {
    let mut learner = ready();
    learner.at("client-1").does(&format!(
        "{CLI} key generate-asymmetric-pair ec --curve secp256r1 --public-label own --private-label own --private-attributes sign=true
        sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check
        {CLI} interactive
        login --username alice --role crypto-user --password Alice-Pass-1"
    ));
    let sign = "crypto sign ecdsa --key-filter attr.label=own attr.class=private-key --hash-function sha256 --data aGVsbG8=";
    for id in ["cut-hsm/us-east-1a", "fail-hsm/us-east-1a"] {
        fault(&mut learner, id, true);
        for _ in 0..3 {
            let said = out(&learner.types(sign));
            assert!(said.contains("\"signature\""), "{id}: {said}");
        }
        if id.starts_with("cut") {
            fault(&mut learner, id, false);
            learner.types("logout");
            learner.types("login --username alice --role crypto-user --password Alice-Pass-1");
        }
    }
}
