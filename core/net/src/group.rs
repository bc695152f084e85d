//! Security groups: stateful allow rules of interfaces.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::error::{Kind, NetError, Quota};
use super::rule::{Direction, Peer, RuleSpec};
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// The id, for example `sg-…`.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// Its name, unique in the VPC.
    pub name: String,
    /// The customer's description.
    pub description: String,
    /// The rules of both directions, by id.
    pub rules: BTreeMap<String, SecurityGroupRule>,
}

/// A rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// The id, for example `sgr-…`.
    pub id: String,
    /// True for outbound, false for inbound.
    pub egress: bool,
    /// The traffic that it allows.
    pub spec: RuleSpec,
    /// Its position in the order in which the rules were added.
    pub sequence: u64,
}

impl SecurityGroup {
    /// The rules of one direction in the order in which they were added.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Vec<&SecurityGroupRule> {
        let egress = direction == Direction::Egress;
        let mut rules: Vec<_> = self
            .rules
            .values()
            .filter(|rule| rule.egress == egress)
            .collect();
        rules.sort_by_key(|rule| rule.sequence);
        rules
    }

    /// True if a rule refers to the group `id`.
    #[must_use]
    pub fn refers_to(&self, id: &str) -> bool {
        self.rules
            .values()
            .any(|rule| matches!(&rule.spec.peer, Peer::Group(peer) if peer == id))
    }
}

impl Network {
    /// Makes a security group with only the outbound rule that allows all traffic.
    ///
    /// # Errors
    /// The VPC is unknown, the name is taken, or the quota is used up.
    pub fn create_security_group(
        &mut self,
        ids: &mut Ids,
        vpc_id: &str,
        name: &str,
        description: &str,
    ) -> Result<String, NetError> {
        if !self.vpcs.contains_key(vpc_id) {
            return Err(NetError::not_found(Kind::Vpc, vpc_id));
        }
        if self
            .security_groups
            .values()
            .any(|g| g.vpc_id == vpc_id && g.name == name)
        {
            return Err(NetError::GroupNameTaken {
                name: name.to_owned(),
                vpc: vpc_id.to_owned(),
            });
        }
        if self.security_groups.len() >= limits::SECURITY_GROUPS {
            return Err(NetError::QuotaReached(Quota::SecurityGroups));
        }
        let id = ids.ec2("sg");
        self.insert_group(&id, vpc_id, name, description);
        self.insert_rule(ids, &id, true, RuleSpec::everything());
        Ok(id)
    }

    pub(super) fn insert_group(&mut self, id: &str, vpc_id: &str, name: &str, description: &str) {
        let group = SecurityGroup {
            id: id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            rules: BTreeMap::new(),
        };
        self.security_groups.insert(id.to_owned(), group);
    }

    pub(super) fn insert_rule(
        &mut self,
        ids: &mut Ids,
        group: &str,
        egress: bool,
        spec: RuleSpec,
    ) -> String {
        let id = ids.ec2("sgr");
        self.rule_sequence += 1;
        let sequence = self.rule_sequence;
        if let Some(group) = self.security_groups.get_mut(group) {
            let rule = SecurityGroupRule {
                id: id.clone(),
                egress,
                spec,
                sequence,
            };
            group.rules.insert(id.clone(), rule);
        }
        id
    }

    /// Checks that all these rules can be added to a group.
    ///
    /// # Errors
    /// The group, or a group or prefix list in a rule, is unknown, a rule already exists, or the quota is
    /// used up.
    pub fn check_authorize(
        &self,
        group: &str,
        direction: Direction,
        specs: &[RuleSpec],
    ) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get(group).ok_or_else(unknown)?;
        let rules = own.rules(direction);
        for spec in specs {
            self.check_peer(own, &spec.peer)?;
            if rules.iter().any(|rule| rule.spec.same_as(spec)) {
                return Err(NetError::RuleExists(spec.in_words()));
            }
        }
        if rules.len() + specs.len() > limits::RULES_PER_SECURITY_GROUP {
            return Err(NetError::QuotaReached(Quota::RulesPerSecurityGroup));
        }
        Ok(())
    }

    fn check_peer(&self, own: &SecurityGroup, peer: &Peer) -> Result<(), NetError> {
        match peer {
            Peer::Group(id) => match self.security_groups.get(id) {
                None => Err(NetError::not_found(Kind::SecurityGroup, id)),
                Some(group) if group.vpc_id != own.vpc_id => {
                    Err(NetError::PeerOfOtherVpc(id.clone()))
                }
                Some(_) => Ok(()),
            },
            Peer::PrefixList(id) if !self.prefix_lists.contains_key(id) => {
                Err(NetError::not_found(Kind::PrefixList, id))
            }
            _ => Ok(()),
        }
    }

    /// Adds a rule; returns its id.
    ///
    /// # Errors
    /// The same as for [`Network::check_authorize`].
    pub fn authorize(
        &mut self,
        ids: &mut Ids,
        group: &str,
        direction: Direction,
        spec: RuleSpec,
    ) -> Result<String, NetError> {
        self.check_authorize(group, direction, std::slice::from_ref(&spec))?;
        Ok(self.insert_rule(ids, group, direction == Direction::Egress, spec))
    }

    /// Removes a rule by its id; returns it.
    ///
    /// # Errors
    /// The group or the rule is unknown.
    pub fn revoke(&mut self, group: &str, rule_id: &str) -> Result<SecurityGroupRule, NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get_mut(group).ok_or_else(unknown)?;
        own.rules
            .remove(rule_id)
            .ok_or_else(|| NetError::not_found(Kind::SecurityGroupRule, rule_id))
    }

    /// Removes the outbound rule that every new group has; does nothing if it is gone.
    ///
    /// # Errors
    /// The group is unknown.
    pub fn revoke_default_egress(&mut self, group: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get_mut(group).ok_or_else(unknown)?;
        let everything = RuleSpec::everything();
        own.rules
            .retain(|_, rule| !(rule.egress && rule.spec.same_as(&everything)));
        Ok(())
    }

    /// Changes a rule.
    ///
    /// # Errors
    /// The group, the rule or the peer is unknown, or another rule is the same.
    pub fn change_rule(
        &mut self,
        group: &str,
        rule_id: &str,
        spec: RuleSpec,
    ) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, group);
        let own = self.security_groups.get(group).ok_or_else(unknown)?;
        let unknown = || NetError::not_found(Kind::SecurityGroupRule, rule_id);
        let egress = own.rules.get(rule_id).ok_or_else(unknown)?.egress;
        self.check_peer(own, &spec.peer)?;
        let twin = |rule: &SecurityGroupRule| {
            rule.id != rule_id && rule.egress == egress && rule.spec.same_as(&spec)
        };
        if own.rules.values().any(twin) {
            return Err(NetError::RuleExists(spec.in_words()));
        }
        let rule = self
            .security_groups
            .get_mut(group)
            .and_then(|g| g.rules.get_mut(rule_id));
        if let Some(rule) = rule {
            rule.spec = spec;
        }
        Ok(())
    }

    /// Deletes a group.
    ///
    /// # Errors
    /// It is unknown, the VPC's default, used by an interface, or used by another group's rule.
    pub fn delete_security_group(&mut self, id: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::SecurityGroup, id);
        let group = self.security_groups.get(id).ok_or_else(unknown)?;
        if self
            .vpcs
            .get(&group.vpc_id)
            .is_some_and(|vpc| vpc.default_group == id)
        {
            return Err(NetError::DefaultGroup(id.to_owned()));
        }
        let carrier = self
            .interfaces
            .values()
            .find(|i| i.groups.iter().any(|g| g == id));
        let user = carrier.map(|i| &i.id).or_else(|| {
            let mut others = self.security_groups.values().filter(|other| other.id != id);
            others
                .find(|other| other.refers_to(id))
                .map(|other| &other.id)
        });
        if let Some(by) = user {
            return Err(NetError::InUse {
                kind: Kind::SecurityGroup,
                id: id.to_owned(),
                by: Some(by.clone()),
            });
        }
        self.security_groups.remove(id);
        Ok(())
    }

    /// True if a rule's peer includes the address `other`. `other` is the private address of `interface`,
    /// if an interface of this network is at the other end.
    pub(super) fn peer_includes(
        &self,
        peer: &Peer,
        other: IpAddr,
        interface: Option<&str>,
    ) -> bool {
        match (peer, other) {
            (Peer::Ipv4(net), IpAddr::V4(address)) => net.contains(&address),
            (Peer::Ipv6(net), IpAddr::V6(address)) => net.contains(&address),
            (Peer::Group(group), _) => {
                let carrier = interface.and_then(|id| self.interfaces.get(id));
                carrier.is_some_and(|i| i.groups.contains(group) && i.has_private(other))
            }
            (Peer::PrefixList(id), _) => {
                let list = self.prefix_lists.get(id);
                list.is_some_and(|list| {
                    list.entries.iter().any(|entry| entry.cidr.contains(&other))
                })
            }
            _ => false,
        }
    }
}
