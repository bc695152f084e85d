//! The associations of instances with instance profiles of IAM.

use serde::Deserialize;
use serde_json::{Value, json};

use super::compute::ProfileAssociation;
use super::compute::lifecycle::InstanceState;
use super::compute_error as refuse;
use super::error::Ec2Error;
use super::filters::{self, Filter, Paging, one};
use super::instances::{check_ids, timestamp};
use super::service::{Call, Row, operation};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("AssociateIamInstanceProfile", &associate),
    operation!("DisassociateIamInstanceProfile", &disassociate),
    operation!("DescribeIamInstanceProfileAssociations", &describe),
];

/// An instance profile as requests name it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ProfileSpecification {
    pub(super) arn: Option<String>,
    pub(super) name: Option<String>,
}

/// The ARN and unique id of the profile in a request; the profile must hold a role.
pub(super) fn find(
    call: &Call<'_, '_>,
    given: &ProfileSpecification,
) -> Result<(String, String), Ec2Error> {
    let (value, by_arn) = match (&given.arn, &given.name) {
        (Some(arn), _) => (arn, true),
        (None, Some(name)) => (name, false),
        (None, None) => return Err(Ec2Error::Missing("IamInstanceProfile")),
    };
    let found = call.iam.find_instance_profile(value);
    let (arn, id) = found.ok_or_else(|| refuse::profile_unknown(value, by_arn))?;
    if call.iam.instance_profile_role(&arn).is_none() {
        return Err(refuse::profile_empty(value, &arn));
    }
    Ok((arn, id))
}

/// Associates a profile with a new instance.
pub(super) fn associate_new(call: &mut Call<'_, '_>, instance_id: &str, arn: &str, id: &str) {
    let association = ProfileAssociation {
        id: call.env.ids.ec2("iip-assoc"),
        instance_id: instance_id.to_owned(),
        profile_arn: arn.to_owned(),
        profile_id: id.to_owned(),
        since: call.now(),
    };
    let compute = &mut call.region.compute;
    if let Some(instance) = compute.instance_mut(instance_id) {
        instance.iam_instance_profile = Some(arn.to_owned());
    }
    compute
        .profile_associations
        .insert(association.id.clone(), association);
}

fn shape(association: &ProfileAssociation, state: &str) -> Value {
    json!({
        "AssociationId": association.id,
        "InstanceId": association.instance_id,
        "IamInstanceProfile": { "Arn": association.profile_arn, "Id": association.profile_id },
        "State": state,
        "Timestamp": timestamp(association.since),
    })
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AssociateRequest {
    iam_instance_profile: ProfileSpecification,
    instance_id: String,
}

fn associate(call: &mut Call<'_, '_>, request: &AssociateRequest) -> Result<Value, Ec2Error> {
    check_ids(
        &call.region.compute,
        std::slice::from_ref(&request.instance_id),
    )?;
    let (arn, id) = find(call, &request.iam_instance_profile)?;
    let compute = &call.region.compute;
    if compute
        .profile_associations
        .values()
        .any(|each| each.instance_id == request.instance_id)
    {
        return Err(refuse::profile_associated(&request.instance_id));
    }
    let state = compute
        .instance(&request.instance_id)
        .map(|each| each.state);
    if !matches!(state, Some(InstanceState::Running | InstanceState::Stopped)) {
        return Err(refuse::state(
            &request.instance_id,
            "associated with an instance profile",
        ));
    }
    associate_new(call, &request.instance_id, &arn, &id);
    let mut all = call.region.compute.profile_associations.values();
    let made = all.find(|each| each.instance_id == request.instance_id);
    let shown = made.map(|made| shape(made, "associating"));
    Ok(json!({ "IamInstanceProfileAssociation": shown }))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DisassociateRequest {
    association_id: String,
}

fn disassociate(call: &mut Call<'_, '_>, request: &DisassociateRequest) -> Result<Value, Ec2Error> {
    let compute = &mut call.region.compute;
    let gone = compute.profile_associations.remove(&request.association_id);
    let gone = gone.ok_or_else(|| refuse::association_unknown(&request.association_id))?;
    if let Some(instance) = compute.instance_mut(&gone.instance_id) {
        instance.iam_instance_profile = None;
    }
    Ok(json!({ "IamInstanceProfileAssociation": shape(&gone, "disassociating") }))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeRequest {
    association_ids: Vec<String>,
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

fn describe(call: &mut Call<'_, '_>, request: &DescribeRequest) -> Result<Value, Ec2Error> {
    filters::check_names(&request.filters, &["instance-id", "state"])?;
    let all = &call.region.compute.profile_associations;
    for id in &request.association_ids {
        if !all.contains_key(id) {
            return Err(refuse::association_unknown(id));
        }
    }
    let shown = all.values().filter(|each| {
        (request.association_ids.is_empty() || request.association_ids.contains(&each.id))
            && filters::passes(None, &request.filters, |name| match name {
                "instance-id" => one(&each.instance_id),
                _ => one("associated"),
            })
    });
    let list: Vec<Value> = shown.map(|each| shape(each, "associated")).collect();
    let key = |each: &Value| {
        each["AssociationId"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let given = !request.association_ids.is_empty();
    let (page, token) = filters::page(list, &request.paging, given, key)?;
    let mut answer = json!({ "IamInstanceProfileAssociations": page });
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    Ok(answer)
}
