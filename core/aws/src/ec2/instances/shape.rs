//! Instances in the form of answers.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::{tag_list, timestamp};
use crate::ec2::Region;
use crate::ec2::compute::lifecycle::InstanceState;
use crate::ec2::compute::{Instance, images, types};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Interface, Network};

/// Removes the members that are null.
fn compact(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, member)| !member.is_null());
            Value::Object(kept.collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// A reservation: the instances of one launch request.
pub(in crate::ec2) fn reservation(id: &str, instances: &[Value]) -> Value {
    json!({
        "ReservationId": id,
        "OwnerId": ACCOUNT_ID,
        "Groups": [],
        "Instances": instances,
    })
}

/// The DNS name of an address in the VPC.
pub(in crate::ec2) fn private_name(region: &str, address: Ipv4Addr) -> String {
    let dashes = address.to_string().replace('.', "-");
    // VPC user guide, "DNS attributes": us-east-1 keeps its old domain.
    if region == "us-east-1" {
        format!("ip-{dashes}.ec2.internal")
    } else {
        format!("ip-{dashes}.{region}.compute.internal")
    }
}

/// The DNS name of a public address; empty if the VPC provides none.
pub(in crate::ec2) fn public_name(network: &Network, vpc_id: &str, address: Ipv4Addr) -> String {
    if !network
        .vpc(vpc_id)
        .is_some_and(|vpc| vpc.dns_hostnames && vpc.dns_support)
    {
        return String::new();
    }
    let dashes = address.to_string().replace('.', "-");
    if network.region == "us-east-1" {
        format!("ec2-{dashes}.compute-1.amazonaws.com")
    } else {
        format!("ec2-{dashes}.{}.compute.amazonaws.com", network.region)
    }
}

fn groups(network: &Network, interface: &Interface) -> Vec<Value> {
    let group = |id: &String| {
        let name = network.security_group(id).map(|group| group.name.clone());
        json!({ "GroupId": id, "GroupName": name.unwrap_or_default() })
    };
    interface.groups.iter().map(group).collect()
}

/// The groups of an instance's primary interface.
pub(in crate::ec2) fn groups_of(region: &Region, instance: &Instance) -> Vec<Value> {
    let primary = region.network.interface(&instance.interface_id);
    primary
        .map(|each| groups(&region.network, each))
        .unwrap_or_default()
}

fn association(network: &Network, interface: &Interface) -> Option<Value> {
    let public = interface.public_ip.as_ref()?;
    let owner = if public.allocation_id.is_some() {
        ACCOUNT_ID
    } else {
        "amazon"
    };
    Some(json!({
        "IpOwnerId": owner,
        "PublicDnsName": public_name(network, &interface.vpc_id, public.address),
        "PublicIp": public.address,
    }))
}

fn interface(network: &Network, interface: &Interface) -> Value {
    let association = association(network, interface);
    let addresses: Vec<Value> = interface
        .private_ips()
        .enumerate()
        .map(|(index, address)| {
            compact(json!({
                "Association": association.clone().filter(|_| index == 0),
                "Primary": index == 0,
                "PrivateDnsName": private_name(&network.region, address),
                "PrivateIpAddress": address,
            }))
        })
        .collect();
    let attachment = interface.attachment.as_ref().map(|each| {
        json!({
            "AttachTime": timestamp(each.attached),
            "AttachmentId": each.id,
            "DeleteOnTermination": each.delete_on_termination,
            "DeviceIndex": each.device_index,
            "Status": "attached",
            "NetworkCardIndex": 0,
        })
    });
    let ipv6: Vec<Value> = interface
        .ipv6
        .iter()
        .map(|each| json!({ "Ipv6Address": each }))
        .collect();
    compact(json!({
        "Association": association,
        "Attachment": attachment,
        "Description": interface.description,
        "Groups": groups(network, interface),
        "Ipv6Addresses": ipv6,
        "MacAddress": interface.mac,
        "NetworkInterfaceId": interface.id,
        "OwnerId": ACCOUNT_ID,
        "PrivateDnsName": private_name(&network.region, interface.private_ip),
        "PrivateIpAddress": interface.private_ip,
        "PrivateIpAddresses": addresses,
        "SourceDestCheck": interface.source_dest_check,
        "Status": "in-use",
        "SubnetId": interface.subnet_id,
        "VpcId": interface.vpc_id,
        "InterfaceType": "interface",
    }))
}

fn volumes(instance: &Instance) -> Vec<Value> {
    let volume = |each: &crate::ec2::compute::Volume| {
        json!({
            "DeviceName": each.device_name,
            "Ebs": {
                "AttachTime": timestamp(each.attached),
                "DeleteOnTermination": each.delete_on_termination,
                "Status": "attached",
                "VolumeId": each.id,
            },
        })
    };
    instance.volumes.iter().map(volume).collect()
}

/// The volumes of an instance in the form of the attribute.
pub(in crate::ec2) fn volumes_of(instance: &Instance) -> Vec<Value> {
    volumes(instance)
}

/// The members that depend on the primary interface; empty once the instance is terminated.
fn place(region: &Region, instance: &Instance) -> Value {
    let network = &region.network;
    let Some(primary) = network.interface(&instance.interface_id) else {
        return json!({ "PrivateDnsName": "", "PublicDnsName": "" });
    };
    let public = primary.public_ip.as_ref().map(|public| public.address);
    compact(json!({
        "PrivateDnsName": private_name(&network.region, primary.private_ip),
        "PrivateIpAddress": primary.private_ip,
        "PublicDnsName":
            public.map_or(String::new(), |address| public_name(network, &primary.vpc_id, address)),
        "PublicIpAddress": public,
        "SubnetId": primary.subnet_id,
        "VpcId": primary.vpc_id,
        "SourceDestCheck": primary.source_dest_check,
        "Ipv6Address": primary.ipv6.first(),
    }))
}

/// An instance.
pub(in crate::ec2) fn instance(region: &Region, instance: &Instance) -> Value {
    let network = &region.network;
    let kind = types::find(instance.instance_type);
    let options = &instance.options;
    let image = images::find(&network.region, &instance.image_id);
    let interfaces: Vec<Value> = network
        .interfaces_of(&instance.id)
        .iter()
        .map(|each| interface(network, each))
        .collect();
    let profile = region
        .compute
        .profile_associations
        .values()
        .find(|each| each.instance_id == instance.id)
        .map(|each| json!({ "Arn": each.profile_arn, "Id": each.profile_id }));
    let reason = instance
        .state_reason
        .map(|(code, message)| json!({ "Code": code, "Message": message }));
    let tags = tag_list(region, &instance.id);
    let monitoring = if options.monitoring {
        "enabled"
    } else {
        "disabled"
    };
    let alive = instance.state != InstanceState::Terminated;
    let threads = kind.map_or(1, |kind| kind.threads_per_core);
    let mut shown = compact(json!({
        "Architecture": kind.map(|kind| kind.architecture),
        "BlockDeviceMappings": volumes(instance),
        "ClientToken": instance.client_token,
        "EbsOptimized": options.ebs_optimized,
        "EnaSupport": true,
        "Hypervisor": "xen",
        "IamInstanceProfile": profile,
        "NetworkInterfaces": interfaces,
        "RootDeviceName": image.map(|image| image.root_device),
        "RootDeviceType": "ebs",
        "SecurityGroups": groups_of(region, instance),
        "StateReason": reason,
        "Tags": (!tags.is_empty()).then(|| serde_json::to_value(&tags).unwrap_or_default()),
        "VirtualizationType": "hvm",
        "CpuOptions": kind.map(|kind| json!({
            "CoreCount": kind.vcpus / threads.max(1),
            "ThreadsPerCore": threads,
        })),
        "CapacityReservationSpecification": { "CapacityReservationPreference": "open" },
        "HibernationOptions": { "Configured": false },
        "MetadataOptions": {
            "State": if instance.state == InstanceState::Pending { "pending" } else { "applied" },
            "HttpTokens": options.metadata.http_tokens,
            "HttpPutResponseHopLimit": options.metadata.hop_limit,
            "HttpEndpoint": options.metadata.http_endpoint,
            "HttpProtocolIpv6": options.metadata.http_protocol_ipv6,
            "InstanceMetadataTags": options.metadata.instance_metadata_tags,
        },
        "EnclaveOptions": { "Enabled": false },
        "BootMode": "uefi-preferred",
        "PlatformDetails": instance.platform.details(),
        "UsageOperation": instance.platform.usage_operation(),
        "UsageOperationUpdateTime": timestamp(instance.launched),
        "PrivateDnsNameOptions": alive.then(|| json!({
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": false,
            "EnableResourceNameDnsAAAARecord": false,
        })),
        "MaintenanceOptions": { "AutoRecovery": "default", "RebootMigration": "default" },
        "InstanceId": instance.id,
        "ImageId": instance.image_id,
        "State": { "Code": instance.state.code(), "Name": instance.state.name() },
        "StateTransitionReason": instance.transition_reason,
        "KeyName": instance.key_name,
        "AmiLaunchIndex": instance.launch_index,
        "ProductCodes": [],
        "InstanceType": instance.instance_type,
        "LaunchTime": timestamp(instance.launched),
        "Placement": {
            "AvailabilityZoneId": zone_id(network, &instance.zone),
            "GroupName": "",
            "Tenancy": options.tenancy,
            "AvailabilityZone": instance.zone,
        },
        "Platform": instance.platform.is_windows().then_some("windows"),
        "Monitoring": { "State": monitoring },
    }));
    if let (Some(shown), Value::Object(place)) = (shown.as_object_mut(), place(region, instance)) {
        shown.extend(place);
    }
    shown
}

fn zone_id(network: &Network, zone: &str) -> Option<String> {
    network
        .zones
        .iter()
        .find(|each| each.name == zone)
        .map(|each| each.id.clone())
}

/// An instance's status checks.
pub(in crate::ec2) fn status(
    region: &Region,
    instance: &Instance,
    status: &str,
    reachability: Option<&str>,
) -> Value {
    let details = reachability.map(|each| json!([{ "Name": "reachability", "Status": each }]));
    let summary = compact(json!({ "Details": details, "Status": status }));
    compact(json!({
        "AvailabilityZone": instance.zone,
        "AvailabilityZoneId": zone_id(&region.network, &instance.zone),
        "InstanceId": instance.id,
        "InstanceState": { "Code": instance.state.code(), "Name": instance.state.name() },
        "InstanceStatus": summary,
        "SystemStatus": summary,
        "AttachedEbsStatus": summary,
    }))
}
