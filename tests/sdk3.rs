//! Client SDK 3 in a world of 2023, through the public protocol: the guided lab's own lines, and common
//! mistakes of a learner.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use hsmlab_core::lab::Lab;
use hsmlab_protocol::view::StepState;
use hsmlab_tests::learner::Learner;
use hsmlab_tests::worlds::in_lab;

const LAB: &str = include_str!("../static/labs/sdk3.md");
const CMU: &str = "/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg";
const KMU: &str =
    "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p Alice-Pass-1";

/// A learner in the lab's world, after its first steps by its own lines.
fn after(steps: usize) -> Learner {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = in_lab(1, LAB);
    for step in lab.steps.iter().take(steps) {
        for command in &step.solution {
            let host = command.on.as_deref().unwrap_or("cloudshell");
            let terminal = driver.terminal(host).unwrap();
            for line in command.text.lines() {
                driver.line(terminal, line);
            }
        }
    }
    Learner {
        driver,
        terminal: 1,
    }
}

#[test]
fn the_lab_is_solved_by_its_own_lines() {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = in_lab(1, LAB);
    driver.solve(&lab).unwrap();
    let undone: Vec<_> = driver
        .lab()
        .steps
        .iter()
        .filter(|step| step.state != StepState::Done)
        .collect();
    assert!(undone.is_empty(), "{undone:?}");
}

#[test]
fn the_step_is_also_done_with_a_key_made_twice() {
    let lab = Lab::parse(LAB).unwrap();
    let keys = lab.steps.iter().position(|step| step.id == "keys").unwrap();
    let mut learner = after(keys);
    learner.at("client-1").does(&format!(
        "{KMU} genSymKey -t 31 -s 32 -l lab-aes
        {KMU} genSymKey -t 31 -s 32 -l lab-aes
        {KMU} genECCKeyPair -i 2 -l lab-ec"
    ));
    let steps = &learner.driver.lab().steps;
    assert_eq!(steps[keys].state, StepState::Done);
}

#[test]
fn the_network_decides() {
    let mut learner = after(5);
    learner.at("client-1").does(&format!("{KMU} findKey"));
    // Outside the cluster's group: both tools time out.
    learner.at("cloudshell").does(
        "INSTANCE=$(aws ec2 describe-instances --filters Name=tag:Name,Values=client-1 --query 'Reservations[0].Instances[0].InstanceId' --output text)
        OWN=$(aws ec2 describe-security-groups --filters Name=group-name,Values=client --query 'SecurityGroups[0].GroupId' --output text)
        HSM_SG=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)
        aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN",
    );
    let group = learner.does("echo $HSM_SG");
    let said = learner.at("client-1").does(&format!("echo quit | {CMU}"));
    assert!(said.contains("port 2225...\nFailed to connect"), "{said}");
    let said = learner.fails(&format!("{KMU} findKey"));
    assert!(
        said.contains("0x40000040 : LIQUIDSECURITY: Daemon socket connection error"),
        "{said}"
    );
    assert!(said.contains(group.trim()), "{said}");
    let said = learner.does("journalctl -u cloudhsm-client");
    assert!(said.contains("connection timed out"), "{said}");
    // Back again: the daemon keeps trying, and needs no restart.
    learner
        .at("cloudshell")
        .does("aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN $HSM_SG");
    learner.at("client-1").does(&format!("{KMU} findKey"));
    // A wrong address and a foreign trust anchor.
    learner.does(
        "sudo service cloudhsm-client stop
        sudo rm /opt/cloudhsm/daemon/1/cluster.info
        sudo /opt/cloudhsm/bin/configure -a 10.0.1.250
        sudo service cloudhsm-client start",
    );
    learner.fails(&format!("{KMU} findKey"));
    learner.does(
        r#"openssl ecparam -name prime256v1 -genkey -noout -out other.key
        openssl req -new -x509 -days 30 -key other.key -out other.crt -subj "/CN=Other CA"
        sudo cp other.crt /opt/cloudhsm/etc/customerCA.crt"#,
    );
    let address = learner
        .at("cloudshell")
        .does("aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text");
    learner.at("client-1").does(&format!(
        "sudo /opt/cloudhsm/bin/configure -a {}
        sudo service cloudhsm-client restart",
        address.trim()
    ));
    learner.fails(&format!("{KMU} findKey"));
    let said = learner.does(&format!("echo listUsers | {CMU}"));
    assert!(said.contains("Certificate ERROR: ["), "{said}");
    assert!(said.contains("Enabling E2E failed"), "{said}");
}

#[test]
fn keys_of_a_user_who_is_not_everywhere_stay_on_one_hsm() {
    let mut learner = after(7);
    let bob = KMU.replace("alice -p Alice", "bob -p Bob");
    let line = format!("{bob} genSymKey -t 31 -s 32 -l bobs");
    let said = learner.at("client-1").does(&line);
    assert!(
        said.contains("HSM Error: This user doesn't exist"),
        "{said}"
    );
    assert!(said.contains("Symmetric Key Created"), "{said}");
    // After the repair it can be copied by hand.
    let lines =
        "loginHSM CO admin Admin-Pass-1\\nserver 0\\nsyncUser 4 1\\nexit\\nlistUsers\\nquit\\n";
    let said = learner.does(&format!("printf '{lines}' | {CMU}"));
    assert!(said.contains("syncUser success"), "{said}");
    assert_eq!(said.matches("CU              bob").count(), 2, "{said}");
    let line = format!("{bob} genSymKey -t 31 -s 32 -l both -min_srv 2 -timeout 1");
    let said = learner.does(&line);
    assert_eq!(said.matches("HSM Return: SUCCESS").count(), 6, "{said}");
}

#[test]
fn the_daemon_follows_the_cluster() {
    let mut learner = after(7);
    let said = learner.at("client-1").does(&format!("{KMU} findKey"));
    assert!(said.contains("Node id 1"), "{said}");
    // The first HSM is gone; the daemon knows the second, although its configuration names the first.
    learner.at("cloudshell").does(
        "HSM=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[?AvailabilityZone==`us-east-1a`].HsmId | [0]' --output text)
        CLUSTER=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].ClusterId' --output text)
        aws cloudhsmv2 delete-hsm --cluster-id $CLUSTER --hsm-id $HSM
        wait",
    );
    let said = learner.at("client-1").does(&format!("{KMU} findKey"));
    assert!(said.contains("Total number of keys present 3"), "{said}");
    let info = learner.does("cat /opt/cloudhsm/daemon/1/cluster.info");
    assert_eq!(info.matches("hostname").count(), 1, "{info}");
}
