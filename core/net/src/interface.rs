//! Network interfaces (ENIs): members of a subnet with addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::{Kind, NetError, Quota};
use super::{Network, limits};
use hsmlab_sim::SimTime;
use hsmlab_sim::ids::Ids;

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The id, for example `eni-…`.
    pub id: String,
    /// The VPC.
    pub vpc_id: String,
    /// The subnet.
    pub subnet_id: String,
    /// The zone of the subnet.
    pub zone: String,
    /// The description.
    pub description: String,
    /// The security groups, by id, one to five.
    pub groups: Vec<String>,
    /// The primary private address.
    pub private_ip: Ipv4Addr,
    /// Further private addresses.
    pub secondary_ips: Vec<Ipv4Addr>,
    /// IPv6 addresses.
    pub ipv6: Vec<Ipv6Addr>,
    /// The public address that represents the primary private one on the Internet.
    pub public_ip: Option<PublicIp>,
    /// The hardware address, for example `02:2f:8f:b0:cf:75`.
    pub mac: String,
    /// The AWS service that made it, if any: customers then cannot change it.
    pub requester_id: Option<String>,
    /// The attachment.
    pub attachment: Option<Attachment>,
    /// True if only packets to or from its own addresses pass.
    pub source_dest_check: bool,
    /// True if the machine behind it is running: a stopped instance's interface does not answer.
    pub host_running: bool,
    /// The time of its creation.
    pub created: SimTime,
}

/// A public address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicIp {
    /// The address.
    pub address: Ipv4Addr,
    /// The Elastic IP address's allocation, `eipalloc-…`, if it is one.
    pub allocation_id: Option<String>,
    /// The association of the Elastic IP address, `eipassoc-…`.
    pub association_id: Option<String>,
}

/// The attachment of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The id, for example `eni-attach-…`, or `ela-attach-…` for a service's interface.
    pub id: String,
    /// The instance; `None` for a machine of the service that owns the interface.
    pub instance_id: Option<String>,
    /// The device index; 0 is the primary interface.
    pub device_index: u32,
    /// True if it is deleted together with the instance.
    pub delete_on_termination: bool,
    /// The time of attachment.
    pub attached: SimTime,
}

/// The creator of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceOwner {
    /// The customer, with create-network-interface: not attached yet.
    Customer,
    /// The launch of an instance.
    Instance {
        /// The instance.
        id: String,
        /// The device index.
        device_index: u32,
    },
    /// An AWS service, on behalf of the customer.
    Service {
        /// The service's account or principal, as describe-network-interfaces shows it.
        requester_id: String,
        /// The service's description of the interface.
        description: String,
    },
}

/// The settings of a new interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSpec {
    /// The subnet.
    pub subnet_id: String,
    /// The groups, by id; if empty, the VPC's default group.
    pub groups: Vec<String>,
    /// The private address; `None` selects a free one of the subnet.
    pub private_ip: Option<Ipv4Addr>,
    /// True if it gets an IPv6 address of the subnet's block.
    pub ipv6: bool,
    /// The description (a service's own description comes first).
    pub description: String,
    /// The creator.
    pub owner: InterfaceOwner,
    /// The public address.
    pub public_ip: Option<Ipv4Addr>,
    /// The current time.
    pub now: SimTime,
}

impl Interface {
    /// The private IPv4 addresses, the primary one first.
    pub fn private_ips(&self) -> impl Iterator<Item = Ipv4Addr> + '_ {
        std::iter::once(self.private_ip).chain(self.secondary_ips.iter().copied())
    }

    /// True if `address` is one of its addresses within the VPC (IPv6 addresses are).
    #[must_use]
    pub fn has_private(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.private_ips().any(|own| own == address),
            IpAddr::V6(address) => self.ipv6.contains(&address),
        }
    }

    /// True if an AWS service made it for itself.
    #[must_use]
    pub fn is_service_managed(&self) -> bool {
        self.requester_id.is_some()
    }

    /// The instance that it is attached to.
    #[must_use]
    pub fn instance_id(&self) -> Option<&str> {
        self.attachment.as_ref()?.instance_id.as_deref()
    }
}

impl Network {
    /// Makes an interface.
    ///
    /// # Errors
    /// The subnet or a group is unknown, the address is not available, a device index is taken, or a
    /// quota is used up.
    pub fn create_interface(
        &mut self,
        ids: &mut Ids,
        spec: InterfaceSpec,
    ) -> Result<String, NetError> {
        let unknown = || NetError::not_found(Kind::Subnet, &spec.subnet_id);
        let subnet = self.subnets.get(&spec.subnet_id).ok_or_else(unknown)?;
        let groups = match (spec.groups.is_empty(), self.vpcs.get(&subnet.vpc_id)) {
            (true, Some(vpc)) => vec![vpc.default_group.clone()],
            _ => deduplicated(&spec.groups),
        };
        self.check_groups(&groups, &subnet.vpc_id, &spec.subnet_id)?;
        if let Some(address) = spec.private_ip {
            self.address_is_free(&spec.subnet_id, address)?;
        } else if self.free_address_count(&spec.subnet_id) == Some(0) {
            return Err(NetError::SubnetFull(spec.subnet_id));
        }
        if spec.ipv6 && subnet.ipv6_cidr.is_none() {
            return Err(NetError::SubnetWithoutIpv6(spec.subnet_id));
        }
        if let InterfaceOwner::Instance { id, device_index } = &spec.owner {
            self.check_device_index(id, *device_index)?;
        }
        if self.interfaces.len() >= limits::INTERFACES {
            return Err(NetError::QuotaReached(Quota::Interfaces));
        }
        let id = ids.ec2("eni");
        let seed = low_digits(&id);
        let private_ip = spec.private_ip.or_else(|| self.pick_address(subnet, seed));
        let private_ip = private_ip.ok_or_else(|| NetError::SubnetFull(spec.subnet_id.clone()))?;
        let block = subnet.ipv6_cidr.as_ref().filter(|_| spec.ipv6);
        let ipv6 = block.map(|block| {
            Ipv6Addr::from(u128::from(block.cidr.network()) | u128::from(seed | 0x10))
        });
        let (requester_id, description, attachment) = settle_owner(ids, &spec);
        let interface = Interface {
            id: id.clone(),
            vpc_id: subnet.vpc_id.clone(),
            zone: subnet.zone.clone(),
            groups,
            private_ip,
            secondary_ips: Vec::new(),
            ipv6: ipv6.into_iter().collect(),
            public_ip: spec.public_ip.map(|address| PublicIp {
                address,
                allocation_id: None,
                association_id: None,
            }),
            mac: mac_of(seed),
            requester_id,
            description,
            attachment,
            source_dest_check: true,
            host_running: true,
            created: spec.now,
            subnet_id: spec.subnet_id,
        };
        self.interfaces.insert(id.clone(), interface);
        Ok(id)
    }

    /// Deletes an interface regardless of owner and attachment: for the service that made it. A
    /// customer's request must pass [`Network::check_deletable`] first.
    ///
    /// # Errors
    /// It is unknown.
    pub fn delete_interface(&mut self, id: &str) -> Result<(), NetError> {
        let gone = self.interfaces.remove(id);
        gone.map(|_| ())
            .ok_or_else(|| NetError::not_found(Kind::Interface, id))
    }

    /// Checks that a customer may delete an interface.
    ///
    /// # Errors
    /// It is unknown, a service's, or attached.
    pub fn check_deletable(&self, id: &str) -> Result<(), NetError> {
        let interface = self.customers_interface(id)?;
        match interface.attachment {
            Some(_) => Err(NetError::InterfaceAttached(id.to_owned())),
            None => Ok(()),
        }
    }

    /// Returns an interface if a customer may change it.
    ///
    /// # Errors
    /// It is unknown or a service's.
    pub fn customers_interface(&self, id: &str) -> Result<&Interface, NetError> {
        let unknown = || NetError::not_found(Kind::Interface, id);
        let interface = self.interfaces.get(id).ok_or_else(unknown)?;
        if interface.is_service_managed() {
            return Err(NetError::ServiceManaged(id.to_owned()));
        }
        Ok(interface)
    }

    /// The interface `id`.
    #[must_use]
    pub fn interface(&self, id: &str) -> Option<&Interface> {
        self.interfaces.get(id)
    }

    /// The interface that has the private (or IPv6) address `ip` in the VPC `vpc_id`.
    #[must_use]
    pub fn interface_by_ip(&self, vpc_id: &str, ip: IpAddr) -> Option<&Interface> {
        self.interfaces
            .values()
            .find(|i| i.vpc_id == vpc_id && i.has_private(ip))
    }

    /// The interface with the Internet address `ip`: its public IPv4 or its IPv6 address.
    #[must_use]
    pub fn interface_by_public_ip(&self, ip: IpAddr) -> Option<&Interface> {
        self.interfaces.values().find(|interface| match ip {
            IpAddr::V4(ip) => interface
                .public_ip
                .as_ref()
                .is_some_and(|own| own.address == ip),
            IpAddr::V6(ip) => interface.ipv6.contains(&ip),
        })
    }

    /// The interfaces of an instance, by device index.
    #[must_use]
    pub fn interfaces_of(&self, instance_id: &str) -> Vec<&Interface> {
        let own = self
            .interfaces
            .values()
            .filter(|i| i.instance_id() == Some(instance_id));
        let mut own: Vec<_> = own.collect();
        own.sort_by_key(|i| i.attachment.as_ref().map_or(0, |a| a.device_index));
        own
    }

    /// Replaces all groups of an interface.
    ///
    /// # Errors
    /// The interface or a group is unknown, a group is of another VPC, there is none, or too many.
    pub fn set_interface_groups(&mut self, id: &str, groups: &[String]) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::Interface, id);
        let interface = self.interfaces.get(id).ok_or_else(unknown)?;
        let groups = deduplicated(groups);
        self.check_groups(&groups, &interface.vpc_id, &interface.subnet_id)?;
        if let Some(interface) = self.interfaces.get_mut(id) {
            interface.groups = groups;
        }
        Ok(())
    }

    /// Sets or removes the public address of an interface.
    ///
    /// # Errors
    /// The interface is unknown.
    pub fn set_public_ip(&mut self, id: &str, public_ip: Option<PublicIp>) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::Interface, id);
        self.interfaces.get_mut(id).ok_or_else(unknown)?.public_ip = public_ip;
        Ok(())
    }

    /// Records whether the machine behind the interfaces of an instance is running.
    pub fn set_host_running(&mut self, instance_id: &str, running: bool) {
        for interface in self.interfaces.values_mut() {
            if interface.instance_id() == Some(instance_id) {
                interface.host_running = running;
            }
        }
    }

    /// Returns a public IPv4 address of the region's pool that was never used before.
    pub fn next_public_ip(&mut self) -> Ipv4Addr {
        // A step that has no common factor with the pool's size visits every address of the /16, in an order
        // that does not look sequential. The last octet's 0 and 255 are skipped.
        const STEP: u32 = 40_503;
        loop {
            let offset = self.public_ips_given.wrapping_mul(STEP).wrapping_add(4_660) & 0xffff;
            self.public_ips_given = self.public_ips_given.wrapping_add(1);
            let address = Ipv4Addr::from(u32::from(self.public_pool.network()) | offset);
            let taken = self.interface_by_public_ip(address.into()).is_some();
            if !matches!(address.octets()[3], 0 | 255) && !taken {
                return address;
            }
        }
    }

    /// Adds `count` further private addresses to an interface, and the addresses of `wanted`.
    ///
    /// # Errors
    /// The interface is unknown, or an address is not available; nothing has changed then.
    pub fn add_private_ips(
        &mut self,
        id: &str,
        wanted: &[Ipv4Addr],
        count: u32,
    ) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::Interface, id);
        let interface = self.interfaces.get(id).ok_or_else(unknown)?;
        let subnet_id = interface.subnet_id.clone();
        let before = interface.secondary_ips.clone();
        let seed = low_digits(id);
        let outcome = (|| {
            for address in wanted {
                self.address_is_free(&subnet_id, *address)?;
                self.push_private_ip(id, *address);
            }
            for number in 0..count {
                let subnet = self.subnets.get(&subnet_id);
                let picked = subnet
                    .and_then(|subnet| self.pick_address(subnet, seed.rotate_left(number % 64)));
                let address = picked.ok_or_else(|| NetError::SubnetFull(subnet_id.clone()))?;
                self.push_private_ip(id, address);
            }
            Ok(())
        })();
        if outcome.is_err()
            && let Some(interface) = self.interfaces.get_mut(id)
        {
            interface.secondary_ips = before;
        }
        outcome
    }

    fn push_private_ip(&mut self, id: &str, address: Ipv4Addr) {
        if let Some(interface) = self.interfaces.get_mut(id) {
            interface.secondary_ips.push(address);
        }
    }

    /// Attaches an interface to an instance; returns the attachment's id.
    ///
    /// # Errors
    /// Either is unknown, the interface is a service's or attached, the index is taken, or they are in
    /// different zones.
    pub fn attach_interface(
        &mut self,
        ids: &mut Ids,
        id: &str,
        instance_id: &str,
        device_index: u32,
        now: SimTime,
    ) -> Result<String, NetError> {
        self.check_deletable(id)?;
        let zone = self.customers_interface(id)?.zone.clone();
        let siblings = self.interfaces_of(instance_id);
        let primary = siblings.first();
        let primary = primary.ok_or_else(|| NetError::InstanceUnknown(instance_id.to_owned()))?;
        if primary.zone != zone {
            return Err(NetError::DifferentZones {
                instance: instance_id.to_owned(),
                interface: id.to_owned(),
            });
        }
        let running = primary.host_running;
        self.check_device_index(instance_id, device_index)?;
        let attachment = ids.ec2("eni-attach");
        if let Some(interface) = self.interfaces.get_mut(id) {
            interface.host_running = running;
            interface.attachment = Some(Attachment {
                id: attachment.clone(),
                instance_id: Some(instance_id.to_owned()),
                device_index,
                delete_on_termination: false,
                attached: now,
            });
        }
        Ok(attachment)
    }

    /// Detaches an interface from its instance by the attachment's id; returns the interface's id.
    ///
    /// # Errors
    /// The attachment is unknown, a service's, or an instance's primary one.
    pub fn detach_interface(&mut self, attachment: &str) -> Result<String, NetError> {
        let attached = |i: &&Interface| i.attachment.as_ref().is_some_and(|a| a.id == attachment);
        let interface = self
            .interfaces
            .values()
            .find(attached)
            .ok_or_else(|| NetError::not_found(Kind::Attachment, attachment))?;
        let id = interface.id.clone();
        let primary = interface
            .attachment
            .as_ref()
            .is_some_and(|a| a.device_index == 0);
        self.customers_interface(&id)?;
        if primary {
            return Err(NetError::PrimaryInterface(id));
        }
        if let Some(interface) = self.interfaces.get_mut(&id) {
            interface.attachment = None;
        }
        Ok(id)
    }

    fn check_groups(
        &self,
        groups: &[String],
        vpc_id: &str,
        subnet_id: &str,
    ) -> Result<(), NetError> {
        for id in groups {
            let unknown = || NetError::not_found(Kind::SecurityGroup, id);
            let group = self.security_groups.get(id).ok_or_else(unknown)?;
            if group.vpc_id != vpc_id {
                return Err(NetError::GroupOfOtherVpc {
                    group: id.clone(),
                    subnet: subnet_id.to_owned(),
                });
            }
        }
        if groups.is_empty() {
            return Err(NetError::GroupsEmpty);
        }
        if groups.len() > limits::GROUPS_PER_INTERFACE {
            return Err(NetError::QuotaReached(Quota::GroupsPerInterface));
        }
        Ok(())
    }

    fn check_device_index(&self, instance_id: &str, device_index: u32) -> Result<(), NetError> {
        let taken = self.interfaces_of(instance_id).iter().any(|i| {
            i.attachment
                .as_ref()
                .is_some_and(|a| a.device_index == device_index)
        });
        if taken {
            return Err(NetError::DeviceIndexTaken {
                instance: instance_id.to_owned(),
                index: device_index,
            });
        }
        Ok(())
    }

    /// Picks a free address of a subnet: the first one, starting at a position derived from `seed`.
    fn pick_address(&self, subnet: &super::Subnet, seed: u64) -> Option<Ipv4Addr> {
        let in_subnet = self
            .interfaces
            .values()
            .filter(|i| i.subnet_id == subnet.id);
        let used: std::collections::BTreeSet<Ipv4Addr> =
            in_subnet.flat_map(Interface::private_ips).collect();
        let capacity = subnet.capacity();
        let start = u32::try_from(seed % u64::from(capacity.max(1))).unwrap_or(0);
        let first = u32::from(subnet.cidr.network()) + 4;
        (0..capacity)
            .map(|step| Ipv4Addr::from(first + (start + step) % capacity))
            .find(|address| !used.contains(address))
    }
}

/// Returns requester, description and attachment of a new interface.
fn settle_owner(
    ids: &mut Ids,
    spec: &InterfaceSpec,
) -> (Option<String>, String, Option<Attachment>) {
    let attach =
        |id, instance_id: Option<&String>, device_index, delete_on_termination| Attachment {
            id,
            instance_id: instance_id.cloned(),
            device_index,
            delete_on_termination,
            attached: spec.now,
        };
    match &spec.owner {
        InterfaceOwner::Customer => (None, spec.description.clone(), None),
        InterfaceOwner::Instance { id, device_index } => {
            let attachment = attach(ids.ec2("eni-attach"), Some(id), *device_index, true);
            (None, spec.description.clone(), Some(attachment))
        }
        InterfaceOwner::Service {
            requester_id,
            description,
        } => {
            let attachment = attach(ids.ec2("ela-attach"), None, 1, false);
            let description = if description.is_empty() {
                &spec.description
            } else {
                description
            };
            (
                Some(requester_id.clone()),
                description.clone(),
                Some(attachment),
            )
        }
    }
}

/// Returns the last 16 hexadecimal digits of an id as a number, the seed for picking addresses.
fn low_digits(id: &str) -> u64 {
    let digits = id.get(id.len().saturating_sub(16)..).unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or_default()
}

/// Makes a locally administered hardware address that begins with 02, like EC2's.
fn mac_of(seed: u64) -> String {
    let bytes = seed.rotate_right(8).to_be_bytes();
    let tail: Vec<String> = bytes[3..]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("02:{}", tail.join(":"))
}

fn deduplicated(groups: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for group in groups {
        if !kept.contains(group) {
            kept.push(group.clone());
        }
    }
    kept
}
