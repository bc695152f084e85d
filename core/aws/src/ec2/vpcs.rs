//! VPCs: their CIDR blocks and attributes.

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::parse;
use super::service::{Call, Row, operation};
use super::shapes::common::{Flag, Nothing, State};
use super::shapes::vpcs::{
    AssociateVpcCidrBlockRequest, AssociationIdRequest, CreateVpcRequest,
    DescribeVpcAttributeAnswer, DescribeVpcAttributeRequest, DescribeVpcsAnswer,
    DescribeVpcsRequest, ModifyVpcAttributeRequest, Vpc, VpcAnswer, VpcCidrBlockAnswer,
    VpcCidrBlockAssociation, VpcIdRequest, VpcIpv6CidrBlockAssociation,
};
use super::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Kind, NetError};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AssociateVpcCidrBlock", associate_vpc_cidr_block),
    operation!("CreateDefaultVpc", create_default_vpc),
    operation!("CreateVpc", create_vpc),
    operation!("DeleteVpc", &delete_vpc),
    operation!("DescribeVpcAttribute", &describe_vpc_attribute),
    operation!("DescribeVpcs", &describe_vpcs),
    operation!("DisassociateVpcCidrBlock", &disassociate_vpc_cidr_block),
    operation!("ModifyVpcAttribute", &modify_vpc_attribute),
];

fn create_vpc(call: &mut Call<'_, '_>, request: CreateVpcRequest) -> Result<VpcAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "vpc")?;
    if request.ipv4_ipam_pool_id.is_some() || request.ipv6_cidr_block.is_some() {
        return Err(Ec2Error::invalid(
            "Blocks of addresses from pools are not available in this account",
            "Specify an IPv4 block. For IPv6, request an Amazon block with \
             AmazonProvidedIpv6CidrBlock.",
        ));
    }
    let cidr = request.cidr_block.ok_or(Ec2Error::Missing("cidrBlock"))?;
    let cidr = parse::ipv4_block(&cidr, "cidrBlock")?;
    let tenancy = request.instance_tenancy.unwrap_or_else(|| "default".into());
    let ipv6 = request.amazon_provided_ipv6_cidr_block;
    let (network, ids) = call.network_and_ids();
    let id = network.create_vpc(ids, cidr, &tenancy, ipv6)?;
    tags::put(call.region, &id, tags);
    // A new VPC is pending in its first answer, and available in describe answers.
    Ok(VpcAnswer {
        vpc: Vpc {
            state: "pending",
            ..find(call.region, &id)?
        },
    })
}

fn create_default_vpc(call: &mut Call<'_, '_>, _: Nothing) -> Result<VpcAnswer, Ec2Error> {
    // Quotas can refuse a part of it, so all of it is tried on a copy.
    let (network, ids) = call.network_and_ids();
    let mut changed = network.clone();
    let id = changed.create_default_vpc(ids)?;
    *network = changed;
    Ok(VpcAnswer {
        vpc: Vpc {
            state: "pending",
            ..find(call.region, &id)?
        },
    })
}

fn describe_vpcs(
    call: &mut Call<'_, '_>,
    request: &DescribeVpcsRequest,
) -> Result<DescribeVpcsAnswer, Ec2Error> {
    const FILTERS: [&str; 15] = [
        "cidr",
        "cidr-block",
        "cidr-block-association.association-id",
        "cidr-block-association.cidr-block",
        "cidr-block-association.state",
        "dhcp-options-id",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "is-default",
        "isDefault",
        "owner-id",
        "state",
        "vpc-id",
        "instance-tenancy",
    ];
    let (ids, selection) = (&request.vpc_ids, &request.selection);
    filters::check_names(&selection.filters, &FILTERS)?;
    let vpcs = &call.region.network.vpcs;
    filters::check_ids(Kind::Vpc, ids, |id| vpcs.contains_key(id))?;
    let wanted = vpcs
        .values()
        .filter(|vpc| ids.is_empty() || ids.contains(&vpc.id));
    let found: Vec<&hsmlab_net::Vpc> = wanted
        .filter(|vpc| {
            let own = filters::tags(call.region, &vpc.id);
            filters::passes(own, &selection.filters, |name| attribute(vpc, name))
        })
        .collect();
    let key = |vpc: &&hsmlab_net::Vpc| vpc.id.clone();
    let (found, next_token) = filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    let vpcs = found
        .into_iter()
        .map(|vpc| shape(call.region, vpc))
        .collect();
    Ok(DescribeVpcsAnswer { next_token, vpcs })
}

fn attribute(vpc: &hsmlab_net::Vpc, name: &str) -> filters::Attribute {
    match name {
        "cidr" | "cidr-block" => one(vpc.cidr()),
        "cidr-block-association.association-id" => many(vpc.cidrs.iter().map(|block| &block.id)),
        "cidr-block-association.cidr-block" => many(vpc.cidrs.iter().map(|block| block.cidr)),
        "cidr-block-association.state" => many(vpc.cidrs.iter().map(|_| "associated")),
        "dhcp-options-id" => one(&vpc.dhcp_options_id),
        "ipv6-cidr-block-association.association-id" => {
            many(vpc.ipv6_cidrs.iter().map(|block| &block.id))
        }
        "ipv6-cidr-block-association.ipv6-cidr-block" => {
            many(vpc.ipv6_cidrs.iter().map(|block| block.cidr))
        }
        "ipv6-cidr-block-association.state" => many(vpc.ipv6_cidrs.iter().map(|_| "associated")),
        "is-default" | "isDefault" => one(vpc.is_default),
        "owner-id" => one(ACCOUNT_ID),
        "state" => one("available"),
        "vpc-id" => one(&vpc.id),
        "instance-tenancy" => one(&vpc.tenancy),
        _ => Vec::new(),
    }
}

fn delete_vpc(call: &mut Call<'_, '_>, request: &VpcIdRequest) -> Result<(), Ec2Error> {
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let network = &call.region.network;
    let vpc = network.vpc(&request.vpc_id);
    // Resources that are deleted with the VPC lose their tags too.
    let mut gone: Vec<String> = vec![request.vpc_id.clone()];
    if let Some(vpc) = vpc {
        let parts = [&vpc.main_route_table, &vpc.default_acl, &vpc.default_group];
        gone.extend(parts.into_iter().cloned());
        let rules = network
            .security_group(&vpc.default_group)
            .map(|group| group.rules.keys());
        gone.extend(rules.into_iter().flatten().cloned());
    }
    call.region.network.delete_vpc(&request.vpc_id)?;
    call.region.tags.retain(|id, _| !gone.contains(id));
    Ok(())
}

fn modify_vpc_attribute(
    call: &mut Call<'_, '_>,
    request: &ModifyVpcAttributeRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let flags = [
        request.enable_dns_hostnames,
        request.enable_dns_support,
        request.enable_network_address_usage_metrics,
    ];
    match flags.iter().flatten().count() {
        0 => return Err(Ec2Error::Missing("enableDnsSupport")),
        1 => {}
        // "You cannot modify the DNS resolution and DNS hostnames attributes in the same request"
        // (ModifyVpcAttribute).
        _ => {
            return Err(Ec2Error::Exclusive {
                one: "enableDnsSupport",
                other: "enableDnsHostnames",
            });
        }
    }
    let unknown = || NetError::not_found(Kind::Vpc, &request.vpc_id);
    let vpc = call
        .region
        .network
        .vpcs
        .get_mut(&request.vpc_id)
        .ok_or_else(unknown)?;
    let [hostnames, support, metrics] = flags;
    vpc.dns_hostnames = hostnames.map_or(vpc.dns_hostnames, |flag| flag.value);
    vpc.dns_support = support.map_or(vpc.dns_support, |flag| flag.value);
    vpc.address_usage_metrics = metrics.map_or(vpc.address_usage_metrics, |flag| flag.value);
    Ok(())
}

fn describe_vpc_attribute(
    call: &mut Call<'_, '_>,
    request: &DescribeVpcAttributeRequest,
) -> Result<DescribeVpcAttributeAnswer, Ec2Error> {
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let unknown = || NetError::not_found(Kind::Vpc, &request.vpc_id);
    let vpc = call.network().vpc(&request.vpc_id).ok_or_else(unknown)?;
    let mut answer = DescribeVpcAttributeAnswer {
        vpc_id: vpc.id.clone(),
        ..DescribeVpcAttributeAnswer::default()
    };
    let flag = |value| Some(Flag { value });
    match request.attribute.as_str() {
        "enableDnsHostnames" => answer.enable_dns_hostnames = flag(vpc.dns_hostnames),
        "enableDnsSupport" => answer.enable_dns_support = flag(vpc.dns_support),
        "enableNetworkAddressUsageMetrics" => {
            answer.enable_network_address_usage_metrics = flag(vpc.address_usage_metrics);
        }
        other => return Err(Ec2Error::value(other, "attribute", "Unknown attribute.")),
    }
    Ok(answer)
}

fn associate_vpc_cidr_block(
    call: &mut Call<'_, '_>,
    request: AssociateVpcCidrBlockRequest,
) -> Result<VpcCidrBlockAnswer, Ec2Error> {
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let cidr = request
        .cidr_block
        .map(|text| parse::ipv4_block(&text, "cidrBlock"))
        .transpose()?;
    let (network, ids) = call.network_and_ids();
    let id = match (cidr, request.amazon_provided_ipv6_cidr_block) {
        (Some(_), true) => {
            return Err(Ec2Error::Exclusive {
                one: "cidrBlock",
                other: "amazonProvidedIpv6CidrBlock",
            });
        }
        (Some(cidr), false) => network.associate_cidr(ids, &request.vpc_id, cidr)?,
        (None, true) => network.associate_amazon_ipv6(ids, &request.vpc_id)?,
        (None, false) => return Err(Ec2Error::Missing("cidrBlock")),
    };
    association_answer(call.region, &request.vpc_id, &id, "associating")
}

fn disassociate_vpc_cidr_block(
    call: &mut Call<'_, '_>,
    request: &AssociationIdRequest,
) -> Result<VpcCidrBlockAnswer, Ec2Error> {
    let before = call.region.clone();
    let vpc_id = call
        .region
        .network
        .disassociate_cidr(&request.association_id)?;
    association_answer(&before, &vpc_id, &request.association_id, "disassociating")
}

fn association_answer(
    region: &Region,
    vpc_id: &str,
    association: &str,
    state: &'static str,
) -> Result<VpcCidrBlockAnswer, Ec2Error> {
    let Vpc {
        cidr_block_association_set,
        ipv6_cidr_block_association_set,
        ..
    } = find(region, vpc_id)?;
    let v4 = cidr_block_association_set
        .into_iter()
        .find(|own| own.association_id == association);
    let v6 = ipv6_cidr_block_association_set
        .into_iter()
        .find(|own| own.association_id == association);
    Ok(VpcCidrBlockAnswer {
        ipv6_cidr_block_association: v6.map(|own| VpcIpv6CidrBlockAssociation {
            ipv6_cidr_block_state: State { state },
            ..own
        }),
        cidr_block_association: v4.map(|own| VpcCidrBlockAssociation {
            cidr_block_state: State { state },
            ..own
        }),
        vpc_id: vpc_id.to_owned(),
    })
}

fn find(region: &Region, id: &str) -> Result<Vpc, Ec2Error> {
    let vpc = region
        .network
        .vpc(id)
        .ok_or_else(|| NetError::not_found(Kind::Vpc, id))?;
    Ok(shape(region, vpc))
}

fn shape(region: &Region, vpc: &hsmlab_net::Vpc) -> Vpc {
    let state = State {
        state: "associated",
    };
    let ipv6 = vpc
        .ipv6_cidrs
        .iter()
        .map(|block| VpcIpv6CidrBlockAssociation {
            association_id: block.id.clone(),
            ipv6_cidr_block: block.cidr.to_string(),
            ipv6_cidr_block_state: state.clone(),
            network_border_group: region.network.region.clone(),
            ipv6_pool: "Amazon",
        });
    let ipv4 = vpc.cidrs.iter().map(|block| VpcCidrBlockAssociation {
        association_id: block.id.clone(),
        cidr_block: block.cidr.to_string(),
        cidr_block_state: state.clone(),
    });
    Vpc {
        owner_id: ACCOUNT_ID,
        instance_tenancy: vpc.tenancy.clone(),
        ipv6_cidr_block_association_set: ipv6.collect(),
        cidr_block_association_set: ipv4.collect(),
        is_default: vpc.is_default,
        tags: tags::list(region, &vpc.id),
        vpc_id: vpc.id.clone(),
        state: "available",
        cidr_block: vpc.cidr().to_string(),
        dhcp_options_id: vpc.dhcp_options_id.clone(),
    }
}
