//! Route tables, their routes and associations.

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::parse;
use super::service::{Call, Row, operation};
use super::shapes::common::{Done, State};
use super::shapes::routing::{
    AssociateRouteTableAnswer, AssociateRouteTableRequest, CreateRouteTableRequest,
    DescribeRouteTablesAnswer, DescribeRouteTablesRequest, ReplaceRouteTableAssociationAnswer,
    ReplaceRouteTableAssociationRequest, Route, RouteRequest, RouteTable, RouteTableAnswer,
    RouteTableAssociation, RouteTableIdRequest,
};
use super::shapes::vpcs::AssociationIdRequest;
use super::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Destination, Kind, NetError, Network, Target};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AssociateRouteTable", associate_route_table),
    operation!("CreateRoute", &create_route),
    operation!("CreateRouteTable", create_route_table),
    operation!("DeleteRoute", &delete_route),
    operation!("DeleteRouteTable", &delete_route_table),
    operation!("DescribeRouteTables", &describe_route_tables),
    operation!("DisassociateRouteTable", &disassociate_route_table),
    operation!("ReplaceRoute", &replace_route),
    operation!(
        "ReplaceRouteTableAssociation",
        &replace_route_table_association
    ),
];

fn create_route_table(
    call: &mut Call<'_, '_>,
    request: CreateRouteTableRequest,
) -> Result<RouteTableAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "route-table")?;
    filters::check_form(Kind::Vpc, &request.vpc_id)?;
    let (network, ids) = call.network_and_ids();
    let id = network.create_route_table(ids, &request.vpc_id)?;
    tags::put(call.region, &id, tags);
    let table = call.network().route_tables.get(&id);
    let table = table.ok_or_else(|| NetError::not_found(Kind::RouteTable, &id))?;
    Ok(RouteTableAnswer {
        route_table: shape(call.region, table),
        client_token: request.client_token,
    })
}

fn delete_route_table(
    call: &mut Call<'_, '_>,
    request: &RouteTableIdRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::RouteTable, &request.route_table_id)?;
    call.region
        .network
        .delete_route_table(&request.route_table_id)?;
    call.region.tags.remove(&request.route_table_id);
    Ok(())
}

fn create_route(call: &mut Call<'_, '_>, request: &RouteRequest) -> Result<Done, Ec2Error> {
    filters::check_form(Kind::RouteTable, &request.route_table_id)?;
    let destination = destination_of(request)?;
    let target = target_of(call.network(), request)?;
    call.region
        .network
        .create_route(&request.route_table_id, destination, target)?;
    Ok(Done::TRUE)
}

fn replace_route(call: &mut Call<'_, '_>, request: &RouteRequest) -> Result<(), Ec2Error> {
    filters::check_form(Kind::RouteTable, &request.route_table_id)?;
    let destination = destination_of(request)?;
    let target = target_of(call.network(), request)?;
    let table = &request.route_table_id;
    match call
        .region
        .network
        .replace_route(table, &destination, &target)
    {
        Err(NetError::RouteUnknown { destination, .. }) => Err(Ec2Error::invalid(
            format!(
                "There is no route defined for '{destination}' in the route table. Use CreateRoute \
                 instead."
            ),
            "Use create-route to add a route.",
        )),
        other => Ok(other?),
    }
}

fn delete_route(call: &mut Call<'_, '_>, request: &RouteRequest) -> Result<(), Ec2Error> {
    filters::check_form(Kind::RouteTable, &request.route_table_id)?;
    let destination = destination_of(request)?;
    Ok(call
        .region
        .network
        .delete_route(&request.route_table_id, &destination)?)
}

fn destination_of(request: &RouteRequest) -> Result<Destination, Ec2Error> {
    let names = ("destinationCidrBlock", "destinationIpv6CidrBlock");
    let v6 = request.destination_ipv6_cidr_block.as_ref();
    let block = parse::block_of(request.destination_cidr_block.as_ref(), v6, names)?;
    match (block, &request.destination_prefix_list_id) {
        (Some(_), Some(_)) => Err(Ec2Error::Exclusive {
            one: names.0,
            other: "destinationPrefixListId",
        }),
        (Some(block), None) => Ok(Destination::Cidr(block)),
        (None, Some(list)) => {
            filters::check_form(Kind::PrefixList, list)?;
            Ok(Destination::PrefixList(list.clone()))
        }
        (None, None) => Err(Ec2Error::Missing(names.0)),
    }
}

/// The single target of a request.
fn target_of(network: &Network, request: &RouteRequest) -> Result<Target, Ec2Error> {
    // Target kinds that the lab does not have: their ids are never found.
    let others = [
        (&request.nat_gateway_id, "NatGatewayNotFound", "natGateway"),
        (
            &request.transit_gateway_id,
            "InvalidTransitGatewayID.NotFound",
            "transitGateway",
        ),
        (
            &request.vpc_peering_connection_id,
            "InvalidVpcPeeringConnectionID.NotFound",
            "vpcPeeringConnection",
        ),
        (
            &request.egress_only_internet_gateway_id,
            "InvalidGatewayID.NotFound",
            "egressOnlyInternetGateway",
        ),
        (
            &request.vpc_endpoint_id,
            "InvalidVpcEndpointId.NotFound",
            "vpcEndpoint",
        ),
    ];
    let own = [
        &request.gateway_id,
        &request.instance_id,
        &request.network_interface_id,
    ];
    let given = own.iter().filter(|id| id.is_some()).count()
        + others.iter().filter(|(id, ..)| id.is_some()).count();
    if given > 1 {
        return Err(Ec2Error::Exclusive {
            one: "gatewayId",
            other: "networkInterfaceId",
        });
    }
    for (id, code, noun) in others {
        if let Some(id) = id {
            return Err(Ec2Error::NotFound {
                code,
                noun,
                ids: vec![id.clone()],
            });
        }
    }
    if let Some(id) = &request.gateway_id {
        if id.starts_with("igw-") {
            filters::check_form(Kind::InternetGateway, id)?;
            return Ok(Target::InternetGateway(id.clone()));
        }
        // Guess: the words for gateways of other kinds, including `local`.
        return Err(Ec2Error::NotFound {
            code: "InvalidGatewayID.NotFound",
            noun: "gateway",
            ids: vec![id.clone()],
        });
    }
    if let Some(id) = &request.network_interface_id {
        filters::check_form(Kind::Interface, id)?;
        return Ok(Target::Interface(id.clone()));
    }
    let Some(instance) = &request.instance_id else {
        return Err(Ec2Error::Missing("gatewayId"));
    };
    match network.interfaces_of(instance).as_slice() {
        [] => Err(NetError::InstanceUnknown(instance.clone()).into()),
        [interface] => Ok(Target::Interface(interface.id.clone())),
        _ => Err(Ec2Error::Compute {
            code: "InvalidInstanceID",
            message: format!(
                "There are multiple interfaces attached to instance '{instance}'. Please specify an \
                 interface ID for the operation instead."
            ),
            remedy: "Specify the network interface.",
        }),
    }
}

fn associate_route_table(
    call: &mut Call<'_, '_>,
    request: AssociateRouteTableRequest,
) -> Result<AssociateRouteTableAnswer, Ec2Error> {
    filters::check_form(Kind::RouteTable, &request.route_table_id)?;
    if let Some(gateway) = request.gateway_id {
        return Err(Ec2Error::invalid(
            format!(
                "Route table {} cannot be associated with {gateway}",
                request.route_table_id
            ),
            "Associate the route table with a subnet. The lab does not support ingress routing.",
        ));
    }
    let subnet = request.subnet_id.ok_or(Ec2Error::Missing("subnetId"))?;
    filters::check_form(Kind::Subnet, &subnet)?;
    let (network, ids) = call.network_and_ids();
    let id = network.associate_route_table(ids, &request.route_table_id, &subnet)?;
    Ok(AssociateRouteTableAnswer {
        association_id: id,
        association_state: State {
            state: "associated",
        },
    })
}

fn disassociate_route_table(
    call: &mut Call<'_, '_>,
    request: &AssociationIdRequest,
) -> Result<(), Ec2Error> {
    filters::check_form(Kind::RouteTableAssociation, &request.association_id)?;
    Ok(call
        .region
        .network
        .disassociate_route_table(&request.association_id)?)
}

fn replace_route_table_association(
    call: &mut Call<'_, '_>,
    request: &ReplaceRouteTableAssociationRequest,
) -> Result<ReplaceRouteTableAssociationAnswer, Ec2Error> {
    filters::check_form(Kind::RouteTableAssociation, &request.association_id)?;
    filters::check_form(Kind::RouteTable, &request.route_table_id)?;
    let (network, ids) = call.network_and_ids();
    let (association, table) = (&request.association_id, &request.route_table_id);
    let id = network.replace_route_table_association(ids, association, table)?;
    Ok(ReplaceRouteTableAssociationAnswer {
        new_association_id: id,
        association_state: State {
            state: "associated",
        },
    })
}

fn describe_route_tables(
    call: &mut Call<'_, '_>,
    request: &DescribeRouteTablesRequest,
) -> Result<DescribeRouteTablesAnswer, Ec2Error> {
    const FILTERS: [&str; 16] = [
        "association.gateway-id",
        "association.main",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "owner-id",
        "route-table-id",
        "route.destination-cidr-block",
        "route.destination-ipv6-cidr-block",
        "route.destination-prefix-list-id",
        "route.gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.origin",
        "route.state",
        "vpc-id",
    ];
    let (ids, selection) = (&request.route_table_ids, &request.selection);
    filters::check_names(&selection.filters, &FILTERS)?;
    let tables = &call.region.network.route_tables;
    filters::check_ids(Kind::RouteTable, ids, |id| tables.contains_key(id))?;
    let wanted = tables
        .values()
        .filter(|table| ids.is_empty() || ids.contains(&table.id));
    let shaped = wanted.map(|table| shape(call.region, table));
    let found: Vec<RouteTable> = shaped
        .filter(|table| {
            let own = filters::tags(call.region, &table.route_table_id);
            filters::passes(own, &selection.filters, |name| attribute(table, name))
        })
        .collect();
    let key = |table: &RouteTable| table.route_table_id.clone();
    let (route_tables, next_token) = filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    Ok(DescribeRouteTablesAnswer {
        route_tables,
        next_token,
    })
}

fn attribute(table: &RouteTable, name: &str) -> filters::Attribute {
    let (ties, routes) = (&table.associations, &table.routes);
    match name {
        "association.main" => many(ties.iter().map(|tie| tie.main)),
        "association.route-table-association-id" => {
            many(ties.iter().map(|tie| &tie.route_table_association_id))
        }
        "association.route-table-id" => many(ties.iter().map(|tie| &tie.route_table_id)),
        "association.subnet-id" => many(ties.iter().filter_map(|tie| tie.subnet_id.as_ref())),
        "owner-id" => one(ACCOUNT_ID),
        "route-table-id" => one(&table.route_table_id),
        "route.destination-cidr-block" => many(
            routes
                .iter()
                .filter_map(|route| route.destination_cidr_block.as_ref()),
        ),
        "route.destination-ipv6-cidr-block" => many(
            routes
                .iter()
                .filter_map(|route| route.destination_ipv6_cidr_block.as_ref()),
        ),
        "route.destination-prefix-list-id" => many(
            routes
                .iter()
                .filter_map(|route| route.destination_prefix_list_id.as_ref()),
        ),
        "route.gateway-id" => many(routes.iter().filter_map(|route| route.gateway_id.as_ref())),
        "route.instance-id" => many(routes.iter().filter_map(|route| route.instance_id.as_ref())),
        "route.origin" => many(routes.iter().map(|route| route.origin)),
        "route.state" => many(routes.iter().map(|route| route.state)),
        "vpc-id" => one(&table.vpc_id),
        _ => Vec::new(),
    }
}

fn shape(region: &Region, table: &hsmlab_net::RouteTable) -> RouteTable {
    let network = &region.network;
    let vpc = network.vpc(&table.vpc_id);
    let tie = |id: &str, subnet: Option<&String>| RouteTableAssociation {
        main: subnet.is_none(),
        route_table_association_id: id.to_owned(),
        route_table_id: table.id.clone(),
        subnet_id: subnet.cloned(),
        association_state: State {
            state: "associated",
        },
    };
    let main = vpc.filter(|vpc| vpc.main_route_table == table.id);
    let main = main.map(|vpc| tie(&vpc.main_association, None));
    let explicit = network.subnets.values().filter_map(|subnet| {
        let own = subnet
            .route_table
            .as_ref()
            .filter(|own| own.route_table_id == table.id)?;
        Some(tie(&own.association, Some(&subnet.id)))
    });
    let local = vpc
        .into_iter()
        .flat_map(hsmlab_net::Vpc::blocks)
        .map(|block| Route {
            gateway_id: Some("local".into()),
            origin: "CreateRouteTable",
            state: "active",
            ..destination_shape(&Destination::Cidr(block))
        });
    let added = table
        .routes
        .iter()
        .map(|route| route_shape(network, table, route));
    RouteTable {
        associations: main.into_iter().chain(explicit).collect(),
        propagating_vgws: [],
        route_table_id: table.id.clone(),
        routes: local.chain(added).collect(),
        tags: tags::list(region, &table.id),
        vpc_id: table.vpc_id.clone(),
        owner_id: ACCOUNT_ID,
    }
}

fn route_shape(
    network: &Network,
    table: &hsmlab_net::RouteTable,
    route: &hsmlab_net::Route,
) -> Route {
    let mut shape = Route {
        origin: "CreateRoute",
        state: if network.is_blackhole(table, route) {
            "blackhole"
        } else {
            "active"
        },
        ..destination_shape(&route.destination)
    };
    match &route.target {
        Target::InternetGateway(id) => shape.gateway_id = Some(id.clone()),
        Target::Interface(id) => {
            let interface = network.interface(id);
            let instance = interface.and_then(hsmlab_net::Interface::instance_id);
            shape.instance_id = instance.map(str::to_owned);
            shape.instance_owner_id = instance.map(|_| ACCOUNT_ID);
            shape.network_interface_id = Some(id.clone());
        }
    }
    shape
}

fn destination_shape(destination: &Destination) -> Route {
    let text = Some(destination.to_string());
    match destination {
        Destination::Cidr(ipnet::IpNet::V4(_)) => Route {
            destination_cidr_block: text,
            ..Route::default()
        },
        Destination::Cidr(ipnet::IpNet::V6(_)) => Route {
            destination_ipv6_cidr_block: text,
            ..Route::default()
        },
        Destination::PrefixList(_) => Route {
            destination_prefix_list_id: text,
            ..Route::default()
        },
    }
}
