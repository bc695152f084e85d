//! A learner's cluster that is broken and repaired, with the CLI's view of it.

use hsmlab_protocol::{Event, Request};
use hsmlab_tests::learner::{CLI, Learner};
use serde_json::Value;

pub(crate) const ADMIN: &str = "CLOUDHSM_ROLE=admin CLOUDHSM_PIN=admin:Admin-Pass-1";

pub(crate) struct World(pub(crate) Learner);

impl World {
    /// An active cluster of one HSM in us-east-1a, the crypto user alice, and client-1, which uses keys
    /// that are on only one HSM.
    pub(crate) fn one() -> Self {
        let mut world = Self(Learner::in_active_cluster());
        world.client("sudo /opt/cloudhsm/bin/configure-cli --disable-key-availability-check");
        world
    }

    /// Makes the same with a second HSM in us-east-1b, which the client knows too.
    pub(crate) fn two() -> Self {
        let mut world = Self::one();
        world.cloud(
            "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b
            wait",
        );
        world.configure();
        world
    }

    /// Tells the client the current addresses.
    pub(crate) fn configure(&mut self) {
        let ips = self.cloud("aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[?State==`ACTIVE`].EniIp' --output text");
        let ips = ips.split_whitespace().collect::<Vec<_>>().join(" ");
        self.client(&format!("sudo /opt/cloudhsm/bin/configure-cli -a {ips}"));
    }

    pub(crate) fn cloud(&mut self, lines: &str) -> String {
        self.0.at("cloudshell").does(lines)
    }

    pub(crate) fn client(&mut self, lines: &str) -> String {
        self.0.at("client-1").does(lines)
    }

    pub(crate) fn alice(&mut self, command: &str) -> Value {
        self.data(&format!("{CLI} {command}"))
    }

    pub(crate) fn admin(&mut self, command: &str) -> Value {
        self.data(&format!("{ADMIN} {CLI} {command}"))
    }

    pub(crate) fn data(&mut self, line: &str) -> Value {
        let printed = self.client(line);
        serde_json::from_str::<Value>(&printed).unwrap()["data"].take()
    }

    pub(crate) fn refused(&mut self, line: &str) -> String {
        self.0.at("client-1").fails(line)
    }

    pub(crate) fn fault(&mut self, id: &str, on: bool) {
        let played = self.0.driver.send(Request::Fault { id: id.into(), on });
        assert_eq!(played.refusal(), None, "{id}");
    }

    /// Lets time pass; returns the session's messages.
    pub(crate) fn pass(&mut self, seconds: u64) -> String {
        let tick = Request::Tick { ms: seconds * 1000 };
        format!("{:?}", self.0.driver.send(tick).events)
    }

    /// Returns role, lock and coverage of a user in `user list`; `None` if it is missing.
    pub(crate) fn user(&mut self, name: &str) -> Option<[String; 3]> {
        let listed = self.alice("user list");
        let mut users = listed["users"].as_array().unwrap().iter();
        let user = users.find(|user| user["username"] == name)?;
        let text = |name: &str| user[name].as_str().unwrap().to_owned();
        Some([text("role"), text("locked"), text("cluster-coverage")])
    }

    /// Returns label and coverage of alice's keys, by label.
    pub(crate) fn keys(&mut self) -> Vec<(String, String)> {
        let listed = self.alice("key list --verbose");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut keys: Vec<_> = listed["matched_keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| {
                (
                    text(&key["attributes"]["label"]),
                    text(&key["key-info"]["cluster-coverage"]),
                )
            })
            .collect();
        keys.sort();
        keys
    }

    pub(crate) fn make(&mut self, label: &str) {
        self.alice(&format!(
            "key generate-symmetric aes --label {label} --key-length-bytes 32"
        ));
    }

    pub(crate) fn inspect(&mut self, id: &str) -> Value {
        let events = self
            .0
            .driver
            .send(Request::Inspect { id: id.into() })
            .events;
        let appliance = events.into_iter().find_map(|event| match event {
            Event::Inspected(inspected) => inspected.appliance,
            _ => None,
        });
        appliance.unwrap_or_else(|| panic!("nothing of {id}"))
    }

    pub(crate) fn hsms(&mut self) -> Vec<String> {
        let ids = self.cloud(
            "aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[].HsmId' --output text",
        );
        ids.split_whitespace().map(str::to_owned).collect()
    }
}
