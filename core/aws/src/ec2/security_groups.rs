//! Security groups; their rules are in [`rules`].

mod permissions;
mod rules;

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::service::{Call, Row, arn, operation};
use super::shapes::groups::{
    CreateSecurityGroupAnswer, CreateSecurityGroupRequest, DeleteSecurityGroupAnswer,
    DeleteSecurityGroupRequest, DescribeSecurityGroupsAnswer, DescribeSecurityGroupsRequest,
    IpPermission, SecurityGroup,
};
use super::{Region, limits, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Direction, Kind, NetError, Network};

/// The operations of this file and of [`rules`].
pub(super) const OPERATIONS: &[Row] = &[
    operation!(
        "AuthorizeSecurityGroupEgress",
        &rules::authorize,
        Direction::Egress
    ),
    operation!(
        "AuthorizeSecurityGroupIngress",
        &rules::authorize,
        Direction::Ingress
    ),
    operation!("CreateSecurityGroup", create_security_group),
    operation!("DeleteSecurityGroup", &delete_security_group),
    operation!("DescribeSecurityGroupRules", &rules::describe),
    operation!("DescribeSecurityGroups", &describe_security_groups),
    operation!("ModifySecurityGroupRules", &rules::modify),
    operation!(
        "RevokeSecurityGroupEgress",
        &rules::revoke,
        Direction::Egress
    ),
    operation!(
        "RevokeSecurityGroupIngress",
        &rules::revoke,
        Direction::Ingress
    ),
    operation!(
        "UpdateSecurityGroupRuleDescriptionsEgress",
        &rules::update_descriptions,
        Direction::Egress
    ),
    operation!(
        "UpdateSecurityGroupRuleDescriptionsIngress",
        &rules::update_descriptions,
        Direction::Ingress
    ),
];

fn create_security_group(
    call: &mut Call<'_, '_>,
    request: CreateSecurityGroupRequest,
) -> Result<CreateSecurityGroupAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "security-group")?;
    let name = request.group_name.trim();
    check_text(name, "GroupName", "GroupName")?;
    check_text(&request.description, "GroupDescription", "GroupDescription")?;
    if name.starts_with("sg-") {
        let why = "Group names may not be in the format sg-*.";
        return Err(Ec2Error::value(name, "GroupName", why));
    }
    if name.eq_ignore_ascii_case("default") {
        return Err(Ec2Error::Compute {
            code: "InvalidGroup.Reserved",
            message: "The security group 'default' is reserved".into(),
            remedy: "Every VPC already has a default group. Choose another name.",
        });
    }
    let vpc = match request.vpc_id {
        Some(id) => {
            filters::check_form(Kind::Vpc, &id)?;
            id
        }
        None => call
            .network()
            .default_vpc()
            .ok_or(Ec2Error::DefaultVpcMissing)?
            .id
            .clone(),
    };
    let (network, ids) = call.network_and_ids();
    let id = network.create_security_group(ids, &vpc, name, &request.description)?;
    tags::put(call.region, &id, tags);
    Ok(CreateSecurityGroupAnswer {
        tags: tags::list(call.region, &id),
        security_group_arn: call.arn("security-group", &id),
        group_id: id,
    })
}

/// Checks a name or description: up to 255 characters of a set (`CreateSecurityGroup`).
fn check_text(text: &str, parameter: &'static str, noun: &str) -> Result<(), Ec2Error> {
    if text.is_empty() {
        return Err(Ec2Error::Missing(parameter));
    }
    if text.chars().count() > limits::GROUP_NAME_CHARACTERS {
        // Guess: the words for a text that is too long.
        let why = format!("{noun} may not be longer than 255 characters.");
        return Err(Ec2Error::value(text, parameter, why));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if !text.chars().all(allowed) {
        let why = "Character sets beyond ASCII are not supported.";
        return Err(Ec2Error::value(text, parameter, why));
    }
    Ok(())
}

fn delete_security_group(
    call: &mut Call<'_, '_>,
    request: &DeleteSecurityGroupRequest,
) -> Result<DeleteSecurityGroupAnswer, Ec2Error> {
    let id = group_of(
        call.network(),
        request.group_id.as_ref(),
        request.group_name.as_ref(),
    )?;
    let rules = call
        .network()
        .security_group(&id)
        .map(|group| group.rules.keys());
    let gone: Vec<String> = rules.into_iter().flatten().chain([&id]).cloned().collect();
    call.region.network.delete_security_group(&id)?;
    call.region.tags.retain(|id, _| !gone.contains(id));
    Ok(DeleteSecurityGroupAnswer {
        r#return: true,
        group_id: id,
    })
}

/// The group that a request names by id, or by name in the default VPC.
fn group_of(
    network: &Network,
    id: Option<&String>,
    name: Option<&String>,
) -> Result<String, Ec2Error> {
    if let Some(id) = id {
        filters::check_form(Kind::SecurityGroup, id)?;
        let unknown = || NetError::not_found(Kind::SecurityGroup, id);
        return Ok(network.security_group(id).ok_or_else(unknown)?.id.clone());
    }
    let Some(name) = name else {
        return Err(Ec2Error::Missing("groupId"));
    };
    Ok(named_group(network, name)?.id.clone())
}

/// The group with this name in the default VPC.
fn named_group<'n>(
    network: &'n Network,
    name: &str,
) -> Result<&'n hsmlab_net::SecurityGroup, Ec2Error> {
    let vpc = network.default_vpc().map(|vpc| vpc.id.as_str());
    let mut groups = network.security_groups.values();
    let group = groups.find(|group| Some(group.vpc_id.as_str()) == vpc && group.name == name);
    Ok(group.ok_or_else(|| NetError::not_found(Kind::SecurityGroup, name))?)
}

fn describe_security_groups(
    call: &mut Call<'_, '_>,
    request: &DescribeSecurityGroupsRequest,
) -> Result<DescribeSecurityGroupsAnswer, Ec2Error> {
    const FILTERS: [&str; 5] = [
        "description",
        "group-id",
        "group-name",
        "owner-id",
        "vpc-id",
    ];
    const RULE_FILTERS: [&str; 9] = [
        "cidr",
        "from-port",
        "group-id",
        "group-name",
        "ipv6-cidr",
        "prefix-list-id",
        "protocol",
        "to-port",
        "user-id",
    ];
    let (ids, selection) = (&request.group_ids, &request.selection);
    let mut names: Vec<String> = FILTERS.map(str::to_owned).to_vec();
    for name in RULE_FILTERS {
        names.push(format!("ip-permission.{name}"));
        names.push(format!("egress.ip-permission.{name}"));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    filters::check_names(&selection.filters, &names)?;
    let network = &call.region.network;
    filters::check_ids(Kind::SecurityGroup, ids, |id| {
        network.security_group(id).is_some()
    })?;
    let mut wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
    for name in &request.group_names {
        wanted.push(&named_group(network, name)?.id);
    }
    let groups = network.security_groups.values();
    let found: Vec<&hsmlab_net::SecurityGroup> = groups
        .filter(|group| wanted.is_empty() || wanted.contains(&group.id.as_str()))
        .filter(|group| {
            let own = filters::tags(call.region, &group.id);
            filters::passes(own, &selection.filters, |name| {
                attribute(network, group, name)
            })
        })
        .collect();
    let key = |group: &&hsmlab_net::SecurityGroup| group.id.clone();
    let (found, next_token) = filters::page(found, &selection.paging, !wanted.is_empty(), key)?;
    let security_groups = found
        .into_iter()
        .map(|group| shape(call.region, group))
        .collect();
    Ok(DescribeSecurityGroupsAnswer {
        next_token,
        security_groups,
    })
}

fn attribute(
    network: &Network,
    group: &hsmlab_net::SecurityGroup,
    name: &str,
) -> filters::Attribute {
    match name {
        "description" => one(&group.description),
        "group-id" => one(&group.id),
        "group-name" => one(&group.name),
        "owner-id" => one(ACCOUNT_ID),
        "vpc-id" => one(&group.vpc_id),
        _ => {
            let egress = name.strip_prefix("egress.ip-permission.");
            let ingress = name.strip_prefix("ip-permission.");
            let (direction, what) = match (egress, ingress) {
                (Some(what), _) => (Direction::Egress, what),
                (None, Some(what)) => (Direction::Ingress, what),
                (None, None) => return Vec::new(),
            };
            let rules = group.rules(direction);
            rules
                .into_iter()
                .flat_map(|rule| rule_attribute(network, &rule.spec, what))
                .collect()
        }
    }
}

fn rule_attribute(
    network: &Network,
    spec: &hsmlab_net::RuleSpec,
    what: &str,
) -> filters::Attribute {
    use hsmlab_net::Peer;
    match (what, &spec.peer) {
        ("cidr", Peer::Ipv4(block)) => one(block),
        ("ipv6-cidr", Peer::Ipv6(block)) => one(block),
        ("group-id", Peer::Group(id)) => one(id),
        ("group-name", Peer::Group(id)) => {
            many(network.security_group(id).map(|group| &group.name))
        }
        ("user-id", Peer::Group(_)) => one(ACCOUNT_ID),
        ("prefix-list-id", Peer::PrefixList(id)) => one(id),
        ("from-port", _) => many(spec.ports.map(|ports| ports.from)),
        ("to-port", _) => many(spec.ports.map(|ports| ports.to)),
        ("protocol", _) => one(spec.protocol),
        _ => Vec::new(),
    }
}

fn shape(region: &Region, group: &hsmlab_net::SecurityGroup) -> SecurityGroup {
    let permissions = |direction| -> Vec<IpPermission> {
        let rules = group.rules(direction);
        permissions::join(rules.into_iter().map(|rule| &rule.spec))
    };
    SecurityGroup {
        group_id: group.id.clone(),
        ip_permissions_egress: permissions(Direction::Egress),
        tags: tags::list(region, &group.id),
        vpc_id: group.vpc_id.clone(),
        security_group_arn: arn(&region.network.region, "security-group", &group.id),
        owner_id: ACCOUNT_ID,
        group_name: group.name.clone(),
        description: group.description.clone(),
        ip_permissions: permissions(Direction::Ingress),
    }
}
