//! The catalog of images and instance types: `DescribeImages` and `DescribeInstanceTypes`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::compute::images::{self, Image};
use super::compute::types::{InstanceType, TYPES};
use super::compute_error as refuse;
use super::error::Ec2Error;
use super::filters::{self, Filter, Paging, many, one};
use super::service::{Call, Row, operation};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("DescribeImages", &describe_images),
    operation!("DescribeInstanceTypes", &describe_types),
];

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImagesRequest {
    image_ids: Vec<String>,
    owners: Vec<String>,
    executable_users: Vec<String>,
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

fn describe_images(call: &mut Call<'_, '_>, request: &ImagesRequest) -> Result<Value, Ec2Error> {
    const FILTERS: [&str; 19] = [
        "architecture",
        "block-device-mapping.volume-type",
        "creation-date",
        "description",
        "ena-support",
        "hypervisor",
        "image-id",
        "image-type",
        "is-public",
        "name",
        "owner-alias",
        "owner-id",
        "platform",
        "platform-details",
        "root-device-name",
        "root-device-type",
        "state",
        "virtualization-type",
        "free-tier-eligible",
    ];
    filters::check_names(&request.filters, &FILTERS)?;
    let region = &call.region.network.region;
    for id in &request.image_ids {
        if !id.starts_with("ami-") {
            return Err(refuse::image_malformed(id));
        }
        if images::find_published(region, id, call.now()).is_none() {
            return Err(refuse::image_unknown(id));
        }
    }
    // All users can launch AWS's images; no image is restricted to one account.
    let public = request.executable_users.is_empty()
        || request.executable_users.iter().any(|user| user == "all");
    let offered: Vec<&Image> = if request.image_ids.is_empty() {
        images::current(call.now()).collect()
    } else {
        let ids: BTreeSet<&String> = request.image_ids.iter().collect();
        let found = |id: &&String| images::find_published(region, id, call.now());
        ids.iter().filter_map(found).collect()
    };
    let shown = offered.into_iter().filter(|image| {
        public
            && owned(image, &request.owners)
            && filters::passes(None, &request.filters, |name| {
                attribute(image, region, name)
            })
    });
    let list: Vec<Value> = shown.map(|image| image_shape(image, region)).collect();
    let key = |each: &Value| each["ImageId"].as_str().unwrap_or_default().to_owned();
    let mut list = list;
    list.sort_by_key(key);
    let given = !request.image_ids.is_empty();
    let (page, token) = filters::page(list, &request.paging, given, key)?;
    let mut answer = json!({ "Images": page });
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    Ok(answer)
}

fn owned(image: &Image, owners: &[String]) -> bool {
    owners.is_empty()
        || owners
            .iter()
            .any(|owner| owner == image.owner_id || image.owner_alias == Some(owner))
}

fn attribute(image: &Image, region: &str, name: &str) -> Vec<String> {
    match name {
        "architecture" => one(image.architecture),
        "block-device-mapping.volume-type" => one("gp3"),
        "creation-date" => one(image.created),
        "description" => one(image.description),
        "ena-support" | "is-public" => one(true),
        "free-tier-eligible" => one(true),
        "hypervisor" => one("xen"),
        "image-id" => one(image.id(region)),
        "image-type" => one("machine"),
        "name" => one(image.name),
        "owner-alias" => many(image.owner_alias),
        "owner-id" => one(image.owner_id),
        "platform" => many(image.platform.is_windows().then_some("windows")),
        "platform-details" => one(image.platform.details()),
        "root-device-name" => one(image.root_device),
        "root-device-type" => one("ebs"),
        "state" => one("available"),
        "virtualization-type" => one("hvm"),
        _ => Vec::new(),
    }
}

fn image_shape(image: &Image, region: &str) -> Value {
    let mut shown = json!({
        "PlatformDetails": image.platform.details(),
        "UsageOperation": image.platform.usage_operation(),
        "BlockDeviceMappings": [{
            "Ebs": {
                "DeleteOnTermination": true,
                "SnapshotId": image.snapshot_id(region),
                "VolumeSize": image.root_gib,
                "VolumeType": "gp3",
                "Encrypted": false,
            },
            "DeviceName": image.root_device,
        }],
        "Description": image.description,
        "EnaSupport": true,
        "Hypervisor": "xen",
        "Name": image.name,
        "RootDeviceName": image.root_device,
        "RootDeviceType": "ebs",
        "SriovNetSupport": "simple",
        "VirtualizationType": "hvm",
        "BootMode": if image.architecture == "arm64" { "uefi" } else { "uefi-preferred" },
        "ImdsSupport": "v2.0",
        "FreeTierEligible": true,
        "ImageId": image.id(region),
        "ImageLocation":
            format!("{}/{}", image.owner_alias.unwrap_or(image.owner_id), image.name),
        "State": "available",
        "OwnerId": image.owner_id,
        "CreationDate": image.created,
        "Public": true,
        "Architecture": image.architecture,
        "ImageType": "machine",
    });
    if let Some(alias) = image.owner_alias {
        shown["ImageOwnerAlias"] = alias.into();
    }
    if image.platform.is_windows() {
        shown["Platform"] = "windows".into();
    }
    if let Some(parameter) = image.parameters.first() {
        shown["PublicSsmParameterName"] = (*parameter).into();
    }
    shown
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TypesRequest {
    instance_types: Vec<String>,
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

fn describe_types(_: &mut Call<'_, '_>, request: &TypesRequest) -> Result<Value, Ec2Error> {
    const FILTERS: [&str; 12] = [
        "bare-metal",
        "burstable-performance-supported",
        "current-generation",
        "free-tier-eligible",
        "hypervisor",
        "instance-type",
        "memory-info.size-in-mib",
        "network-info.maximum-network-interfaces",
        "processor-info.supported-architecture",
        "supported-root-device-type",
        "vcpu-info.default-cores",
        "vcpu-info.default-vcpus",
    ];
    filters::check_names(&request.filters, &FILTERS)?;
    let known = |name: &String| TYPES.iter().any(|each| each.name == name);
    let unknown: Vec<String> = request
        .instance_types
        .iter()
        .filter(|name| !known(name))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(refuse::types_unknown(&unknown));
    }
    let shown = TYPES.iter().filter(|kind| {
        let named = request.instance_types.iter().any(|name| name == kind.name);
        (request.instance_types.is_empty() || named)
            && filters::passes(None, &request.filters, |name| type_attribute(kind, name))
    });
    let list: Vec<Value> = shown.map(type_shape).collect();
    let key = |each: &Value| each["InstanceType"].as_str().unwrap_or_default().to_owned();
    let given = !request.instance_types.is_empty();
    let (page, token) = filters::page(list, &request.paging, given, key)?;
    let mut answer = json!({ "InstanceTypes": page });
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    Ok(answer)
}

fn type_attribute(kind: &InstanceType, name: &str) -> Vec<String> {
    match name {
        "bare-metal" => one(false),
        "burstable-performance-supported" => one(kind.burstable),
        "current-generation" => one(true),
        "free-tier-eligible" => one(kind.free_tier),
        "hypervisor" => one(kind.hypervisor),
        "instance-type" => one(kind.name),
        "memory-info.size-in-mib" => one(kind.memory_mib),
        "network-info.maximum-network-interfaces" => one(kind.interfaces),
        "processor-info.supported-architecture" => one(kind.architecture),
        "supported-root-device-type" => one("ebs"),
        "vcpu-info.default-cores" => one(kind.vcpus / kind.threads_per_core.max(1)),
        "vcpu-info.default-vcpus" => one(kind.vcpus),
        _ => Vec::new(),
    }
}

fn type_shape(kind: &InstanceType) -> Value {
    json!({
        "InstanceType": kind.name,
        "CurrentGeneration": true,
        "FreeTierEligible": kind.free_tier,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "SupportedRootDeviceTypes": ["ebs"],
        "SupportedVirtualizationTypes": ["hvm"],
        "BareMetal": false,
        "Hypervisor": kind.hypervisor,
        "ProcessorInfo": {
            "SupportedArchitectures": [kind.architecture],
            "SustainedClockSpeedInGhz": f64::from(kind.clock_decigigahertz) / 10.0,
            "Manufacturer": kind.manufacturer,
        },
        "VCpuInfo": {
            "DefaultVCpus": kind.vcpus,
            "DefaultCores": kind.vcpus / kind.threads_per_core.max(1),
            "DefaultThreadsPerCore": kind.threads_per_core,
        },
        "MemoryInfo": { "SizeInMiB": kind.memory_mib },
        "InstanceStorageSupported": false,
        "NetworkInfo": {
            "NetworkPerformance": kind.network,
            "MaximumNetworkInterfaces": kind.interfaces,
            "MaximumNetworkCards": 1,
            "DefaultNetworkCardIndex": 0,
            "Ipv4AddressesPerInterface": kind.addresses_per_interface,
            "Ipv6AddressesPerInterface": kind.addresses_per_interface,
            "Ipv6Supported": true,
            "EnaSupport": if kind.hypervisor == "nitro" { "required" } else { "unsupported" },
            "EfaSupported": false,
        },
        "HibernationSupported": kind.architecture == "x86_64",
        "BurstablePerformanceSupported": kind.burstable,
        "DedicatedHostsSupported": !kind.burstable,
        "AutoRecoverySupported": true,
    })
}
