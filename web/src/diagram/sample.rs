//! A network for tests.

use hsmlab_protocol::view::{
    ClusterView, DiagramView, GroupView, HsmView, InstanceView, InterfaceView, SubnetView, VpcView,
};
use hsmlab_protocol::{ApplianceStatus, SmallMap};

const ZONES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn interface(id: String, groups: &[&str]) -> InterfaceView {
    InterfaceView {
        ip: "10.0.1.15".to_owned(),
        public_ip: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        instance: None,
        hsm_id: None,
        id,
    }
}

fn instance(id: String, groups: &[&str]) -> InterfaceView {
    let instance = InstanceView {
        name: id.replace("eni", "client"),
        state: "running".to_owned(),
        os: "Amazon Linux 2023".to_owned(),
        terminal: true,
        packages: Vec::new(),
        program: None,
        id: id.replace("eni", "i"),
    };
    InterfaceView {
        instance: Some(instance),
        ..interface(id, groups)
    }
}

fn hsm(number: usize, zone: &str) -> HsmView {
    HsmView {
        id: format!("hsm-{zone}{number}"),
        state: "ACTIVE".to_owned(),
        zone: zone.to_owned(),
        interface: format!("eni-{zone}{number}"),
        ip: "10.0.1.15".to_owned(),
        appliance: ApplianceStatus::default(),
        until_ms: None,
    }
}

/// A VPC over `zones` zones with `hsms` HSMs and `clients` instances per zone: every other instance is
/// a member of the cluster's group.
pub(crate) fn sample(zones: usize, hsms: usize, clients: usize) -> DiagramView {
    let zones: Vec<String> = ZONES
        .iter()
        .take(zones)
        .map(|zone| (*zone).to_owned())
        .collect();
    let subnet = |zone: &String| {
        let of_hsms = (0..hsms).map(|number| InterfaceView {
            hsm_id: Some(format!("hsm-{zone}{number}")),
            ..interface(format!("eni-{zone}{number}"), &["sg-1"])
        });
        let of_clients = (0..clients).map(|number| {
            let groups = if number % 2 == 0 {
                vec!["sg-2"]
            } else {
                vec!["sg-1", "sg-2"]
            };
            instance(format!("eni-client{zone}{number}"), &groups)
        });
        SubnetView {
            id: format!("subnet-{zone}"),
            name: String::new(),
            cidr: "10.0.1.0/24".to_owned(),
            zone: zone.clone(),
            public: false,
            interfaces: of_hsms.chain(of_clients).collect(),
        }
    };
    let group = |id: &str, cluster: Option<&str>| GroupView {
        id: id.to_owned(),
        name: id.to_owned(),
        cluster_id: cluster.map(str::to_owned),
        inbound: vec!["TCP 2223-2225 from itself".to_owned()],
        outbound: Vec::new(),
    };
    let cluster = ClusterView {
        id: "cluster-1".to_owned(),
        state: "ACTIVE".to_owned(),
        hsm_type: "hsm2m.medium".to_owned(),
        mode: "FIPS".to_owned(),
        vpc_id: "vpc-1".to_owned(),
        security_group: "sg-1".to_owned(),
        subnets: SmallMap::new(),
        hsms: zones
            .iter()
            .flat_map(|zone| (0..hsms).map(|number| hsm(number, zone)))
            .collect(),
    };
    let vpc = VpcView {
        id: "vpc-1".to_owned(),
        name: "lab-vpc".to_owned(),
        cidr: "10.0.0.0/16".to_owned(),
        is_default: false,
        internet_gateway: Some("igw-1".to_owned()),
        subnets: zones.iter().map(subnet).collect(),
        groups: vec![group("sg-1", Some("cluster-1")), group("sg-2", None)],
    };
    DiagramView {
        region: "us-east-1".to_owned(),
        zones,
        vpcs: vec![vpc],
        clusters: vec![cluster],
        connection: None,
    }
}
