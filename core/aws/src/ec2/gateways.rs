//! Internet gateways.

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::service::{Call, Row, operation};
use super::shapes::routing::{
    AttachInternetGatewayRequest, CreateInternetGatewayRequest, DescribeInternetGatewaysAnswer,
    DescribeInternetGatewaysRequest, InternetGateway, InternetGatewayAnswer,
    InternetGatewayAttachment, InternetGatewayIdRequest,
};
use super::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Kind, NetError};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AttachInternetGateway", &attach_internet_gateway),
    operation!("CreateInternetGateway", &create_internet_gateway),
    operation!("DeleteInternetGateway", delete_internet_gateway),
    operation!("DescribeInternetGateways", &describe_internet_gateways),
    operation!("DetachInternetGateway", &detach_internet_gateway),
];

fn create_internet_gateway(
    call: &mut Call<'_, '_>,
    request: &CreateInternetGatewayRequest,
) -> Result<InternetGatewayAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "internet-gateway")?;
    let (network, ids) = call.network_and_ids();
    let id = network.create_internet_gateway(ids)?;
    tags::put(call.region, &id, tags);
    let gateway = call.network().internet_gateways.get(&id);
    let gateway = gateway.ok_or_else(|| NetError::not_found(Kind::InternetGateway, &id))?;
    Ok(InternetGatewayAnswer {
        internet_gateway: shape(call.region, gateway),
    })
}

fn attach_internet_gateway(
    call: &mut Call<'_, '_>,
    request: &AttachInternetGatewayRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::InternetGateway, &request.internet_gateway_id)?;
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let network = &mut call.region.network;
    Ok(network.attach_internet_gateway(&request.internet_gateway_id, &request.vpc_id)?)
}

fn detach_internet_gateway(
    call: &mut Call<'_, '_>,
    request: &AttachInternetGatewayRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::InternetGateway, &request.internet_gateway_id)?;
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let network = &mut call.region.network;
    Ok(network.detach_internet_gateway(&request.internet_gateway_id, &request.vpc_id)?)
}

fn delete_internet_gateway(
    call: &mut Call<'_, '_>,
    request: InternetGatewayIdRequest,
) -> Result<(), Ec2Error> {
    let id = request.internet_gateway_id;
    filters::check_form(Kind::InternetGateway, &id)?;
    call.region.network.delete_internet_gateway(&id)?;
    call.region.tags.remove(&id);
    Ok(())
}

fn describe_internet_gateways(
    call: &mut Call<'_, '_>,
    request: &DescribeInternetGatewaysRequest,
) -> Result<DescribeInternetGatewaysAnswer, Ec2Error> {
    const FILTERS: [&str; 4] = [
        "attachment.state",
        "attachment.vpc-id",
        "internet-gateway-id",
        "owner-id",
    ];
    let (ids, selection) = (&request.internet_gateway_ids, &request.selection);
    filters::check_names(&selection.filters, &FILTERS)?;
    let gateways = &call.region.network.internet_gateways;
    filters::check_ids(Kind::InternetGateway, ids, |id| gateways.contains_key(id))?;
    let wanted = gateways
        .values()
        .filter(|gateway| ids.is_empty() || ids.contains(&gateway.id));
    let found: Vec<&hsmlab_net::InternetGateway> = wanted
        .filter(|gateway| {
            let own = filters::tags(call.region, &gateway.id);
            filters::passes(own, &selection.filters, |name| match name {
                "attachment.state" => many(gateway.vpc_id.iter().map(|_| "available")),
                "attachment.vpc-id" => many(&gateway.vpc_id),
                "internet-gateway-id" => one(&gateway.id),
                "owner-id" => one(ACCOUNT_ID),
                _ => Vec::new(),
            })
        })
        .collect();
    let key = |gateway: &&hsmlab_net::InternetGateway| gateway.id.clone();
    let (found, next_token) = filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    let internet_gateways = found
        .into_iter()
        .map(|gateway| shape(call.region, gateway))
        .collect();
    Ok(DescribeInternetGatewaysAnswer {
        internet_gateways,
        next_token,
    })
}

fn shape(region: &Region, gateway: &hsmlab_net::InternetGateway) -> InternetGateway {
    let attachments = gateway
        .vpc_id
        .iter()
        // The state of an internet gateway's attachment is `available` in EC2, not `attached`.
        .map(|vpc| InternetGatewayAttachment {
            state: "available",
            vpc_id: vpc.clone(),
        });
    InternetGateway {
        attachments: attachments.collect(),
        internet_gateway_id: gateway.id.clone(),
        owner_id: ACCOUNT_ID,
        tags: tags::list(region, &gateway.id),
    }
}
