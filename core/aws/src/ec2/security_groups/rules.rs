//! Rules of security groups: authorize, revoke, describe, change.

use super::{group_of, permissions};
use crate::ec2::error::Ec2Error;
use crate::ec2::filters::{self, one};
use crate::ec2::service::{Call, arn};
use crate::ec2::shapes::common::Done;
use crate::ec2::shapes::groups::{
    AuthorizeAnswer, DescribeSecurityGroupRulesAnswer, DescribeSecurityGroupRulesRequest,
    ModifySecurityGroupRulesRequest, PermissionsRequest, ReferencedSecurityGroup, RevokeAnswer,
    RevokedSecurityGroupRule, SecurityGroupRule, SecurityGroupRuleRequest,
    UpdateDescriptionsRequest,
};
use crate::ec2::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Direction, Kind, NetError, Network, Peer, RuleSpec};

pub(super) fn authorize(
    call: &mut Call<'_, '_>,
    request: &PermissionsRequest,
    direction: Direction,
) -> Result<AuthorizeAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "security-group-rule")?;
    let (id, name) = (request.group_id.as_ref(), request.group_name.as_ref());
    let group = group_of(call.network(), id, name)?;
    let permissions = permissions::of_request(request)?;
    let specs = permissions::rules(call.network(), &permissions)?;
    call.network().check_authorize(&group, direction, &specs)?;
    let mut made = Vec::new();
    for spec in specs {
        let (network, ids) = call.network_and_ids();
        let rule = network.authorize(ids, &group, direction, spec)?;
        tags::put(call.region, &rule, tags.clone());
        made.push(rule);
    }
    let rules = call
        .network()
        .security_group(&group)
        .map(|group| &group.rules);
    let shapes = made.iter().filter_map(|id| {
        let rule = rules.and_then(|rules| rules.get(id))?;
        let shape = shape(call.region, &group, rule);
        // Only describe answers always contain the empty list of tags.
        Some(SecurityGroupRule {
            tags: shape.tags.filter(|tags| !tags.is_empty()),
            ..shape
        })
    });
    Ok(AuthorizeAnswer {
        r#return: true,
        security_group_rules: shapes.collect(),
    })
}

pub(super) fn revoke(
    call: &mut Call<'_, '_>,
    request: &PermissionsRequest,
    direction: Direction,
) -> Result<RevokeAnswer, Ec2Error> {
    let network = call.network();
    let group = group_of(
        network,
        request.group_id.as_ref(),
        request.group_name.as_ref(),
    )?;
    let mut unknown: Vec<RuleSpec> = Vec::new();
    let rules: Vec<String> = if request.security_group_rule_ids.is_empty() {
        let permissions = permissions::of_request(request)?;
        let specs = permissions::rules(network, &permissions)?;
        let (known, missing) = match_rules(network, &group, direction, specs);
        unknown = missing;
        // In a non-default VPC an unknown rule is an error; in the default VPC the answer lists it
        // (RevokeSecurityGroupIngress).
        let vpc = network.security_group(&group).map(|group| &group.vpc_id);
        let default = vpc
            .and_then(|id| network.vpc(id))
            .is_some_and(|vpc| vpc.is_default);
        if !unknown.is_empty() && !default {
            return Err(NetError::RuleUnknown.into());
        }
        known
    } else {
        let own = network
            .security_group(&group)
            .map(|group| group.rules(direction));
        let own: Vec<&str> = own.iter().flatten().map(|rule| rule.id.as_str()).collect();
        let ids = &request.security_group_rule_ids;
        filters::check_ids(Kind::SecurityGroupRule, ids, |id| own.contains(&id))?;
        ids.clone()
    };
    let mut revoked = Vec::new();
    for id in rules {
        // If an id is in the request twice, the rule no longer exists the second time.
        let Ok(rule) = call.region.network.revoke(&group, &id) else {
            continue;
        };
        call.region.tags.remove(&id);
        revoked.push(revoked_shape(&group, &rule));
    }
    Ok(RevokeAnswer {
        r#return: true,
        unknown_ip_permissions: permissions::join(unknown.iter()),
        revoked_security_group_rules: revoked,
    })
}

/// The ids of the rules that equal `specs`, and those of `specs` that equal no rule.
fn match_rules(
    network: &Network,
    group: &str,
    direction: Direction,
    specs: Vec<RuleSpec>,
) -> (Vec<String>, Vec<RuleSpec>) {
    let own = network
        .security_group(group)
        .map(|group| group.rules(direction));
    let own = own.unwrap_or_default();
    let mut known = Vec::new();
    let mut missing = Vec::new();
    for spec in specs {
        match own.iter().find(|rule| rule.spec.same_as(&spec)) {
            Some(rule) => known.push(rule.id.clone()),
            None => missing.push(spec),
        }
    }
    (known, missing)
}

pub(super) fn describe(
    call: &mut Call<'_, '_>,
    request: &DescribeSecurityGroupRulesRequest,
) -> Result<DescribeSecurityGroupRulesAnswer, Ec2Error> {
    let (ids, selection) = (&request.security_group_rule_ids, &request.selection);
    filters::check_names(&selection.filters, &["group-id", "security-group-rule-id"])?;
    let groups = &call.region.network.security_groups;
    filters::check_ids(Kind::SecurityGroupRule, ids, |id| {
        groups.values().any(|group| group.rules.contains_key(id))
    })?;
    let all = groups
        .values()
        .flat_map(|group| group.rules.values().map(move |rule| (group, rule)));
    let mut found: Vec<SecurityGroupRule> = all
        .filter(|(_, rule)| ids.is_empty() || ids.contains(&rule.id))
        .filter(|(group, rule)| {
            let own = filters::tags(call.region, &rule.id);
            filters::passes(own, &selection.filters, |name| match name {
                "group-id" => one(&group.id),
                "security-group-rule-id" => one(&rule.id),
                _ => Vec::new(),
            })
        })
        .map(|(group, rule)| shape(call.region, &group.id, rule))
        .collect();
    found.sort_by(|a, b| a.security_group_rule_id.cmp(&b.security_group_rule_id));
    let key = |rule: &SecurityGroupRule| rule.security_group_rule_id.clone();
    let (security_group_rules, next_token) =
        filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    Ok(DescribeSecurityGroupRulesAnswer {
        security_group_rules,
        next_token,
    })
}

pub(super) fn modify(
    call: &mut Call<'_, '_>,
    request: &ModifySecurityGroupRulesRequest,
) -> Result<Done, Ec2Error> {
    let group = group_of(call.network(), Some(&request.group_id), None)?;
    if request.security_group_rules.is_empty() {
        return Err(Ec2Error::Missing("securityGroupRules"));
    }
    // All rules change, or none: the changes are first made on a copy.
    let mut changed = call.network().clone();
    for update in &request.security_group_rules {
        filters::check_form(Kind::SecurityGroupRule, &update.security_group_rule_id)?;
        let rule = update.security_group_rule.as_ref();
        let rule = rule.ok_or(Ec2Error::Missing("securityGroupRule"))?;
        changed.change_rule(&group, &update.security_group_rule_id, spec_of(rule)?)?;
    }
    call.region.network = changed;
    Ok(Done::TRUE)
}

fn spec_of(rule: &SecurityGroupRuleRequest) -> Result<RuleSpec, Ec2Error> {
    let protocol = rule
        .ip_protocol
        .as_ref()
        .ok_or(Ec2Error::Missing("ipProtocol"))?;
    let (protocol, ports) = permissions::traffic(protocol, rule.from_port, rule.to_port)?;
    let description = permissions::description(&rule.description)?;
    let mut peers = Vec::new();
    if let Some(text) = &rule.cidr_ipv4 {
        peers.push(Peer::Ipv4(permissions::ipv4(text)?));
    }
    if let Some(text) = &rule.cidr_ipv6 {
        peers.push(Peer::Ipv6(permissions::ipv6(text)?));
    }
    if let Some(id) = &rule.prefix_list_id {
        filters::check_form(Kind::PrefixList, id)?;
        peers.push(Peer::PrefixList(id.clone()));
    }
    if let Some(id) = &rule.referenced_group_id {
        filters::check_form(Kind::SecurityGroup, id)?;
        peers.push(Peer::Group(id.clone()));
    }
    let mut peers = peers.into_iter();
    match (peers.next(), peers.next()) {
        (Some(peer), None) => Ok(RuleSpec {
            protocol,
            ports,
            peer,
            description,
        }),
        // Guess: the words.
        _ => Err(Ec2Error::invalid(
            "You must specify exactly one of the following: CidrIpv4, CidrIpv6, PrefixListId, \
             ReferencedGroupId",
            "A rule has exactly one peer.",
        )),
    }
}

pub(super) fn update_descriptions(
    call: &mut Call<'_, '_>,
    request: &UpdateDescriptionsRequest,
    direction: Direction,
) -> Result<Done, Ec2Error> {
    let network = call.network();
    let group = group_of(
        network,
        request.group_id.as_ref(),
        request.group_name.as_ref(),
    )?;
    let mut texts: Vec<(String, Option<String>)> = Vec::new();
    if request.security_group_rule_descriptions.is_empty() {
        for spec in permissions::rules(network, &request.ip_permissions)? {
            let text = spec.description.clone();
            let (known, _) = match_rules(network, &group, direction, vec![spec]);
            let id = known.into_iter().next().ok_or(NetError::RuleUnknown)?;
            texts.push((id, text));
        }
    }
    for own in &request.security_group_rule_descriptions {
        filters::check_form(Kind::SecurityGroupRule, &own.security_group_rule_id)?;
        let text = permissions::description(&own.description)?;
        texts.push((own.security_group_rule_id.clone(), text));
    }
    let unknown = |id: &str| NetError::not_found(Kind::SecurityGroupRule, id);
    let rules = network.security_group(&group).map(|group| &group.rules);
    for (id, _) in &texts {
        let rule = rules
            .and_then(|rules| rules.get(id))
            .ok_or_else(|| unknown(id))?;
        if rule.egress != (direction == Direction::Egress) {
            return Err(unknown(id).into());
        }
    }
    if let Some(own) = call.region.network.security_groups.get_mut(&group) {
        for (id, text) in texts {
            if let Some(rule) = own.rules.get_mut(&id) {
                rule.spec.description = text;
            }
        }
    }
    Ok(Done::TRUE)
}

/// The ports in the form of rules by id: -1 means all.
fn ports_of(spec: &RuleSpec) -> (i32, i32) {
    spec.ports.map_or((-1, -1), |ports| (ports.from, ports.to))
}

/// The peer, in the order of its four members: IPv4, IPv6, prefix list, group.
fn peer_of(peer: &Peer) -> [Option<String>; 4] {
    let text = Some(peer.to_string());
    match peer {
        Peer::Ipv4(_) => [text, None, None, None],
        Peer::Ipv6(_) => [None, text, None, None],
        Peer::PrefixList(_) => [None, None, text, None],
        Peer::Group(_) => [None, None, None, text],
    }
}

fn shape(region: &Region, group: &str, rule: &hsmlab_net::SecurityGroupRule) -> SecurityGroupRule {
    let (from_port, to_port) = ports_of(&rule.spec);
    let [cidr_ipv4, cidr_ipv6, prefix_list_id, peer] = peer_of(&rule.spec.peer);
    SecurityGroupRule {
        security_group_rule_id: rule.id.clone(),
        group_id: group.to_owned(),
        group_owner_id: ACCOUNT_ID,
        is_egress: rule.egress,
        ip_protocol: rule.spec.protocol.to_string(),
        from_port,
        to_port,
        cidr_ipv4,
        cidr_ipv6,
        prefix_list_id,
        referenced_group_info: peer.map(|group_id| ReferencedSecurityGroup {
            group_id,
            user_id: ACCOUNT_ID,
        }),
        description: rule.spec.description.clone(),
        tags: Some(tags::list(region, &rule.id)),
        security_group_rule_arn: arn(&region.network.region, "security-group-rule", &rule.id),
    }
}

fn revoked_shape(group: &str, rule: &hsmlab_net::SecurityGroupRule) -> RevokedSecurityGroupRule {
    let (from_port, to_port) = ports_of(&rule.spec);
    let [cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_group_id] = peer_of(&rule.spec.peer);
    RevokedSecurityGroupRule {
        security_group_rule_id: rule.id.clone(),
        group_id: group.to_owned(),
        is_egress: rule.egress,
        ip_protocol: rule.spec.protocol.to_string(),
        from_port,
        to_port,
        cidr_ipv4,
        cidr_ipv6,
        prefix_list_id,
        referenced_group_id,
        description: rule.spec.description.clone(),
    }
}
