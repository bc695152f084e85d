//! The course's main path through the public protocol: with the lab's own lines, with another kind of
//! certificate authority, and with each common mistake of a learner.

use hsmlab_core::lab::Lab;
use hsmlab_core::session::drive::Driver;
use hsmlab_protocol::Request;
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::request::Worlds;
use hsmlab_protocol::view::StepState;
use hsmlab_sim::Seed;
use hsmlab_tests::learner::{CLI, Learner};

const LAB: &str = include_str!("../static/labs/first-cluster.md");
#[test]
fn the_lab_is_solved_by_its_own_lines_and_continues_after_a_reload() {
    let lab = Lab::parse(LAB).unwrap();
    let play = |reloads: bool| {
        let mut driver = Driver::start(Seed::from_number(1), Some(LAB.to_owned())).unwrap();
        driver.solve(&lab).unwrap();
        assert!(
            driver
                .lab()
                .steps
                .iter()
                .all(|step| step.state == StepState::Done)
        );
        if reloads {
            let saved = driver.send(Request::Save).events;
            let Some(hsmlab_protocol::Event::Saved { save }) = saved.into_iter().next() else {
                panic!("no save");
            };
            let restored = driver.send(Request::Restore {
                save,
                lab: Some(LAB.to_owned()),
                worlds: Worlds::new(),
            });
            assert_eq!(restored.refusal(), None);
            assert!(
                driver
                    .lab()
                    .steps
                    .iter()
                    .all(|step| step.state == StepState::Done)
            );
        }
        driver.fingerprint()
    };
    // The same seed and the same lines are the same world, also after a reload.
    assert_eq!(play(false), play(true));
}

#[test]
fn no_reason_of_the_lab_has_a_gap() {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = Driver::start(Seed::from_number(1), Some(LAB.to_owned())).unwrap();
    let mut terminals = 1;
    for step in &lab.steps {
        for command in &step.solution {
            let host = command.on.as_deref().unwrap_or("cloudshell");
            let terminal = driver.terminal(host).unwrap();
            terminals = terminals.max(terminal);
            for line in command.text.lines() {
                driver.line(terminal, line);
                let reasons = driver
                    .lab()
                    .steps
                    .iter()
                    .filter_map(|step| step.reason.as_ref());
                for reason in reasons {
                    assert!(!reason.text.contains('?'), "after {line}: {}", reason.text);
                }
            }
        }
    }
    assert_eq!(terminals, 2);
}

#[test]
fn wrong_certificates_are_refused_and_change_nothing() {
    let mut learner = Learner::new();
    learner.deploys();
    learner.claims();
    learner.does(
        r#"openssl ecparam -name prime256v1 -genkey -noout -out other.key
        openssl req -new -x509 -days 30 -key other.key -out other.crt -subj "/CN=Other CA"
        openssl req -new -key other.key -out foreign.csr -subj "/CN=Other"
        openssl x509 -req -days 30 -in foreign.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out foreign.crt
        openssl x509 -req -days 1 -in cluster.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out short.crt
        cat hsm.crt ca.crt > both.crt
        echo hello > text.crt
        head -5 hsm.crt > cut.crt
        sed s/A/B/ hsm.crt > bent.crt"#,
    );
    for (signed, anchor) in [
        ("text.crt", "ca.crt"),
        ("cut.crt", "ca.crt"),
        ("bent.crt", "ca.crt"),
        ("hsm.crt", "text.crt"),
        ("hsm.crt", "other.crt"),
        ("foreign.crt", "ca.crt"),
        ("ca.crt", "hsm.crt"),
        ("cluster.csr", "ca.crt"),
        ("hsm.crt", "ca.key"),
    ] {
        let line = learner.initialize(signed, anchor);
        let said = learner.fails(&line);
        assert!(
            said.contains("CloudHsmInvalidRequestException"),
            "{signed}, {anchor}: {said}"
        );
        assert_eq!(learner.state(), "UNINITIALIZED\n", "{signed}, {anchor}");
    }
    let missing = learner.initialize("nofile.crt", "ca.crt");
    assert!(learner.fails(&missing).contains("nofile.crt"));
    // An expired certificate.
    learner.does("sleep 2d");
    let line = learner.initialize("short.crt", "ca.crt");
    assert!(
        learner
            .fails(&line)
            .contains("CloudHsmInvalidRequestException")
    );
    let line = learner.initialize("hsm.crt", "ca.crt");
    learner.does(&line);
    assert!(
        learner
            .fails(&line)
            .contains("CloudHsmInvalidRequestException")
    );
    learner.does("wait");
    assert_eq!(learner.state(), "INITIALIZED\n");
}

#[test]
fn the_refusing_hop_is_named_and_a_wrong_trust_anchor_is_not_trusted() {
    let mut learner = Learner::new();
    learner.deploys();
    learner.claims();
    let initialize = learner.initialize("hsm.crt", "ca.crt");
    learner.does(&initialize);
    learner.does("wait");
    learner.installs();
    let list = format!("{CLI} user list");
    let group = learner.does("echo $HSM_SG");
    let said = learner.at("client-1").fails(&list);
    assert!(said.contains("Failed to initialize hsm1 context"), "{said}");
    assert!(
        said.contains(&format!("ended at {}", group.trim())),
        "{said}"
    );
    learner.joins();
    learner.at("client-1").does(&list);
    // Another CA's certificate on the client: it does not trust the HSM.
    learner.at("client-1").does(
        r#"openssl req -new -x509 -newkey rsa:2048 -nodes -keyout o.key -days 30 -out o.crt -subj "/CN=Other CA"
        sudo cp o.crt /opt/cloudhsm/etc/customerCA.crt"#,
    );
    let said = learner.fails(&list);
    assert!(!said.contains("ended at"), "{said}");
    learner.does("sudo cp ca.crt /opt/cloudhsm/etc/customerCA.crt");
    learner.does(&list);
}

#[test]
fn keys_and_users_are_on_every_hsm_and_in_backups() {
    let mut learner = Learner::in_active_cluster();
    let generate = format!("{CLI} key generate-symmetric aes --label own --key-length-bytes 32");
    assert!(learner.fails(&generate).contains("at least 2 HSMs"));
    learner.at("cloudshell").does(
        "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b
        wait",
    );
    learner.at("client-1").does(&generate);
    let users = learner.does(&format!("{CLI} user list"));
    assert_eq!(
        users.matches("\"cluster-coverage\": \"full\"").count(),
        3,
        "{users}"
    );
    // Connected, while the HSM in the client's configuration is deleted.
    learner.does(&format!(
        "sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check
        {CLI} interactive
        login --username alice --role crypto-user --password Alice-Pass-1"
    ));
    learner
        .at("cloudshell")
        .does("aws cloudhsmv2 delete-hsm --cluster-id $CLUSTER --eni-ip $HSM_IP\nwait");
    let list = learner
        .at("client-1")
        .types("key list")
        .text(Stream::Stdout);
    assert!(list.contains("\"label\": \"own\""), "{list}");
    learner.does("quit");
    // A new cluster from the backup has the user and the key.
    learner.at("cloudshell").does(
        r#"B=$(aws cloudhsmv2 describe-backups --query 'sort_by(Backups,&CreateTimestamp)[-1].BackupId' --output text)
        C2=$(aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --mode FIPS --subnet-ids $SUBNET_A --source-backup-id $B --query Cluster.ClusterId --output text)
        wait
        aws cloudhsmv2 create-hsm --cluster-id $C2 --availability-zone us-east-1a
        wait
        IP2=$(aws cloudhsmv2 describe-clusters --filters clusterIds=$C2 --query 'Clusters[0].Hsms[0].EniIp' --output text)
        SG2=$(aws cloudhsmv2 describe-clusters --filters clusterIds=$C2 --query 'Clusters[0].SecurityGroup' --output text)
        aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN $SG2
        ssh -i lab.pem ec2-user@$IP sudo /opt/cloudhsm/bin/configure-cli -a $IP2"#,
    );
    let list = learner.at("client-1").does(&format!("{CLI} key list"));
    assert!(list.contains("\"label\": \"own\""), "{list}");
}

#[test]
fn a_group_taken_away_does_not_cut_what_is_connected_but_a_network_acl_does() {
    let mut learner = Learner::in_active_cluster();
    let enter = format!("{CLI} interactive\nuser list");
    learner.at("client-1").does(&enter);
    learner
        .at("cloudshell")
        .does("aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN");
    let stateful = learner
        .at("client-1")
        .types("user list")
        .text(Stream::Stdout);
    assert!(stateful.contains("\"error_code\": 0"), "{stateful}");
    learner.types("quit");
    learner.fails(&format!("{CLI} user list"));
    learner.joins();
    learner.at("client-1").does(&enter);
    learner.at("cloudshell").does(
        r"ACL=$(aws ec2 describe-network-acls --filters Name=vpc-id,Values=$VPC --query 'NetworkAcls[0].NetworkAclId' --output text)
        aws ec2 create-network-acl-entry --network-acl-id $ACL --rule-number 50 --protocol tcp --port-range From=1024,To=65535 --cidr-block 10.0.0.0/16 --rule-action deny --egress",
    );
    // Both ends are in one subnet, so its ACL does not apply between them.
    let same = learner
        .at("client-1")
        .types("user list")
        .text(Stream::Stdout);
    assert!(same.contains("\"error_code\": 0"), "{same}");
}
