//! The inspector: the data of the API and of the appliance about a part of the world, and the possible
//! actions, each as a command.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::probe;
use crate::lab::Command;
use crate::world::World;
use hsmlab_net::Endpoint;
use hsmlab_protocol::Reach;
use hsmlab_protocol::event::{Inspected, InspectedAction};
use hsmlab_protocol::view::FormView;
use hsmlab_shell::host::CLOUDSHELL;
use hsmlab_tool_aws::live::Looking;
use hsmlab_tool_aws::{complete, form};

/// A kind of part: the prefix of its ids, its name, and the command that shows it.
struct Kind {
    prefix: &'static str,
    name: &'static str,
    show: &'static str,
    actions: &'static [(&'static str, &'static str, bool)],
}

/// The maximum number of audit log entries of an HSM that the inspector shows: our choice, one screen.
const AUDIT_ENTRIES_SHOWN: usize = 50;

/// `{id}` is replaced by the id, `{cluster}` by the HSM's cluster.
const KINDS: &[Kind] = &[
    Kind {
        prefix: "vpc-",
        name: "VPC",
        show: "aws ec2 describe-vpcs --vpc-ids {id}",
        actions: &[
            (
                "Add a subnet",
                "aws ec2 create-subnet --vpc-id {id} --availability-zone us-east-1a --cidr-block 10.0.1.0/24",
                false,
            ),
            ("Delete", "aws ec2 delete-vpc --vpc-id {id}", true),
        ],
    },
    Kind {
        prefix: "subnet-",
        name: "Subnet",
        show: "aws ec2 describe-subnets --subnet-ids {id}",
        actions: &[("Delete", "aws ec2 delete-subnet --subnet-id {id}", true)],
    },
    Kind {
        prefix: "eni-",
        name: "Network interface",
        show: "aws ec2 describe-network-interfaces --network-interface-ids {id}",
        actions: &[],
    },
    Kind {
        prefix: "i-",
        name: "Instance",
        show: "aws ec2 describe-instances --instance-ids {id}",
        actions: &[
            ("Stop", "aws ec2 stop-instances --instance-ids {id}", false),
            (
                "Start",
                "aws ec2 start-instances --instance-ids {id}",
                false,
            ),
            (
                "Terminate",
                "aws ec2 terminate-instances --instance-ids {id}",
                true,
            ),
        ],
    },
    Kind {
        prefix: "sg-",
        name: "Security group",
        show: "aws ec2 describe-security-groups --group-ids {id}",
        actions: &[
            (
                "Show its rules",
                "aws ec2 describe-security-group-rules --filters Name=group-id,Values={id}",
                false,
            ),
            (
                "Delete",
                "aws ec2 delete-security-group --group-id {id}",
                true,
            ),
        ],
    },
    Kind {
        prefix: "igw-",
        name: "Internet gateway",
        show: "aws ec2 describe-internet-gateways --internet-gateway-ids {id}",
        actions: &[],
    },
    Kind {
        prefix: "acl-",
        name: "Network ACL",
        show: "aws ec2 describe-network-acls --network-acl-ids {id}",
        actions: &[],
    },
    Kind {
        prefix: "rtb-",
        name: "Route table",
        show: "aws ec2 describe-route-tables --route-table-ids {id}",
        actions: &[],
    },
    Kind {
        prefix: "cluster-",
        name: "Cluster",
        show: "aws cloudhsmv2 describe-clusters --filters clusterIds={id}",
        actions: &[
            (
                "Save the CSR",
                "aws cloudhsmv2 describe-clusters --filters clusterIds={id} --output text --query 'Clusters[].Certificates.ClusterCsr' > cluster.csr",
                false,
            ),
            (
                "Delete",
                "aws cloudhsmv2 delete-cluster --cluster-id {id}",
                true,
            ),
        ],
    },
    Kind {
        prefix: "hsm-",
        name: "HSM",
        show: "aws cloudhsmv2 describe-clusters --filters clusterIds={cluster} --query 'Clusters[].Hsms[?HsmId==`{id}`]'",
        actions: &[(
            "Delete",
            "aws cloudhsmv2 delete-hsm --cluster-id {cluster} --hsm-id {id}",
            true,
        )],
    },
    Kind {
        prefix: "backup-",
        name: "Backup",
        show: "aws cloudhsmv2 describe-backups --filters backupIds={id}",
        actions: &[(
            "Delete",
            "aws cloudhsmv2 delete-backup --backup-id {id}",
            true,
        )],
    },
];

/// Returns the data of the part with an id; `None` if there is none.
pub(super) fn inspect(world: &World, id: &str) -> Option<Inspected> {
    let kind = KINDS.iter().find(|kind| id.starts_with(kind.prefix))?;
    let clean = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !clean {
        return None;
    }
    let cluster = cluster_of(world, id);
    let filled = |text: &str| {
        text.replace("{id}", id)
            .replace("{cluster}", cluster.as_deref().unwrap_or_default())
    };
    let command = filled(kind.show);
    let mut copy = world.clone();
    let ran = probe::run(
        &mut copy,
        &Command {
            on: None,
            text: command.clone(),
        },
    );
    let api: Value = serde_json::from_str(&ran.stdout).ok()?;
    let empty = api.as_object().is_some_and(|members| {
        members
            .values()
            .all(|v| v.as_array().is_some_and(Vec::is_empty))
    });
    if empty {
        return None;
    }
    let appliance = id
        .starts_with("hsm-")
        .then(|| appliance_of(world, id))
        .flatten();
    let actions = kind
        .actions
        .iter()
        .map(|(label, command, destructive)| InspectedAction {
            label: (*label).to_owned(),
            command: filled(command),
            destructive: *destructive,
        })
        .chain(cluster_actions(world, id))
        .collect();
    Some(Inspected {
        id: id.to_owned(),
        kind: kind.name.to_owned(),
        command,
        api,
        appliance,
        actions,
    })
}

/// The externally visible state of an appliance, with the newest entries of its audit log, newest last.
fn appliance_of(world: &World, id: &str) -> Option<Value> {
    let mut shown = json!(world.fleet.status(id)?);
    let entries: Vec<_> = world.fleet.audit_entries(id, 0).collect();
    let newest = entries.iter().rev().take(AUDIT_ENTRIES_SHOWN).rev();
    let lines: Vec<Value> = newest.map(|entry| json!(entry.line())).collect();
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("audit".into(), lines.into());
    }
    Some(shown)
}

fn cluster_of(world: &World, hsm: &str) -> Option<String> {
    world
        .cloud
        .cloudhsmv2
        .clusters_in(&world.region)
        .find(|cluster| cluster.hsms.iter().any(|own| own.id == hsm))
        .map(|cluster| cluster.id.clone())
}

/// One action per zone: add an HSM there.
fn cluster_actions(world: &World, id: &str) -> Vec<InspectedAction> {
    world
        .cloud
        .cloudhsmv2
        .clusters_in(&world.region)
        .filter(|cluster| cluster.id == id)
        .flat_map(|cluster| cluster.subnets.keys())
        .map(|zone| InspectedAction {
            label: format!("Add an HSM in {zone}"),
            command: format!(
                "aws cloudhsmv2 create-hsm --cluster-id {id} --availability-zone {zone}"
            ),
            destructive: false,
        })
        .collect()
}

/// Determines the path from `from` to `to`: ids of instances, interfaces or HSMs, or Internet
/// addresses.
pub(super) fn reach(world: &World, from: &str, to: &str, port: u16) -> Option<Reach> {
    let network = &world.cloud.ec2.region(&world.region)?.network;
    let interface = |name: &str| -> Option<String> {
        if network.interfaces.contains_key(name) {
            return Some(name.to_owned());
        }
        if let Some((_, instance)) = world.instance(name) {
            return Some(instance.interface_id.clone());
        }
        world
            .cloud
            .cloudhsmv2
            .clusters_in(&world.region)
            .flat_map(|cluster| cluster.hsms.iter())
            .find(|hsm| hsm.id == name)
            .map(|hsm| hsm.eni_id.clone())
    };
    let source = match from.parse::<IpAddr>() {
        Ok(address) => Endpoint::Internet(address),
        Err(_) => Endpoint::Interface(interface(from)?),
    };
    let address = match to.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => {
            let target = network.interfaces.get(&interface(to)?)?;
            match (&source, &target.public_ip) {
                (Endpoint::Internet(_), Some(public)) => IpAddr::V4(public.address),
                _ => IpAddr::V4(target.private_ip),
            }
        }
    };
    Some(world.way(network, &source, address, port))
}

/// A console form, which offers the existing ids as choices.
pub(super) fn form(world: &World, service: Option<&str>, operation: Option<&str>) -> FormView {
    let mut view = form::form(service, operation);
    let mut copy = world.clone();
    let region = world.region.clone();
    let mut looking = Looking {
        sys: &mut copy,
        host: CLOUDSHELL,
        region,
    };
    for field in &mut view.fields {
        if field.choices.is_empty() {
            field.choices = complete::live_ids(&member_of(&field.option), &mut looking);
        }
    }
    view
}

/// The member of an option, by name: `--subnet-ids` is `SubnetIds`.
fn member_of(option: &str) -> String {
    option
        .trim_start_matches("--")
        .split('-')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map_or_else(String::new, |c| {
                c.to_ascii_uppercase().to_string() + chars.as_str()
            })
        })
        .collect()
}
