//! Route tables: the targets of packets that leave a subnet.

use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::error::{Kind, NetError, Quota};
use super::subnet::SubnetRouteTable;
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// A route table. Its local routes follow from the VPC's blocks and are not in `routes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// The id, for example `rtb-…`.
    pub id: String,
    /// Its VPC.
    pub vpc_id: String,
    /// The routes that a customer added, oldest first.
    pub routes: Vec<Route>,
}

/// A route that a customer added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The packets that the route applies to.
    pub destination: Destination,
    /// The target of those packets.
    pub target: Target,
}

/// The destination of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A block of addresses.
    Cidr(IpNet),
    /// The addresses of a prefix list, by id.
    PrefixList(String),
}

/// The target of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An internet gateway, by id.
    InternetGateway(String),
    /// A network interface (an instance that forwards), by id.
    Interface(String),
}

/// The result of a route lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit<'a> {
    /// The VPC's own block: delivered in the VPC.
    Local(IpNet),
    /// A route that a customer added.
    Route(&'a Route),
}

impl Destination {
    /// `0.0.0.0/0`.
    #[must_use]
    pub fn anywhere_v4() -> Self {
        Self::Cidr(Ipv4Net::default().into())
    }

    /// `::/0`.
    #[must_use]
    pub fn anywhere_v6() -> Self {
        Self::Cidr(Ipv6Net::default().into())
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(net) => write!(f, "{net}"),
            Self::PrefixList(id) => f.write_str(id),
        }
    }
}

impl Target {
    /// The id of the target.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::InternetGateway(id) | Self::Interface(id) => id,
        }
    }
}

impl Network {
    /// Makes a route table.
    ///
    /// # Errors
    /// The VPC is unknown, or the quota is used up.
    pub fn create_route_table(&mut self, ids: &mut Ids, vpc_id: &str) -> Result<String, NetError> {
        if !self.vpcs.contains_key(vpc_id) {
            return Err(NetError::not_found(Kind::Vpc, vpc_id));
        }
        let count = self
            .route_tables
            .values()
            .filter(|table| table.vpc_id == vpc_id)
            .count();
        if count >= limits::ROUTE_TABLES_PER_VPC {
            return Err(NetError::QuotaReached(Quota::RouteTablesPerVpc));
        }
        let id = ids.ec2("rtb");
        self.insert_route_table(&id, vpc_id);
        Ok(id)
    }

    pub(super) fn insert_route_table(&mut self, id: &str, vpc_id: &str) {
        let table = RouteTable {
            id: id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            routes: Vec::new(),
        };
        self.route_tables.insert(id.to_owned(), table);
    }

    /// Adds a route.
    ///
    /// # Errors
    /// The table or the target is unknown or of another VPC, the destination is taken or the VPC's
    /// own, or the quota is used up.
    pub fn create_route(
        &mut self,
        table_id: &str,
        destination: Destination,
        target: Target,
    ) -> Result<(), NetError> {
        let table = self.route_table(table_id)?;
        self.check_route(table_id, &destination, &target)?;
        if table
            .routes
            .iter()
            .any(|route| route.destination == destination)
        {
            return Err(NetError::RouteExists(destination.to_string()));
        }
        if table.routes.len() >= limits::ROUTES_PER_ROUTE_TABLE {
            return Err(NetError::QuotaReached(Quota::RoutesPerRouteTable));
        }
        if let Some(table) = self.route_tables.get_mut(table_id) {
            table.routes.push(Route {
                destination,
                target,
            });
        }
        Ok(())
    }

    /// Changes the target of a route.
    ///
    /// # Errors
    /// The table, the route or the target is unknown, or they are of different VPCs.
    pub fn replace_route(
        &mut self,
        table_id: &str,
        destination: &Destination,
        target: &Target,
    ) -> Result<(), NetError> {
        let table = self.route_table(table_id)?;
        if !table
            .routes
            .iter()
            .any(|route| route.destination == *destination)
        {
            if self.is_local(table, destination) {
                return Err(NetError::RouteLocal(destination.to_string()));
            }
            return Err(route_unknown(table_id, destination));
        }
        self.check_route(table_id, destination, target)?;
        let routes = self
            .route_tables
            .get_mut(table_id)
            .map(|table| table.routes.iter_mut());
        for route in routes.into_iter().flatten() {
            if route.destination == *destination {
                route.target = target.clone();
            }
        }
        Ok(())
    }

    /// Removes a route.
    ///
    /// # Errors
    /// The table or the route is unknown, or it is the local route.
    pub fn delete_route(
        &mut self,
        table_id: &str,
        destination: &Destination,
    ) -> Result<(), NetError> {
        let table = self.route_table(table_id)?;
        if !table
            .routes
            .iter()
            .any(|route| route.destination == *destination)
        {
            if self.is_local(table, destination) {
                return Err(NetError::RouteLocal(destination.to_string()));
            }
            return Err(route_unknown(table_id, destination));
        }
        if let Some(table) = self.route_tables.get_mut(table_id) {
            table
                .routes
                .retain(|route| route.destination != *destination);
        }
        Ok(())
    }

    /// Associates a route table with a subnet; returns the association.
    ///
    /// # Errors
    /// Either is unknown, they are of different VPCs, or the subnet has another explicit table.
    pub fn associate_route_table(
        &mut self,
        ids: &mut Ids,
        table_id: &str,
        subnet_id: &str,
    ) -> Result<String, NetError> {
        let table = self.route_table(table_id)?;
        let unknown = || NetError::not_found(Kind::Subnet, subnet_id);
        let subnet = self.subnets.get(subnet_id).ok_or_else(unknown)?;
        if table.vpc_id != subnet.vpc_id {
            return Err(NetError::DifferentVpcs {
                one: table_id.to_owned(),
                other: subnet_id.to_owned(),
            });
        }
        if let Some(own) = &subnet.route_table {
            // EC2 answers a repeated request with the existing association.
            if own.route_table_id == table_id {
                return Ok(own.association.clone());
            }
            return Err(NetError::SubnetRouted {
                subnet: subnet_id.to_owned(),
                association: own.association.clone(),
            });
        }
        let association = ids.ec2("rtbassoc");
        if let Some(subnet) = self.subnets.get_mut(subnet_id) {
            subnet.route_table = Some(SubnetRouteTable {
                association: association.clone(),
                route_table_id: table_id.to_owned(),
            });
        }
        Ok(association)
    }

    /// Removes a subnet's association: the main table applies again.
    ///
    /// # Errors
    /// The association is unknown, or the main table's.
    pub fn disassociate_route_table(&mut self, association: &str) -> Result<(), NetError> {
        if self
            .vpcs
            .values()
            .any(|vpc| vpc.main_association == association)
        {
            return Err(NetError::MainAssociation(association.to_owned()));
        }
        let subnet = self.routed_subnet(association)?;
        if let Some(subnet) = self.subnets.get_mut(&subnet) {
            subnet.route_table = None;
        }
        Ok(())
    }

    /// Associates another table with the subnet, or with the VPC as its main table; returns the new
    /// association.
    ///
    /// # Errors
    /// Either is unknown, or they are of different VPCs.
    pub fn replace_route_table_association(
        &mut self,
        ids: &mut Ids,
        association: &str,
        table_id: &str,
    ) -> Result<String, NetError> {
        let table_vpc = self.route_table(table_id)?.vpc_id.clone();
        let main = self
            .vpcs
            .values_mut()
            .find(|vpc| vpc.main_association == association);
        let different = |other: &str| NetError::DifferentVpcs {
            one: table_id.to_owned(),
            other: other.to_owned(),
        };
        if let Some(vpc) = main {
            if vpc.id != table_vpc {
                return Err(different(&vpc.id));
            }
            table_id.clone_into(&mut vpc.main_route_table);
            vpc.main_association = ids.ec2("rtbassoc");
            return Ok(vpc.main_association.clone());
        }
        let subnet_id = self.routed_subnet(association)?;
        let unknown = || NetError::not_found(Kind::Subnet, &subnet_id);
        let subnet = self.subnets.get_mut(&subnet_id).ok_or_else(unknown)?;
        if subnet.vpc_id != table_vpc {
            return Err(different(&subnet_id));
        }
        let association = ids.ec2("rtbassoc");
        subnet.route_table = Some(SubnetRouteTable {
            association: association.clone(),
            route_table_id: table_id.to_owned(),
        });
        Ok(association)
    }

    /// Deletes a route table.
    ///
    /// # Errors
    /// It is unknown, the VPC's main table, or associated with a subnet.
    pub fn delete_route_table(&mut self, id: &str) -> Result<(), NetError> {
        let table = self.route_table(id)?;
        let main = self
            .vpcs
            .get(&table.vpc_id)
            .filter(|vpc| vpc.main_route_table == id);
        let user = main.map(|vpc| &vpc.id).or_else(|| {
            let tied = |subnet: &&super::Subnet| {
                subnet
                    .route_table
                    .as_ref()
                    .is_some_and(|own| own.route_table_id == id)
            };
            self.subnets.values().find(tied).map(|subnet| &subnet.id)
        });
        if let Some(by) = user {
            return Err(NetError::InUse {
                kind: Kind::RouteTable,
                id: id.to_owned(),
                by: Some(by.clone()),
            });
        }
        self.route_tables.remove(id);
        Ok(())
    }

    /// The route table of a subnet: its explicit one, otherwise the VPC's main table.
    #[must_use]
    pub fn routes_of(&self, subnet: &super::Subnet) -> Option<&RouteTable> {
        let id = match &subnet.route_table {
            Some(own) => &own.route_table_id,
            None => &self.vpcs.get(&subnet.vpc_id)?.main_route_table,
        };
        self.route_tables.get(id)
    }

    /// Returns the route for a packet to `address`: the longest prefix wins, and the VPC's own block wins
    /// over others of the same length.
    #[must_use]
    pub fn lookup<'a>(&'a self, table: &'a RouteTable, address: IpAddr) -> Option<Hit<'a>> {
        let vpc = self.vpcs.get(&table.vpc_id)?;
        let local = vpc
            .blocks()
            .filter(|block| block.contains(&address))
            .max_by_key(IpNet::prefix_len)
            .map(|block| (block.prefix_len(), Hit::Local(block)));
        let mut best = local;
        for route in &table.routes {
            let length = self.matched_length(&route.destination, address);
            let Some(length) = length else { continue };
            if best.as_ref().is_none_or(|(longest, _)| length > *longest) {
                best = Some((length, Hit::Route(route)));
            }
        }
        best.map(|(_, hit)| hit)
    }

    /// True if a route is a black hole: its target is gone or no longer part of the VPC.
    #[must_use]
    pub fn is_blackhole(&self, table: &RouteTable, route: &Route) -> bool {
        match &route.target {
            Target::InternetGateway(id) => {
                let gateway = self.internet_gateways.get(id);
                gateway.is_none_or(|gateway| gateway.vpc_id.as_deref() != Some(&table.vpc_id))
            }
            Target::Interface(id) => {
                let interface = self.interfaces.get(id);
                interface.is_none_or(|interface| interface.attachment.is_none())
            }
        }
    }

    /// Returns the longest prefix length of a destination that contains `address`.
    fn matched_length(&self, destination: &Destination, address: IpAddr) -> Option<u8> {
        match destination {
            Destination::Cidr(net) => net.contains(&address).then(|| net.prefix_len()),
            Destination::PrefixList(id) => {
                let entries = self.prefix_lists.get(id)?.entries.iter();
                entries
                    .map(|e| e.cidr)
                    .filter(|net| net.contains(&address))
                    .map(|net| net.prefix_len())
                    .max()
            }
        }
    }

    fn check_route(
        &self,
        table_id: &str,
        destination: &Destination,
        target: &Target,
    ) -> Result<(), NetError> {
        let table = self.route_table(table_id)?;
        match destination {
            Destination::PrefixList(id) if !self.prefix_lists.contains_key(id) => {
                return Err(NetError::not_found(Kind::PrefixList, id));
            }
            Destination::Cidr(net) => {
                let vpc = self.vpcs.get(&table.vpc_id);
                if self.is_local(table, destination) {
                    return Err(NetError::RouteExists(destination.to_string()));
                }
                // "Route table concepts", VPC User Guide: a route more specific than the local one
                // may lead to an interface, not to an internet gateway.
                let inside = vpc.is_some_and(|vpc| vpc.blocks().any(|block| block.contains(net)));
                if inside && matches!(target, Target::InternetGateway(_)) {
                    return Err(NetError::RouteInsideVpc(destination.to_string()));
                }
            }
            Destination::PrefixList(_) => {}
        }
        let other_vpc = |gateway: &str| NetError::GatewayOfOtherVpc {
            gateway: gateway.to_owned(),
            route_table: table_id.to_owned(),
        };
        match target {
            Target::InternetGateway(id) => {
                let unknown = || NetError::not_found(Kind::InternetGateway, id);
                let gateway = self.internet_gateways.get(id).ok_or_else(unknown)?;
                if gateway.vpc_id.as_deref() != Some(&table.vpc_id) {
                    return Err(other_vpc(id));
                }
            }
            Target::Interface(id) => {
                let unknown = || NetError::not_found(Kind::Interface, id);
                let interface = self.interfaces.get(id).ok_or_else(unknown)?;
                if interface.vpc_id != table.vpc_id {
                    return Err(other_vpc(id));
                }
            }
        }
        Ok(())
    }

    fn is_local(&self, table: &RouteTable, destination: &Destination) -> bool {
        let Destination::Cidr(net) = destination else {
            return false;
        };
        let vpc = self.vpcs.get(&table.vpc_id);
        vpc.is_some_and(|vpc| vpc.blocks().any(|block| block == *net))
    }

    fn route_table(&self, id: &str) -> Result<&RouteTable, NetError> {
        self.route_tables
            .get(id)
            .ok_or_else(|| NetError::not_found(Kind::RouteTable, id))
    }

    fn routed_subnet(&self, association: &str) -> Result<String, NetError> {
        let tied = |subnet: &&super::Subnet| {
            subnet
                .route_table
                .as_ref()
                .is_some_and(|own| own.association == association)
        };
        let subnet = self
            .subnets
            .values()
            .find(tied)
            .map(|subnet| subnet.id.clone());
        subnet.ok_or_else(|| NetError::not_found(Kind::RouteTableAssociation, association))
    }
}

fn route_unknown(table_id: &str, destination: &Destination) -> NetError {
    NetError::RouteUnknown {
        destination: destination.to_string(),
        route_table: table_id.to_owned(),
    }
}
