//! Network ACLs: stateless, numbered rules of subnets.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::error::{Kind, NetError, Quota};
use super::rule::{PortRange, Protocol};
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// A network ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAcl {
    /// The id, for example `acl-…`.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// True for the VPC's default ACL, which new subnets get.
    pub is_default: bool,
    /// The entries, by direction (`true` is outbound) and number, without the final denial.
    pub entries: BTreeMap<(bool, u16), AclEntry>,
}

/// An entry of a network ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclEntry {
    /// True if matching packets pass.
    pub allow: bool,
    /// The protocol.
    pub protocol: Protocol,
    /// The other end's addresses.
    pub cidr: IpNet,
    /// Ports of the destination; `None` means all.
    pub ports: Option<PortRange>,
    /// ICMP type and code; `None` for other protocols.
    pub icmp: Option<PortRange>,
}

impl AclEntry {
    /// Makes an entry that allows all IPv4 (or IPv6) traffic.
    #[must_use]
    pub fn allow_all(cidr: IpNet) -> Self {
        Self {
            allow: true,
            protocol: Protocol::ALL,
            cidr,
            ports: None,
            icmp: None,
        }
    }

    /// True if a packet of `protocol` to `ports` matches; `address` is its other end.
    fn matches(&self, protocol: Protocol, address: IpAddr, port: u16) -> bool {
        self.protocol.covers(protocol)
            && self.cidr.contains(&address)
            && self.ports.is_none_or(|ports| ports.contains(port))
    }
}

/// The verdict of a network ACL on a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// True if it passes.
    pub allow: bool,
    /// The number of the entry that decided; 32767 is the final denial.
    pub number: u16,
    /// The entry that decided; `None` for the final denial.
    pub entry: Option<&'a AclEntry>,
}

impl NetworkAcl {
    /// Judges a packet: the first matching entry decides; if there is none, the final entry denies.
    #[must_use]
    pub fn judge(
        &self,
        egress: bool,
        protocol: Protocol,
        address: IpAddr,
        port: u16,
    ) -> Verdict<'_> {
        let mut own = self.entries.iter().filter(|((out, _), _)| *out == egress);
        let hit = own.find(|(_, entry)| entry.matches(protocol, address, port));
        match hit {
            Some(((_, number), entry)) => Verdict {
                allow: entry.allow,
                number: *number,
                entry: Some(entry),
            },
            None => Verdict {
                allow: false,
                number: limits::ACL_FINAL_ENTRY,
                entry: None,
            },
        }
    }

    /// Judges packets to any port of `ports`: returns the first denial among them, otherwise the verdict on
    /// the first port.
    #[must_use]
    pub fn judge_range(
        &self,
        egress: bool,
        protocol: Protocol,
        address: IpAddr,
        ports: PortRange,
    ) -> Verdict<'_> {
        // The verdict can only change where an entry's range begins or ends.
        let own = self.entries.iter().filter(|((out, _), _)| *out == egress);
        let edges = own
            .filter_map(|(_, entry)| entry.ports)
            .flat_map(|r| [r.from, r.to + 1]);
        let inner = edges.filter(|port| (ports.from..=ports.to).contains(port));
        let probes = std::iter::once(ports.from).chain(inner);
        let mut verdicts = probes
            .filter_map(|port| u16::try_from(port).ok())
            .map(|port| self.judge(egress, protocol, address, port));
        let first = verdicts.next();
        let denial = first
            .into_iter()
            .chain(verdicts)
            .find(|verdict| !verdict.allow);
        denial.or(first).unwrap_or(Verdict {
            allow: false,
            number: limits::ACL_FINAL_ENTRY,
            entry: None,
        })
    }

    fn check_room(&self, egress: bool, number: u16) -> Result<(), NetError> {
        if self.entries.contains_key(&(egress, number)) {
            return Err(NetError::AclEntryExists(number));
        }
        let count = self
            .entries
            .keys()
            .filter(|(out, _)| *out == egress)
            .count();
        if count >= limits::ENTRIES_PER_NETWORK_ACL {
            return Err(NetError::QuotaReached(Quota::EntriesPerNetworkAcl));
        }
        Ok(())
    }
}

impl Network {
    /// Makes a network ACL that denies everything.
    ///
    /// # Errors
    /// The VPC is unknown, or the quota is used up.
    pub fn create_acl(&mut self, ids: &mut Ids, vpc_id: &str) -> Result<String, NetError> {
        if !self.vpcs.contains_key(vpc_id) {
            return Err(NetError::not_found(Kind::Vpc, vpc_id));
        }
        let count = self
            .network_acls
            .values()
            .filter(|acl| acl.vpc_id == vpc_id)
            .count();
        if count >= limits::NETWORK_ACLS_PER_VPC {
            return Err(NetError::QuotaReached(Quota::NetworkAclsPerVpc));
        }
        let id = ids.ec2("acl");
        self.insert_acl(&id, vpc_id, false);
        Ok(id)
    }

    /// Adds an ACL; the default one has rule 100, which allows all traffic in both directions.
    pub(super) fn insert_acl(&mut self, id: &str, vpc_id: &str, is_default: bool) {
        let mut entries = BTreeMap::new();
        if is_default {
            for egress in [false, true] {
                let everything = AclEntry::allow_all(Ipv4Net::default().into());
                entries.insert((egress, 100), everything);
            }
        }
        let acl = NetworkAcl {
            id: id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            is_default,
            entries,
        };
        self.network_acls.insert(id.to_owned(), acl);
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// The ACL is unknown, the number is taken, or the quota is used up.
    pub fn create_acl_entry(
        &mut self,
        acl_id: &str,
        egress: bool,
        number: u16,
        entry: AclEntry,
    ) -> Result<(), NetError> {
        let acl = self.acl_mut(acl_id)?;
        acl.check_room(egress, number)?;
        acl.entries.insert((egress, number), entry);
        Ok(())
    }

    /// Replaces an entry.
    ///
    /// # Errors
    /// The ACL or the entry is unknown.
    pub fn replace_acl_entry(
        &mut self,
        acl_id: &str,
        egress: bool,
        number: u16,
        entry: AclEntry,
    ) -> Result<(), NetError> {
        let acl = self.acl_mut(acl_id)?;
        match acl.entries.get_mut(&(egress, number)) {
            Some(own) => {
                *own = entry;
                Ok(())
            }
            None => Err(NetError::AclEntryUnknown {
                number,
                acl: acl_id.to_owned(),
            }),
        }
    }

    /// Removes an entry.
    ///
    /// # Errors
    /// The ACL or the entry is unknown.
    pub fn delete_acl_entry(
        &mut self,
        acl_id: &str,
        egress: bool,
        number: u16,
    ) -> Result<(), NetError> {
        let acl = self.acl_mut(acl_id)?;
        match acl.entries.remove(&(egress, number)) {
            Some(_) => Ok(()),
            None => Err(NetError::AclEntryUnknown {
                number,
                acl: acl_id.to_owned(),
            }),
        }
    }

    /// Replaces the ACL of an association's subnet; returns the new association.
    ///
    /// # Errors
    /// Either is unknown, or they are of different VPCs.
    pub fn replace_acl_association(
        &mut self,
        ids: &mut Ids,
        association: &str,
        acl_id: &str,
    ) -> Result<String, NetError> {
        let acl = self
            .network_acls
            .get(acl_id)
            .ok_or_else(|| NetError::not_found(Kind::NetworkAcl, acl_id))?;
        let subnet = self
            .subnets
            .values_mut()
            .find(|subnet| subnet.acl_association == association)
            .ok_or_else(|| NetError::not_found(Kind::NetworkAclAssociation, association))?;
        if subnet.vpc_id != acl.vpc_id {
            return Err(NetError::DifferentVpcs {
                one: acl_id.to_owned(),
                other: subnet.id.clone(),
            });
        }
        acl_id.clone_into(&mut subnet.acl_id);
        subnet.acl_association = ids.ec2("aclassoc");
        Ok(subnet.acl_association.clone())
    }

    /// Deletes an ACL.
    ///
    /// # Errors
    /// It is unknown, the VPC's default, or has a subnet.
    pub fn delete_acl(&mut self, id: &str) -> Result<(), NetError> {
        let acl = self
            .network_acls
            .get(id)
            .ok_or_else(|| NetError::not_found(Kind::NetworkAcl, id))?;
        if acl.is_default {
            return Err(NetError::DefaultNetworkAcl(id.to_owned()));
        }
        if let Some(subnet) = self.subnets.values().find(|subnet| subnet.acl_id == id) {
            return Err(NetError::InUse {
                kind: Kind::NetworkAcl,
                id: id.to_owned(),
                by: Some(subnet.id.clone()),
            });
        }
        self.network_acls.remove(id);
        Ok(())
    }

    fn acl_mut(&mut self, id: &str) -> Result<&mut NetworkAcl, NetError> {
        self.network_acls
            .get_mut(id)
            .ok_or_else(|| NetError::not_found(Kind::NetworkAcl, id))
    }
}
