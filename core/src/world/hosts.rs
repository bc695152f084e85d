//! Instances as hosts: their place in the network, their open ports, and who may log in.

use crate::programs::SOFTWARE;
use std::net::IpAddr;

use super::{LEARNER_ADDRESS, World};
use crate::fabric::{Peer, Ways};
use hsmlab_aws::cloudhsmv2::lifecycle::HsmState;
use hsmlab_aws::cloudhsmv2::state::Hsm;
use hsmlab_aws::ec2::compute::{Instance, InstanceState, Platform, types};
use hsmlab_net::{Endpoint, Interface, Listening, Network};
use hsmlab_protocol::{Hop, HopKind, Reach};
use hsmlab_shell::host::{Architecture, CLOUDSHELL, Host, Os};

/// The ports that an HSM's interface listens on (User Guide, "Configure the security group").
const HSM_PORTS: std::ops::RangeInclusive<u16> = 2223..=2225;

impl World {
    /// Makes hosts of running instances, and removes those of terminated ones.
    pub(super) fn sync_hosts(&mut self) {
        let mut gone: Vec<String> = Vec::new();
        let mut fresh = Vec::new();
        for region in self.cloud.ec2.regions.values() {
            for instance in region.compute.instances() {
                let known = self.hosts.contains_key(&instance.id)
                    || self.checked_out.contains(&instance.id);
                match instance.state {
                    InstanceState::Terminated | InstanceState::ShuttingDown => {
                        gone.push(instance.id.clone());
                    }
                    InstanceState::Running if !known => {
                        let ip = region
                            .network
                            .interfaces
                            .get(&instance.interface_id)
                            .map(|i| i.private_ip);
                        let name = ip.map_or_else(
                            || instance.id.clone(),
                            |ip| format!("ip-{}", ip.to_string().replace('.', "-")),
                        );
                        let mut host = Host::new(
                            &instance.id,
                            &name,
                            os_of(instance),
                            login_of(instance),
                            self.now,
                        );
                        SOFTWARE.install(&mut host, self.now);
                        if types::find(instance.instance_type)
                            .is_some_and(|kind| kind.architecture == "arm64")
                        {
                            host.architecture = Architecture::Arm;
                        }
                        fresh.push(host);
                    }
                    _ => {}
                }
            }
        }
        for id in gone {
            if self.hosts.remove(&id).is_some() {
                self.fabric.close_host(&mut self.fleet, &id);
            }
        }
        for host in fresh {
            self.hosts.insert(host.id.clone(), host);
        }
    }

    /// Returns an instance and its region's name.
    #[must_use]
    pub fn instance(&self, id: &str) -> Option<(&str, &Instance)> {
        self.cloud.ec2.regions.iter().find_map(|(name, region)| {
            region
                .compute
                .instances()
                .find(|instance| instance.id == id)
                .map(|i| (*name, i))
        })
    }

    /// Returns the instance whose Name tag or id is `name`, if there is exactly one.
    #[must_use]
    pub fn instance_named(&self, name: &str) -> Option<String> {
        let mut found = self.cloud.ec2.regions.values().flat_map(|region| {
            region
                .compute
                .instances()
                .filter(|instance| !matches!(instance.state, InstanceState::Terminated))
                .filter(|instance| {
                    instance.id == name
                        || region
                            .tags
                            .get(&instance.id)
                            .and_then(|tags| tags.get("Name"))
                            .is_some_and(|tag| tag == name)
                })
                .map(|instance| instance.id.clone())
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Returns a host's network and its interface there; CloudShell has neither.
    pub(super) fn place(&self, host: &str) -> Option<(&Network, &Interface)> {
        let (region, instance) = self.instance(host)?;
        let network = &self.cloud.ec2.region(region)?.network;
        Some((network, network.interfaces.get(&instance.interface_id)?))
    }

    /// Returns the network and interface of an address as seen from a host: private addresses within
    /// the host's own VPC, public ones everywhere.
    pub(super) fn interface_at(&self, host: &str, to: IpAddr) -> Option<(&Network, &Interface)> {
        if let Some((network, from)) = self.place(host) {
            let found = network
                .interfaces
                .values()
                .find(|interface| interface.vpc_id == from.vpc_id && interface.has_private(to));
            if let Some(interface) = found {
                return Some((network, interface));
            }
        }
        self.cloud.ec2.regions.values().find_map(|region| {
            let network = &region.network;
            let found = network.interfaces.values().find(|interface| {
                interface
                    .public_ip
                    .as_ref()
                    .is_some_and(|public| IpAddr::V4(public.address) == to)
            });
            found.map(|interface| (network, interface))
        })
    }

    /// Returns the HSM behind an interface.
    fn hsm_at(&self, interface: &str) -> Option<&Hsm> {
        self.cloud
            .ec2
            .regions
            .keys()
            .find_map(|region| self.cloud.cloudhsmv2.hsm_of_interface(region, interface))
            .map(|(_, hsm)| hsm)
    }

    /// Returns the interface of a host; CloudShell has none.
    #[must_use]
    pub fn interface_of(&self, host: &str) -> Option<&Interface> {
        self.place(host).map(|(_, interface)| interface)
    }

    /// Returns the interface of an address as seen from a host.
    #[must_use]
    pub fn interface_for(&self, host: &str, to: IpAddr) -> Option<&Interface> {
        self.interface_at(host, to).map(|(_, interface)| interface)
    }

    /// Describes what listens at a port of an interface.
    fn listening(&self, interface: &str, port: u16) -> Listening {
        if let Some(hsm) = self.hsm_at(interface) {
            if hsm.state != HsmState::Active {
                let message = hsm.state_message.as_deref().unwrap_or_default();
                let text = format!("{} is not active. {message}", hsm.id);
                return Listening::Down(text.trim_end().to_owned());
            }
            return if HSM_PORTS.contains(&port) {
                Listening::Open
            } else {
                Listening::Closed
            };
        }
        let found = self
            .cloud
            .ec2
            .regions
            .values()
            .flat_map(|region| region.compute.instances())
            .find(|instance| instance.interface_id == interface);
        let Some(instance) = found else {
            return Listening::Down("nothing is attached to the interface".into());
        };
        if !matches!(instance.state, InstanceState::Running) {
            return Listening::Down(format!("{} is not running", instance.id));
        }
        if let Some(zone) = self.lost_zone_of(&instance.id) {
            return Listening::Down(format!(
                "{} is in the zone {zone}, which is lost",
                instance.id
            ));
        }
        let server = if os_of(instance) == Os::WindowsServer2022 {
            3389
        } else {
            22
        };
        if port == server {
            Listening::Open
        } else {
            Listening::Closed
        }
    }

    /// Returns the path between any two ends, for the diagram and for `reach` questions.
    #[must_use]
    pub fn way(&self, network: &Network, from: &Endpoint, to: IpAddr, port: u16) -> Reach {
        network.reach(from, to, port, &|interface, port| {
            self.listening(interface, port)
        })
    }
}

impl Ways for World {
    fn reach(&self, host: &str, to: IpAddr, port: u16) -> Reach {
        if let Some(zone) = self.lost_zone_of(host) {
            return Reach {
                hops: vec![Hop {
                    kind: HopKind::Source,
                    id: host.to_owned(),
                    interface: self
                        .interface_of(host)
                        .map(|interface| interface.id.clone()),
                    allows: false,
                    why: format!("{host} is in the zone {zone}, which is lost."),
                    code: Some("BAD_STATE".into()),
                }],
                reachable: false,
            };
        }
        if let Some((network, from)) = self.place(host) {
            return self.way(network, &Endpoint::Interface(from.id.clone()), to, port);
        }
        let from = Endpoint::Internet(LEARNER_ADDRESS);
        let network = match self.interface_at(host, to) {
            Some((network, _)) => Some(network),
            None => self
                .cloud
                .ec2
                .region(&self.region)
                .map(|region| &region.network),
        };
        network.map_or_else(
            || Reach {
                hops: Vec::new(),
                reachable: false,
            },
            |network| self.way(network, &from, to, port),
        )
    }

    fn same_zone(&self, host: &str, to: IpAddr) -> bool {
        let own = self.place(host).map(|(_, interface)| &interface.zone);
        let other = self.interface_at(host, to);
        own.is_some() && own == other.map(|(_, interface)| &interface.zone)
    }

    fn peer(&self, host: &str, to: IpAddr, _port: u16) -> Option<Peer> {
        let (_, interface) = self.interface_at(host, to)?;
        if let Some(hsm) = self.hsm_at(&interface.id) {
            return Some(Peer::Hsm(hsm.id.clone()));
        }
        interface.instance_id().map(|id| Peer::Host(id.to_owned()))
    }
}

/// Returns the operating system of an instance.
#[must_use]
pub(super) fn os_of(instance: &Instance) -> Os {
    match instance.platform {
        Platform::AmazonLinux2023 => Os::AmazonLinux2023,
        Platform::AmazonLinux2 => Os::AmazonLinux2,
        Platform::Ubuntu2404 => Os::Ubuntu2404,
        Platform::Ubuntu2204 => Os::Ubuntu2204,
        Platform::Rhel9 => Os::Rhel9,
        Platform::Rhel8 => Os::Rhel8,
        Platform::WindowsServer2022 => Os::WindowsServer2022,
    }
}

fn login_of(instance: &Instance) -> &'static str {
    match os_of(instance) {
        Os::Ubuntu2404 | Os::Ubuntu2204 => "ubuntu",
        Os::WindowsServer2022 => "Administrator",
        Os::AmazonLinux2023 | Os::AmazonLinux2 | Os::Rhel9 | Os::Rhel8 => "ec2-user",
    }
}

/// True for CloudShell: the host outside any VPC.
#[must_use]
pub(super) fn is_cloudshell(host: &str) -> bool {
    host == CLOUDSHELL
}
