//! Subnets.

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::parse;
use super::service::{Call, Row, arn, operation};
use super::shapes::common::State;
use super::shapes::vpcs::{
    AssociateSubnetCidrBlockRequest, AssociationIdRequest, CreateSubnetRequest,
    DescribeSubnetsAnswer, DescribeSubnetsRequest, ModifySubnetAttributeRequest,
    PrivateDnsNameOptions, Subnet, SubnetAnswer, SubnetCidrBlockAnswer, SubnetIdRequest,
    SubnetIpv6CidrBlockAssociation,
};
use super::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Kind, NetError, SubnetSpec};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AssociateSubnetCidrBlock", associate_subnet_cidr_block),
    operation!("CreateSubnet", create_subnet),
    operation!("DeleteSubnet", &delete_subnet),
    operation!("DescribeSubnets", &describe_subnets),
    operation!(
        "DisassociateSubnetCidrBlock",
        disassociate_subnet_cidr_block
    ),
    operation!("ModifySubnetAttribute", modify_subnet_attribute),
];

fn create_subnet(
    call: &mut Call<'_, '_>,
    request: CreateSubnetRequest,
) -> Result<SubnetAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "subnet")?;
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let cidr = request.cidr_block.ok_or(Ec2Error::Missing("cidrBlock"))?;
    let cidr = parse::ipv4_block(&cidr, "cidrBlock")?;
    let ipv6 = request.ipv6_cidr_block;
    let ipv6_cidr = ipv6
        .map(|text| parse::ipv6_block(&text, "ipv6CidrBlock"))
        .transpose()?;
    let zone = match (request.availability_zone, request.availability_zone_id) {
        (Some(_), Some(_)) => {
            return Err(Ec2Error::Exclusive {
                one: "availabilityZone",
                other: "availabilityZoneId",
            });
        }
        (name, id) => name.or(id),
    };
    let (network, ids) = call.network_and_ids();
    let spec = SubnetSpec {
        vpc_id: request.vpc_id,
        zone,
        cidr,
        ipv6_cidr,
    };
    let id = network.create_subnet(ids, spec)?;
    tags::put(call.region, &id, tags);
    let subnet = call.network().subnet(&id);
    let subnet = subnet.ok_or_else(|| NetError::not_found(Kind::Subnet, &id))?;
    Ok(SubnetAnswer {
        subnet: shape(call.region, subnet),
    })
}

fn describe_subnets(
    call: &mut Call<'_, '_>,
    request: &DescribeSubnetsRequest,
) -> Result<DescribeSubnetsAnswer, Ec2Error> {
    const FILTERS: [&str; 23] = [
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "availabilityZoneId",
        "available-ip-address-count",
        "cidr",
        "cidr-block",
        "cidrBlock",
        "default-for-az",
        "defaultForAz",
        "enable-dns64",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "ipv6-native",
        "map-public-ip-on-launch",
        "mapPublicIpOnLaunch",
        "owner-id",
        "private-dns-name-options-on-launch.hostname-type",
        "state",
        "subnet-arn",
        "subnet-id",
        "vpc-id",
    ];
    let (ids, selection) = (&request.subnet_ids, &request.selection);
    filters::check_names(&selection.filters, &FILTERS)?;
    let subnets = &call.region.network.subnets;
    filters::check_ids(Kind::Subnet, ids, |id| subnets.contains_key(id))?;
    let wanted = subnets
        .values()
        .filter(|subnet| ids.is_empty() || ids.contains(&subnet.id));
    let found: Vec<&hsmlab_net::Subnet> = wanted
        .filter(|subnet| {
            let own = filters::tags(call.region, &subnet.id);
            filters::passes(own, &selection.filters, |name| {
                attribute(call.region, subnet, name)
            })
        })
        .collect();
    let key = |subnet: &&hsmlab_net::Subnet| subnet.id.clone();
    let (found, next_token) = filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    let subnets = found
        .into_iter()
        .map(|subnet| shape(call.region, subnet))
        .collect();
    Ok(DescribeSubnetsAnswer {
        next_token,
        subnets,
    })
}

fn attribute(region: &Region, subnet: &hsmlab_net::Subnet, name: &str) -> filters::Attribute {
    let ipv6 = subnet.ipv6_cidr.as_ref();
    match name {
        "availability-zone" | "availabilityZone" => one(&subnet.zone),
        "availability-zone-id" | "availabilityZoneId" => one(&subnet.zone_id),
        "available-ip-address-count" => many(region.network.free_address_count(&subnet.id)),
        "cidr" | "cidr-block" | "cidrBlock" => one(subnet.cidr),
        "default-for-az" | "defaultForAz" => one(subnet.default_for_zone),
        "enable-dns64" => one(subnet.dns64),
        "ipv6-cidr-block-association.association-id" => many(ipv6.map(|block| &block.id)),
        "ipv6-cidr-block-association.ipv6-cidr-block" => many(ipv6.map(|block| block.cidr)),
        "ipv6-cidr-block-association.state" => many(ipv6.map(|_| "associated")),
        "ipv6-native" => one(false),
        "map-public-ip-on-launch" | "mapPublicIpOnLaunch" => one(subnet.map_public_ip_on_launch),
        "owner-id" => one(ACCOUNT_ID),
        "private-dns-name-options-on-launch.hostname-type" => one(&subnet.hostname_type),
        "state" => one("available"),
        "subnet-arn" => one(arn(&region.network.region, "subnet", &subnet.id)),
        "subnet-id" => one(&subnet.id),
        "vpc-id" => one(&subnet.vpc_id),
        _ => Vec::new(),
    }
}

fn delete_subnet(call: &mut Call<'_, '_>, request: &SubnetIdRequest) -> Result<(), Ec2Error> {
    filters::check_form(Kind::Subnet, &request.subnet_id)?;
    call.region.network.delete_subnet(&request.subnet_id)?;
    call.region.tags.remove(&request.subnet_id);
    Ok(())
}

fn modify_subnet_attribute(
    call: &mut Call<'_, '_>,
    request: ModifySubnetAttributeRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::Subnet, &request.subnet_id)?;
    let unknown = || NetError::not_found(Kind::Subnet, &request.subnet_id);
    let subnet = call
        .region
        .network
        .subnets
        .get_mut(&request.subnet_id)
        .ok_or_else(unknown)?;
    let flags = [
        request.assign_ipv6_address_on_creation,
        request.map_public_ip_on_launch,
        request.enable_dns64,
        request.a_record,
        request.aaaa_record,
    ];
    let named = request.private_dns_hostname_type_on_launch;
    match flags.iter().flatten().count() + usize::from(named.is_some()) {
        0 => return Err(Ec2Error::Missing("mapPublicIpOnLaunch")),
        1 => {}
        // "You can only modify one attribute at a time" (ModifySubnetAttribute). Guess: the words.
        _ => {
            return Err(Ec2Error::Exclusive {
                one: "mapPublicIpOnLaunch",
                other: "assignIpv6AddressOnCreation",
            });
        }
    }
    let [assign_ipv6, map_public, dns64, a_record, aaaa_record] = flags;
    if assign_ipv6.is_some_and(|flag| flag.value) && subnet.ipv6_cidr.is_none() {
        return Err(NetError::SubnetWithoutIpv6(request.subnet_id).into());
    }
    let settle = |own: &mut bool, flag: Option<super::shapes::common::Flag>| {
        *own = flag.map_or(*own, |flag| flag.value);
    };
    settle(&mut subnet.assign_ipv6_on_creation, assign_ipv6);
    settle(&mut subnet.map_public_ip_on_launch, map_public);
    settle(&mut subnet.dns64, dns64);
    settle(&mut subnet.resource_name_a_record, a_record);
    settle(&mut subnet.resource_name_aaaa_record, aaaa_record);
    if let Some(name) = named {
        subnet.hostname_type = name;
    }
    Ok(())
}

fn associate_subnet_cidr_block(
    call: &mut Call<'_, '_>,
    request: AssociateSubnetCidrBlockRequest,
) -> Result<SubnetCidrBlockAnswer, Ec2Error> {
    filters::check_form(Kind::Subnet, &request.subnet_id)?;
    let text = request
        .ipv6_cidr_block
        .ok_or(Ec2Error::Missing("ipv6CidrBlock"))?;
    let cidr = parse::ipv6_block(&text, "ipv6CidrBlock")?;
    let (network, ids) = call.network_and_ids();
    let id = network.associate_subnet_ipv6(ids, &request.subnet_id, cidr)?;
    Ok(SubnetCidrBlockAnswer {
        ipv6_cidr_block_association: SubnetIpv6CidrBlockAssociation {
            association_id: id,
            ipv6_cidr_block: cidr.to_string(),
            ipv6_cidr_block_state: State {
                state: "associating",
            },
        },
        subnet_id: request.subnet_id,
    })
}

fn disassociate_subnet_cidr_block(
    call: &mut Call<'_, '_>,
    request: AssociationIdRequest,
) -> Result<SubnetCidrBlockAnswer, Ec2Error> {
    let id = request.association_id;
    let blocks = call
        .network()
        .subnets
        .values()
        .filter_map(|subnet| subnet.ipv6_cidr.as_ref());
    let cidr = blocks
        .clone()
        .find(|block| block.id == id)
        .map(|block| block.cidr.to_string());
    let subnet_id = call.region.network.disassociate_subnet_ipv6(&id)?;
    Ok(SubnetCidrBlockAnswer {
        ipv6_cidr_block_association: SubnetIpv6CidrBlockAssociation {
            association_id: id,
            ipv6_cidr_block: cidr.unwrap_or_default(),
            ipv6_cidr_block_state: State {
                state: "disassociating",
            },
        },
        subnet_id,
    })
}

fn shape(region: &Region, subnet: &hsmlab_net::Subnet) -> Subnet {
    let ipv6 = subnet
        .ipv6_cidr
        .iter()
        .map(|block| SubnetIpv6CidrBlockAssociation {
            association_id: block.id.clone(),
            ipv6_cidr_block: block.cidr.to_string(),
            ipv6_cidr_block_state: State {
                state: "associated",
            },
        });
    Subnet {
        availability_zone_id: subnet.zone_id.clone(),
        map_customer_owned_ip_on_launch: false,
        owner_id: ACCOUNT_ID,
        assign_ipv6_address_on_creation: subnet.assign_ipv6_on_creation,
        ipv6_cidr_block_association_set: ipv6.collect(),
        tags: tags::list(region, &subnet.id),
        subnet_arn: arn(&region.network.region, "subnet", &subnet.id),
        enable_dns64: subnet.dns64,
        ipv6_native: false,
        private_dns_name_options_on_launch: PrivateDnsNameOptions {
            hostname_type: subnet.hostname_type.clone(),
            a_record: subnet.resource_name_a_record,
            aaaa_record: subnet.resource_name_aaaa_record,
        },
        subnet_id: subnet.id.clone(),
        state: "available",
        vpc_id: subnet.vpc_id.clone(),
        cidr_block: subnet.cidr.to_string(),
        available_ip_address_count: region.network.free_address_count(&subnet.id).unwrap_or(0),
        availability_zone: subnet.zone.clone(),
        default_for_az: subnet.default_for_zone,
        map_public_ip_on_launch: subnet.map_public_ip_on_launch,
    }
}
