//! The guidance for learners: answers to prompts, a tally that a save restores, and a diagram of the
//! current state.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use hsmlab_core::lab::Lab;
use hsmlab_core::lab::prove::prove;
use hsmlab_core::session::Session;

use hsmlab_core::session::drive::Driver;
use hsmlab_protocol::event::ViewChange;
use hsmlab_protocol::view::{ConnectionView, InstanceView, TallyView};
use hsmlab_protocol::{Event, Request};
use hsmlab_sim::Seed;
use hsmlab_tests::learner::{CLI, Learner};
use hsmlab_tests::worlds::worlds;

const LAB: &str = r#"+++
format = 1
id = "two-steps"
title = "Two steps"
+++
## One {#one}
```sh
touch one
echo 'first
second'
```
```check
run = "ls one"
status = 0
```
```hint
Type it.
```
## Two {#two}
```sh
aws configure
#? AWS Access Key ID [None]: AKIAEXAMPLE
#? AWS Secret Access Key [None]: secret
#? Default region name [None]:
#? Default output format [None]: json
rm -r .aws
```
```sh
touch two
```
```check
run = "ls two"
status = 0
```
```hint
A first hint.
```
```hint
A second one.
```
"#;

fn lab() -> Driver {
    Driver::start(Seed::from_number(1), Some(LAB.to_owned())).unwrap()
}

fn type_all(driver: &mut Driver, lines: &[&str]) {
    for line in lines {
        assert_eq!(driver.line(1, line).refusal(), None, "{line}");
    }
}

/// Returns the whole view after the driver's save is restored.
fn restored(driver: &mut Driver, lab: Option<&str>) -> ViewChange {
    let saved = driver.send(Request::Save).events;
    let save = saved.into_iter().find_map(|event| match event {
        Event::Saved { save } => Some(save),
        _ => None,
    });
    let request = Request::Restore {
        save: save.unwrap(),
        lab: lab.map(str::to_owned),
        worlds: worlds(),
    };
    let events = Session::new().handle(request);
    let view = events.into_iter().find_map(|event| match event {
        Event::View(view) => Some(*view),
        _ => None,
    });
    view.unwrap()
}

fn tally(driver: &mut Driver) -> TallyView {
    (*restored(driver, Some(LAB)).tally.unwrap()).clone()
}

fn connection(learner: &mut Learner) -> Option<ConnectionView> {
    let view = restored(&mut learner.driver, None);
    view.diagram.unwrap().connection.clone()
}

fn client(learner: &mut Learner) -> InstanceView {
    let diagram = restored(&mut learner.driver, None).diagram.unwrap();
    let subnets = diagram.vpcs.iter().flat_map(|vpc| &vpc.subnets);
    let mut interfaces = subnets.flat_map(|subnet| &subnet.interfaces);
    interfaces
        .find_map(|interface| interface.instance.clone())
        .unwrap()
}

#[test]
fn commands_hints_and_time_are_counted_by_step_and_saved() {
    let mut driver = lab();
    let texts = |tally: &TallyView| -> Vec<String> {
        tally.ran.iter().map(|ran| ran.text.clone()).collect()
    };
    type_all(&mut driver, &["# a remark", "", "echo 'first", "second'"]);
    let now = tally(&mut driver);
    assert_eq!(now.steps[0].commands, 1);
    assert_eq!(texts(&now), ["echo 'first\nsecond'"]);
    assert_eq!(now.ran[0].host, "cloudshell");

    driver.send(Request::Hint { step: "one".into() });
    driver.send(Request::Tick { ms: 60_000 });
    type_all(&mut driver, &["touch one", "touch on", "true"]);
    let now = tally(&mut driver);
    assert_eq!((now.steps[0].commands, now.steps[0].hints), (2, 1));
    assert_eq!(now.steps[0].took_ms, Some(60_000));
    assert_eq!((now.steps[1].commands, now.steps[1].took_ms), (2, None));
    assert!(now.ran.is_empty(), "{:?}", now.ran);

    // A reset removes commands from the count, but shown hints stay.
    driver.send(Request::Hint { step: "two".into() });
    driver.send(Request::ResetStep);
    let now = tally(&mut driver);
    assert_eq!((now.steps[1].commands, now.steps[1].hints), (0, 1));
    driver.send(Request::Tick { ms: 30_000 });
    type_all(&mut driver, &["touch two"]);
    let now = tally(&mut driver);
    assert_eq!(now.steps[1].took_ms, Some(30_000));
}

#[test]
fn a_password_is_neither_counted_nor_kept() {
    let mut learner = Learner::new();
    learner.does("openssl genrsa -aes256 -out k.pem 2048");
    learner.types("Very-Secret-1");
    learner.types("Very-Secret-1");
    let view = restored(&mut learner.driver, None);
    let text = serde_json::to_string(&view).unwrap();
    assert!(!text.contains("Very-Secret"), "{text}");
}

#[test]
fn an_answer_is_typed_only_at_its_prompt() {
    let asked = |prompt: &str| {
        let source = LAB.replace("AWS Secret Access Key [None]:", prompt);
        let lab = Lab::parse(&source).unwrap();
        let mut driver = Driver::start(Seed::from_number(1), Some(source)).unwrap();
        prove(&lab, &mut driver).flaws
    };
    assert_eq!(asked("AWS Secret Access Key [None]:"), []);
    let flaws = asked("Password:");
    let what = &flaws.first().expect("a flaw").what;
    assert!(what.contains("does not ask “Password:”"), "{what}");
    assert!(what.contains("Secret Access Key"), "{what}");
}

#[test]
fn a_path_is_shown_in_its_current_state() {
    let mut learner = Learner::in_active_cluster();
    learner.at("client-1").does(&format!("{CLI} user list"));
    let check = |learner: &mut Learner, reachable: bool, why: &str| {
        let way = connection(learner).expect("a way");
        assert!(way.worked, "{way:?}");
        assert_eq!(way.reach.reachable, reachable, "{way:?}");
        let said = way.reach.hops.last().map(|hop| hop.why.clone());
        assert!(said.unwrap_or_default().contains(why), "{way:?}");
    };
    check(&mut learner, true, "");
    learner.at("cloudshell");

    learner.does("aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN");
    check(&mut learner, false, "No inbound rule");
    learner.joins();
    check(&mut learner, true, "");

    learner.does(
        "ACL=$(aws ec2 describe-network-acls --filters Name=vpc-id,Values=$VPC --query 'NetworkAcls[0].NetworkAclId' --output text)
        aws ec2 create-network-acl-entry --network-acl-id $ACL --rule-number 1 --protocol -1 --rule-action deny --ingress --cidr-block 0.0.0.0/0",
    );
    // Within a subnet no network ACL applies: the path to the HSM in the same subnet stays open.
    check(&mut learner, true, "");
    learner
        .does("aws ec2 delete-network-acl-entry --network-acl-id $ACL --rule-number 1 --ingress");

    learner.does("RULE=$(aws ec2 describe-security-group-rules --filters Name=group-id,Values=$HSM_SG --query 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' --output text)
        aws ec2 revoke-security-group-ingress --group-id $HSM_SG --security-group-rule-ids $RULE");
    check(&mut learner, false, "no inbound rules");
    learner.does("aws ec2 authorize-security-group-ingress --group-id $HSM_SG --protocol tcp --port 2223-2225 --source-group $HSM_SG");
    check(&mut learner, true, "");

    learner.does(
        "aws ec2 stop-instances --instance-ids $INSTANCE
        wait",
    );
    check(&mut learner, false, "is stopped");

    learner.does(
        "HSM=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].HsmId' --output text)
        aws cloudhsmv2 delete-hsm --cluster-id $CLUSTER --hsm-id $HSM
        wait",
    );
    let way = connection(&mut learner).expect("a way");
    assert!(way.to.is_none() && !way.reach.reachable, "{way:?}");

    // Without the client there is nothing to draw.
    learner.does(
        "aws ec2 terminate-instances --instance-ids $INSTANCE
        wait",
    );
    assert_eq!(connection(&mut learner), None);
}

#[test]
fn a_program_is_named_only_while_it_runs() {
    let mut learner = Learner::in_active_cluster();
    assert_eq!(client(&mut learner).program, None);
    learner
        .at("client-1")
        .does(&format!("{CLI} interactive\nuser list"));
    assert_eq!(
        client(&mut learner).program.as_deref(),
        Some("cloudhsm-cli")
    );
    learner.does("quit");
    assert_eq!(client(&mut learner).program, None);
    for (line, name) in [
        ("sudo A=1 /usr/bin/tee /dev/null", "tee"),
        ("cd / && cat", "cat"),
        (";", ""),
        (
            "cd /opt/cloudhsm; ./bin/cloudhsm-cli interactive",
            "cloudhsm-cli",
        ),
    ] {
        learner.types(line);
        let program = client(&mut learner).program.unwrap_or_default();
        assert_eq!(program, name, "{line}");
        let terminal = learner.terminal;
        if !name.is_empty() {
            learner.driver.send(Request::Interrupt { terminal });
        }
    }
    // An open quote is not a program.
    learner.types("echo 'a");
    assert_eq!(client(&mut learner).program, None);
}
