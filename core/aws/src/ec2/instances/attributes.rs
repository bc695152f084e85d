//! `DescribeInstanceAttribute` and `ModifyInstanceAttribute`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{check_ids, shape};
use crate::ec2::compute::lifecycle::InstanceState;
use crate::ec2::compute::{images, types};
use crate::ec2::compute_error as refuse;
use crate::ec2::error::Ec2Error;
use crate::ec2::filters;
use crate::ec2::service::{Call, Row, operation};
use hsmlab_net::Kind;

/// The operations of this file.
pub(in crate::ec2) const OPERATIONS: &[Row] = &[
    operation!("DescribeInstanceAttribute", &describe),
    operation!("ModifyInstanceAttribute", modify),
];

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeRequest {
    instance_id: String,
    attribute: String,
}

fn describe(call: &mut Call<'_, '_>, request: &DescribeRequest) -> Result<Value, Ec2Error> {
    let region = &*call.region;
    check_ids(&region.compute, std::slice::from_ref(&request.instance_id))?;
    let unknown = || refuse::instances_unknown(vec![request.instance_id.clone()]);
    let instance = region
        .compute
        .instance(&request.instance_id)
        .ok_or_else(unknown)?;
    let options = &instance.options;
    let primary = region.network.interface(&instance.interface_id);
    let (member, value) = match request.attribute.as_str() {
        "instanceType" => ("InstanceType", json!({ "Value": instance.instance_type })),
        "kernel" => ("KernelId", json!({})),
        "ramdisk" => ("RamdiskId", json!({})),
        "userData" => {
            let data = options.user_data.as_ref();
            (
                "UserData",
                data.map_or(json!({}), |data| json!({ "Value": data })),
            )
        }
        "disableApiTermination" => (
            "DisableApiTermination",
            json!({ "Value": options.disable_api_termination }),
        ),
        "disableApiStop" => (
            "DisableApiStop",
            json!({ "Value": options.disable_api_stop }),
        ),
        "instanceInitiatedShutdownBehavior" => (
            "InstanceInitiatedShutdownBehavior",
            json!({ "Value": options.shutdown_behavior }),
        ),
        "rootDeviceName" => {
            let image = images::find(&region.network.region, &instance.image_id);
            let device = image.map(|image| image.root_device);
            ("RootDeviceName", json!({ "Value": device }))
        }
        "blockDeviceMapping" => ("BlockDeviceMappings", shape::volumes_of(instance).into()),
        "productCodes" => ("ProductCodes", json!([])),
        "sourceDestCheck" => (
            "SourceDestCheck",
            json!({ "Value": primary.is_some_and(|each| each.source_dest_check) }),
        ),
        "groupSet" => ("Groups", shape::groups_of(region, instance).into()),
        "ebsOptimized" => ("EbsOptimized", json!({ "Value": options.ebs_optimized })),
        "sriovNetSupport" => ("SriovNetSupport", json!({})),
        "enaSupport" => ("EnaSupport", json!({ "Value": true })),
        "enclaveOptions" => ("EnclaveOptions", json!({ "Enabled": false })),
        other => {
            let why = "Unknown attribute.";
            return Err(Ec2Error::value(other, "attribute", why));
        }
    };
    Ok(json!({ "InstanceId": instance.id, member: value }))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ModifyRequest {
    instance_id: String,
    /// The old form: the attribute's name, with its value as text.
    attribute: Option<String>,
    value: Option<String>,
    groups: Vec<String>,
    source_dest_check: Option<Flag>,
    disable_api_termination: Option<Flag>,
    disable_api_stop: Option<Flag>,
    ebs_optimized: Option<Flag>,
    instance_type: Option<Text>,
    instance_initiated_shutdown_behavior: Option<Text>,
    user_data: Option<Text>,
    block_device_mappings: Vec<Mapping>,
}

impl ModifyRequest {
    /// True if the request changes something. An empty list of groups is not a change: EC2's
    /// protocol cannot send it.
    const fn changes_something(&self) -> bool {
        !self.groups.is_empty()
            || self.source_dest_check.is_some()
            || self.disable_api_termination.is_some()
            || self.disable_api_stop.is_some()
            || self.ebs_optimized.is_some()
            || self.instance_type.is_some()
            || self.instance_initiated_shutdown_behavior.is_some()
            || self.user_data.is_some()
            || !self.block_device_mappings.is_empty()
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Flag {
    value: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Text {
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Mapping {
    device_name: String,
    ebs: MappingEbs,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MappingEbs {
    delete_on_termination: Option<bool>,
}

/// Converts the old form (`--attribute instanceType --value t3.small`) to the new one.
fn settle(mut request: ModifyRequest) -> Result<ModifyRequest, Ec2Error> {
    let Some(attribute) = request.attribute.take() else {
        return Ok(request);
    };
    let value = request.value.take().unwrap_or_default();
    let flag = || {
        Some(Flag {
            value: value.eq_ignore_ascii_case("true"),
        })
    };
    let text = || {
        Some(Text {
            value: value.clone(),
        })
    };
    match attribute.as_str() {
        "instanceType" => request.instance_type = text(),
        "userData" => request.user_data = text(),
        "instanceInitiatedShutdownBehavior" => {
            request.instance_initiated_shutdown_behavior = text();
        }
        "disableApiTermination" => request.disable_api_termination = flag(),
        "disableApiStop" => request.disable_api_stop = flag(),
        "sourceDestCheck" => request.source_dest_check = flag(),
        "ebsOptimized" => request.ebs_optimized = flag(),
        "groupSet" | "blockDeviceMapping" => {}
        other => return Err(Ec2Error::value(other, "attribute", "Unknown attribute.")),
    }
    Ok(request)
}

fn modify(call: &mut Call<'_, '_>, request: ModifyRequest) -> Result<(), Ec2Error> {
    check_ids(
        &call.region.compute,
        std::slice::from_ref(&request.instance_id),
    )?;
    let request = settle(request)?;
    check(call, &request)?;
    let region = &mut *call.region;
    let unknown = || refuse::instances_unknown(vec![request.instance_id.clone()]);
    let instance = region
        .compute
        .instance_mut(&request.instance_id)
        .ok_or_else(unknown)?;
    if !request.groups.is_empty() {
        // This is the last step that can be refused and the first that changes something.
        region
            .network
            .set_interface_groups(&instance.interface_id, &request.groups)?;
    }
    if let Some(flag) = request.source_dest_check
        && let Some(primary) = region.network.interfaces.get_mut(&instance.interface_id)
    {
        primary.source_dest_check = flag.value;
    }
    let options = &mut instance.options;
    if let Some(flag) = request.disable_api_termination {
        options.disable_api_termination = flag.value;
    }
    if let Some(flag) = request.disable_api_stop {
        options.disable_api_stop = flag.value;
    }
    if let Some(flag) = request.ebs_optimized {
        options.ebs_optimized = flag.value;
    }
    if let Some(text) = request.instance_initiated_shutdown_behavior {
        options.shutdown_behavior = text.value;
    }
    if let Some(text) = request.user_data {
        options.user_data = (!text.value.is_empty()).then_some(text.value);
    }
    if let Some(kind) = request
        .instance_type
        .and_then(|text| types::find(&text.value))
    {
        instance.instance_type = kind.name;
    }
    for mapping in &request.block_device_mappings {
        let volume = instance
            .volumes
            .iter_mut()
            .find(|each| each.device_name == mapping.device_name);
        if let (Some(volume), Some(flag)) = (volume, mapping.ebs.delete_on_termination) {
            volume.delete_on_termination = flag;
        }
    }
    Ok(())
}

/// Checks everything that can be refused before the first change.
fn check(call: &Call<'_, '_>, request: &ModifyRequest) -> Result<(), Ec2Error> {
    let region = &*call.region;
    let Some(instance) = region.compute.instance(&request.instance_id) else {
        return Err(refuse::instances_unknown(vec![request.instance_id.clone()]));
    };
    let ended = matches!(
        instance.state,
        InstanceState::ShuttingDown | InstanceState::Terminated
    );
    if ended {
        return Err(refuse::state(&instance.id, "modified"));
    }
    for id in &request.groups {
        filters::check_form(Kind::SecurityGroup, id)?;
    }
    if !request.changes_something() {
        return Err(refuse::no_attributes());
    }
    let changes_interface = !request.groups.is_empty() || request.source_dest_check.is_some();
    if changes_interface && region.network.interfaces_of(&instance.id).len() > 1 {
        return Err(refuse::several_interfaces(&instance.id));
    }
    let needs_stop = request.instance_type.is_some()
        || request.user_data.is_some()
        || request.ebs_optimized.is_some();
    if needs_stop && instance.state != InstanceState::Stopped {
        return Err(refuse::not_stopped(&instance.id));
    }
    if let Some(text) = &request.instance_type {
        let kind = types::find(&text.value).ok_or_else(|| refuse::type_unknown(&text.value))?;
        let image = images::find(&region.network.region, &instance.image_id);
        if let Some(image) = image.filter(|image| image.architecture != kind.architecture) {
            return Err(refuse::architecture(kind.architecture, image.architecture));
        }
    }
    if let Some(text) = &request.instance_initiated_shutdown_behavior
        && !matches!(text.value.as_str(), "stop" | "terminate")
    {
        let why = "Valid values are stop and terminate.";
        return Err(Ec2Error::value(
            &text.value,
            "instanceInitiatedShutdownBehavior",
            why,
        ));
    }
    for mapping in &request.block_device_mappings {
        if !instance
            .volumes
            .iter()
            .any(|each| each.device_name == mapping.device_name)
        {
            let why = "The instance has no volume at this device.";
            return Err(Ec2Error::value(&mapping.device_name, "deviceName", why));
        }
    }
    Ok(())
}
