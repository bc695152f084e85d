//! Internet gateways.

use super::error::{Kind, NetError, Quota};
use super::{Network, limits};
use hsmlab_sim::ids::Ids;

/// An internet gateway: the connection between one VPC and the Internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternetGateway {
    /// The id, for example `igw-…`.
    pub id: String,
    /// The VPC that it is attached to.
    pub vpc_id: Option<String>,
}

impl Network {
    /// Makes an internet gateway without an attachment.
    ///
    /// # Errors
    /// The quota is used up.
    pub fn create_internet_gateway(&mut self, ids: &mut Ids) -> Result<String, NetError> {
        if self.internet_gateways.len() >= limits::INTERNET_GATEWAYS {
            return Err(NetError::QuotaReached(Quota::InternetGateways));
        }
        let id = ids.ec2("igw");
        self.internet_gateways.insert(
            id.clone(),
            InternetGateway {
                id: id.clone(),
                vpc_id: None,
            },
        );
        Ok(id)
    }

    /// Attaches a gateway to a VPC.
    ///
    /// # Errors
    /// Either is unknown, the gateway is attached, or the VPC has another gateway.
    pub fn attach_internet_gateway(&mut self, id: &str, vpc_id: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::InternetGateway, id);
        let gateway = self.internet_gateways.get(id).ok_or_else(unknown)?;
        if !self.vpcs.contains_key(vpc_id) {
            return Err(NetError::not_found(Kind::Vpc, vpc_id));
        }
        if let Some(vpc) = &gateway.vpc_id {
            return Err(NetError::GatewayAttached {
                gateway: id.to_owned(),
                vpc: vpc.clone(),
            });
        }
        if self.gateway_of(vpc_id).is_some() {
            return Err(NetError::VpcHasGateway(vpc_id.to_owned()));
        }
        if let Some(gateway) = self.internet_gateways.get_mut(id) {
            gateway.vpc_id = Some(vpc_id.to_owned());
        }
        Ok(())
    }

    /// Detaches a gateway; routes to it remain, as black holes.
    ///
    /// # Errors
    /// Either is unknown, they are not attached, or interfaces of the VPC have public addresses.
    pub fn detach_internet_gateway(&mut self, id: &str, vpc_id: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::InternetGateway, id);
        let gateway = self.internet_gateways.get(id).ok_or_else(unknown)?;
        if !self.vpcs.contains_key(vpc_id) {
            return Err(NetError::not_found(Kind::Vpc, vpc_id));
        }
        if gateway.vpc_id.as_deref() != Some(vpc_id) {
            return Err(NetError::GatewayNotAttached {
                gateway: id.to_owned(),
                vpc: vpc_id.to_owned(),
            });
        }
        if self
            .interfaces
            .values()
            .any(|i| i.vpc_id == vpc_id && i.public_ip.is_some())
        {
            return Err(NetError::PublicAddressesMapped(vpc_id.to_owned()));
        }
        if let Some(gateway) = self.internet_gateways.get_mut(id) {
            gateway.vpc_id = None;
        }
        Ok(())
    }

    /// Deletes a gateway.
    ///
    /// # Errors
    /// It is unknown or attached.
    pub fn delete_internet_gateway(&mut self, id: &str) -> Result<(), NetError> {
        let unknown = || NetError::not_found(Kind::InternetGateway, id);
        let gateway = self.internet_gateways.get(id).ok_or_else(unknown)?;
        if let Some(vpc) = &gateway.vpc_id {
            return Err(NetError::InUse {
                kind: Kind::InternetGateway,
                id: id.to_owned(),
                by: Some(vpc.clone()),
            });
        }
        self.internet_gateways.remove(id);
        Ok(())
    }

    /// The internet gateway of a VPC.
    #[must_use]
    pub fn gateway_of(&self, vpc_id: &str) -> Option<&InternetGateway> {
        self.internet_gateways
            .values()
            .find(|g| g.vpc_id.as_deref() == Some(vpc_id))
    }
}
