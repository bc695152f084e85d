//! Prefix lists: named sets of blocks that rules and routes can name.

use ipnet::IpNet;

use super::error::{Kind, NetError, Quota};
use super::route::Destination;
use super::rule::Peer;
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// A prefix list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixList {
    /// The id, for example `pl-…`.
    pub id: String,
    /// Its name; AWS's own names begin with `com.amazonaws.`.
    pub name: String,
    /// True if AWS manages it.
    pub aws_managed: bool,
    /// True if its blocks are IPv6.
    pub ipv6: bool,
    /// The maximum number of entries.
    pub max_entries: u32,
    /// Its blocks.
    pub entries: Vec<PrefixEntry>,
}

/// A block of a prefix list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixEntry {
    /// The block.
    pub cidr: IpNet,
    /// Its description.
    pub description: Option<String>,
}

impl Network {
    /// Makes a customer's prefix list.
    ///
    /// # Errors
    /// The quota is used up.
    pub fn create_prefix_list(
        &mut self,
        ids: &mut Ids,
        name: &str,
        ipv6: bool,
        max_entries: u32,
        entries: Vec<PrefixEntry>,
    ) -> Result<String, NetError> {
        let own = self
            .prefix_lists
            .values()
            .filter(|list| !list.aws_managed)
            .count();
        if own >= limits::PREFIX_LISTS {
            return Err(NetError::QuotaReached(Quota::PrefixLists));
        }
        let id = ids.ec2("pl");
        let list = PrefixList {
            id: id.clone(),
            name: name.to_owned(),
            aws_managed: false,
            ipv6,
            max_entries,
            entries,
        };
        self.prefix_lists.insert(id.clone(), list);
        Ok(id)
    }

    /// Deletes a customer's prefix list and returns it.
    ///
    /// # Errors
    /// It is unknown, belongs to AWS, or is used by a rule or a route.
    pub fn delete_prefix_list(&mut self, id: &str) -> Result<PrefixList, NetError> {
        let unknown = || NetError::not_found(Kind::PrefixList, id);
        let list = self.prefix_lists.get(id).ok_or_else(unknown)?;
        if list.aws_managed {
            return Err(NetError::ServiceManaged(id.to_owned()));
        }
        let group = self.security_groups.values().find(|group| {
            let mut peers = group.rules.values().map(|rule| &rule.spec.peer);
            peers.any(|peer| matches!(peer, Peer::PrefixList(peer) if peer == id))
        });
        let user = group.map(|group| &group.id).or_else(|| {
            let names = |table: &&super::RouteTable| {
                let mut destinations = table.routes.iter().map(|route| &route.destination);
                destinations.any(|own| matches!(own, Destination::PrefixList(own) if own == id))
            };
            self.route_tables
                .values()
                .find(names)
                .map(|table| &table.id)
        });
        if let Some(by) = user {
            return Err(NetError::InUse {
                kind: Kind::PrefixList,
                id: id.to_owned(),
                by: Some(by.clone()),
            });
        }
        self.prefix_lists.remove(id).ok_or_else(unknown)
    }
}
