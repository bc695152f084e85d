//! Tags of new resources, and `CreateTags`, `DeleteTags`, `DescribeTags`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::Ec2Error;
use super::filters::{self, Filter, Paging};
use super::service::{Call, Row, operation};
use super::{Region, limits};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("CreateTags", &create_tags),
    operation!("DeleteTags", &delete_tags),
    operation!("DescribeTags", &describe_tags),
];

/// A tag in requests and answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Tags for a resource that the request creates.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagSpecification {
    /// The kind of resource, such as `vpc`.
    pub resource_type: Option<String>,
    /// The tags.
    pub tags: Vec<Tag>,
}

/// Checks the tags of a request before it creates a resource of the kind `resource_type`.
///
/// # Errors
/// The tags are for another kind, a key is invalid, or there are too many.
pub(super) fn check_specifications(
    specifications: &[TagSpecification],
    resource_type: &str,
) -> Result<BTreeMap<String, String>, Ec2Error> {
    let mut tags = BTreeMap::new();
    for specification in specifications {
        match specification.resource_type.as_deref() {
            Some(given) if given == resource_type => {}
            Some(given) => {
                return Err(Ec2Error::invalid(
                    format!("'{given}' is not a valid taggable resource type for this operation."),
                    "Specify the type of the resource that the request creates.",
                ));
            }
            None => {
                return Err(Ec2Error::invalid(
                    "Tag specification resource type must have a value",
                    "Write ResourceType=… in the tag specification.",
                ));
            }
        }
        if specification.tags.is_empty() {
            return Err(Ec2Error::invalid(
                "Tag specification must have at least one tag",
                "Write Tags=[{Key=…,Value=…}] in the tag specification.",
            ));
        }
        merge(&mut tags, &specification.tags)?;
    }
    Ok(tags)
}

/// Sets checked tags on a new resource.
pub(super) fn put(region: &mut Region, id: &str, tags: BTreeMap<String, String>) {
    if !tags.is_empty() {
        region.tags.insert(id.to_owned(), tags);
    }
}

/// The tags of a resource in the form of answers.
#[must_use]
pub(super) fn list(region: &Region, id: &str) -> Vec<Tag> {
    let own = filters::tags(region, id).into_iter().flatten();
    own.map(|(key, value)| Tag {
        key: key.clone(),
        value: value.clone(),
    })
    .collect()
}

fn merge(tags: &mut BTreeMap<String, String>, more: &[Tag]) -> Result<(), Ec2Error> {
    for tag in more {
        let characters = tag.key.chars().count();
        let reserved = tag
            .key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if !(1..=limits::TAG_KEY_CHARACTERS).contains(&characters) || reserved {
            return Err(Ec2Error::TagKey(tag.key.clone()));
        }
        if tag.value.chars().count() > limits::TAG_VALUE_CHARACTERS {
            // Guess: worded like the message for the key.
            let why = "Tag values must be between 0 and 256 characters";
            return Err(Ec2Error::value(format!(" {} ", tag.value), "value", why));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    if tags.len() > limits::TAGS_PER_RESOURCE {
        return Err(Ec2Error::TooManyTags);
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreateTags {
    resources: Vec<String>,
    tags: Vec<Tag>,
}

fn create_tags(call: &mut Call<'_, '_>, request: &CreateTags) -> Result<(), Ec2Error> {
    let mut changed = Vec::new();
    for id in &request.resources {
        check_resource(call.region, id)?;
        let mut tags = filters::tags(call.region, id).cloned().unwrap_or_default();
        merge(&mut tags, &request.tags)?;
        changed.push((id.clone(), tags));
    }
    call.region.tags.extend(changed);
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeleteTags {
    resources: Vec<String>,
    tags: Option<Vec<TagToDelete>>,
}

/// A tag to delete: without a value, the tag is deleted regardless of its value.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagToDelete {
    key: String,
    value: Option<String>,
}

fn delete_tags(call: &mut Call<'_, '_>, request: &DeleteTags) -> Result<(), Ec2Error> {
    for id in &request.resources {
        check_resource(call.region, id)?;
    }
    for id in &request.resources {
        let Some(tags) = call.region.tags.get_mut(id) else {
            continue;
        };
        tags.retain(|key, value| match &request.tags {
            None => false,
            Some(gone) => !gone
                .iter()
                .any(|g| g.key == *key && g.value.as_ref().is_none_or(|own| own == value)),
        });
        if tags.is_empty() {
            call.region.tags.remove(id);
        }
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeTags {
    filters: Vec<Filter>,
    #[serde(flatten)]
    paging: Paging,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagDescription {
    key: String,
    resource_id: String,
    resource_type: &'static str,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedTags {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    tags: Vec<TagDescription>,
}

fn describe_tags(
    call: &mut Call<'_, '_>,
    request: &DescribeTags,
) -> Result<DescribedTags, Ec2Error> {
    let names = ["key", "resource-id", "resource-type", "value"];
    filters::check_names(&request.filters, &names)?;
    let mut found = Vec::new();
    for (id, tags) in &call.region.tags {
        for (key, value) in tags {
            let tag = TagDescription {
                key: key.clone(),
                resource_id: id.clone(),
                resource_type: resource_type(id).unwrap_or_default(),
                value: value.clone(),
            };
            let single = BTreeMap::from([(key.clone(), value.clone())]);
            let passes = filters::passes(Some(&single), &request.filters, |name| match name {
                "key" => filters::one(&tag.key),
                "resource-id" => filters::one(&tag.resource_id),
                "resource-type" => filters::one(tag.resource_type),
                "value" => filters::one(&tag.value),
                _ => Vec::new(),
            });
            if passes {
                found.push(tag);
            }
        }
    }
    let key = |tag: &TagDescription| format!("{} {}", tag.resource_id, tag.key);
    let (tags, next_token) = filters::page(found, &request.paging, false, key)?;
    Ok(DescribedTags { next_token, tags })
}

/// The kind of resource of an id, as tags name it.
#[must_use]
pub(super) fn resource_type(id: &str) -> Option<&'static str> {
    let prefix = id.rsplit_once('-').map_or(id, |(prefix, _)| prefix);
    Some(match prefix {
        "vpc" => "vpc",
        "subnet" => "subnet",
        "igw" => "internet-gateway",
        "rtb" => "route-table",
        "acl" => "network-acl",
        "sg" => "security-group",
        "sgr" => "security-group-rule",
        "eni" => "network-interface",
        "pl" => "prefix-list",
        "nip" => "network-insights-path",
        "nia" => "network-insights-analysis",
        "dopt" => "dhcp-options",
        "i" => "instance",
        "vol" => "volume",
        "ami" => "image",
        "key" => "key-pair",
        "eipalloc" => "elastic-ip",
        _ => return None,
    })
}

/// Checks that a resource exists and can be tagged.
fn check_resource(region: &Region, id: &str) -> Result<(), Ec2Error> {
    let network = &region.network;
    let exists = match resource_type(id) {
        Some("vpc") => network.vpcs.contains_key(id),
        Some("subnet") => network.subnets.contains_key(id),
        Some("internet-gateway") => network.internet_gateways.contains_key(id),
        Some("route-table") => network.route_tables.contains_key(id),
        Some("network-acl") => network.network_acls.contains_key(id),
        Some("security-group") => network.security_groups.contains_key(id),
        Some("security-group-rule") => network
            .security_groups
            .values()
            .any(|group| group.rules.contains_key(id)),
        Some("network-interface") => network.interfaces.contains_key(id),
        Some("prefix-list") => network.prefix_lists.contains_key(id),
        Some("network-insights-path") => region.insights.paths.contains_key(id),
        Some("network-insights-analysis") => region.insights.analyses.contains_key(id),
        Some("dhcp-options") => network.dhcp_options_id == id,
        Some(_) => region.compute.has_resource(id),
        None => false,
    };
    if exists { Ok(()) } else { Err(missing(id)) }
}

/// The refusal of a tag on a missing resource: the one for its kind if EC2 has one.
fn missing(id: &str) -> Ec2Error {
    use hsmlab_net::Kind;
    let kind = match resource_type(id) {
        Some("vpc") => Kind::Vpc,
        Some("subnet") => Kind::Subnet,
        Some("internet-gateway") => Kind::InternetGateway,
        Some("route-table") => Kind::RouteTable,
        Some("network-acl") => Kind::NetworkAcl,
        Some("security-group") => Kind::SecurityGroup,
        Some("security-group-rule") => Kind::SecurityGroupRule,
        Some("network-interface") => Kind::Interface,
        Some("prefix-list") => Kind::PrefixList,
        _ => return Ec2Error::TagResource(id.to_owned()),
    };
    hsmlab_net::NetError::not_found(kind, id).into()
}
