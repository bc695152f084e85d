//! Regions and availability zones.

use super::error::Ec2Error;
use super::filters::{self, one};
use super::service::{Call, Row, operation};
use super::shapes::vpcs::{
    AvailabilityZone, DescribeAvailabilityZonesAnswer, DescribeAvailabilityZonesRequest,
    DescribeRegionsAnswer, DescribeRegionsRequest, Region,
};
use hsmlab_api::regions::{self, Enabled, enabled_region};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("DescribeAvailabilityZones", &describe_availability_zones),
    operation!("DescribeRegions", &describe_regions),
];

fn describe_availability_zones(
    call: &mut Call<'_, '_>,
    request: &DescribeAvailabilityZonesRequest,
) -> Result<DescribeAvailabilityZonesAnswer, Ec2Error> {
    const FILTERS: [&str; 11] = [
        "group-long-name",
        "group-name",
        "message",
        "opt-in-status",
        "parent-zone-id",
        "parent-zone-name",
        "region-name",
        "state",
        "zone-id",
        "zone-name",
        "zone-type",
    ];
    filters::check_names(&request.filters, &FILTERS)?;
    let network = call.network();
    let group = format!("{}-zg-1", network.region);
    let place = enabled_region(&network.region).map_or("", |facts| facts.place);
    let long_name = format!("{place} 1");
    for name in &request.zone_names {
        if !network.zones.iter().any(|zone| zone.name == *name) {
            return Err(invalid_zone(name));
        }
    }
    for id in &request.zone_ids {
        if !network.zones.iter().any(|zone| zone.id == *id) {
            return Err(invalid_zone(id));
        }
    }
    let zones = network.zones.iter().filter(|zone| {
        let (names, ids) = (&request.zone_names, &request.zone_ids);
        (names.is_empty() || names.contains(&zone.name))
            && (ids.is_empty() || ids.contains(&zone.id))
            && filters::passes(None, &request.filters, |name| match name {
                "group-long-name" => one(&long_name),
                "group-name" => one(&group),
                "opt-in-status" => one("opt-in-not-required"),
                "region-name" => one(&network.region),
                "state" => one("available"),
                "zone-id" => one(&zone.id),
                "zone-name" => one(&zone.name),
                "zone-type" => one("availability-zone"),
                _ => Vec::new(),
            })
    });
    let shape = |zone: &hsmlab_net::Zone| AvailabilityZone {
        opt_in_status: "opt-in-not-required",
        messages: [],
        region_name: network.region.clone(),
        zone_name: zone.name.clone(),
        zone_id: zone.id.clone(),
        group_name: group.clone(),
        network_border_group: network.region.clone(),
        zone_type: "availability-zone",
        group_long_name: long_name.clone(),
        state: "available",
    };
    Ok(DescribeAvailabilityZonesAnswer {
        availability_zones: zones.map(shape).collect(),
    })
}

fn invalid_zone(zone: &str) -> Ec2Error {
    Ec2Error::invalid(
        format!("Invalid availability zone: [{zone}]"),
        "Run describe-availability-zones without names to list the zones of this region.",
    )
}

fn describe_regions(
    _: &mut Call<'_, '_>,
    request: &DescribeRegionsRequest,
) -> Result<DescribeRegionsAnswer, Ec2Error> {
    filters::check_names(
        &request.filters,
        &["endpoint", "opt-in-status", "region-name"],
    )?;
    let unknown: Vec<&str> = request
        .region_names
        .iter()
        .map(String::as_str)
        .filter(|name| enabled_region(name).is_none())
        .collect();
    if !unknown.is_empty() {
        return Err(Ec2Error::invalid(
            format!("Invalid region names: [{}]", unknown.join(", ")),
            "Run describe-regions without names to list the regions.",
        ));
    }
    let endpoint = |facts: &Enabled| format!("ec2.{}.amazonaws.com", facts.name);
    let regions = regions::enabled().filter(|facts| {
        let names = &request.region_names;
        (names.is_empty() || names.iter().any(|name| name == facts.name))
            && filters::passes(None, &request.filters, |name| match name {
                "endpoint" => one(endpoint(facts)),
                "opt-in-status" => one("opt-in-not-required"),
                "region-name" => one(facts.name),
                _ => Vec::new(),
            })
    });
    let shape = |facts: &Enabled| Region {
        opt_in_status: "opt-in-not-required",
        region_name: facts.name,
        endpoint: endpoint(facts),
    };
    Ok(DescribeRegionsAnswer {
        regions: regions.map(shape).collect(),
    })
}
