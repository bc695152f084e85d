//! Common parts of all describe operations: filters, lists of ids, and pages.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Region;
use super::error::Ec2Error;
use super::limits;
use crate::pages;
use hsmlab_net::Kind;
use hsmlab_sim::wildcard;

/// One filter of a request: a resource passes if one of the values matches.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub struct Filter {
    /// The name of the resource's attribute.
    pub name: String,
    /// Patterns: `*` matches any characters, `?` one character, and a backslash escapes the next
    /// one.
    pub values: Vec<String>,
}

/// The members of every describe operation.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase", default)]
pub struct Paging {
    /// The most items of one answer.
    pub max_results: Option<u64>,
    /// The position after the previous answer.
    pub next_token: Option<String>,
}

/// The values of the resource attribute that a filter names; empty if the resource has none.
pub type Attribute = Vec<String>;

/// One value.
#[expect(clippy::needless_pass_by_value, reason = "references are values too")]
pub fn one(value: impl ToString) -> Attribute {
    vec![value.to_string()]
}

/// Several values, or none.
pub fn many<T: ToString>(values: impl IntoIterator<Item = T>) -> Attribute {
    values.into_iter().map(|value| value.to_string()).collect()
}

/// Checks that a describe operation supports the filters of a request. `tag:KEY` and `tag-key` are
/// supported by all operations that describe resources with tags.
///
/// # Errors
/// The first unknown name.
pub(super) fn check_names(filters: &[Filter], names: &[&str]) -> Result<(), Ec2Error> {
    for Filter { name, .. } in filters {
        let tag = name.starts_with("tag:") || name == "tag-key" || name == "tag-value";
        if !tag && !names.contains(&name.as_str()) {
            return Err(Ec2Error::FilterUnknown(name.clone()));
        }
    }
    Ok(())
}

/// True if a resource with these tags passes all filters. `attribute` returns its values for a
/// filter's name; this function handles filters on tags itself.
pub(super) fn passes(
    tags: Option<&BTreeMap<String, String>>,
    filters: &[Filter],
    attribute: impl Fn(&str) -> Attribute,
) -> bool {
    filters.iter().all(|filter| {
        let values = if let Some(key) = filter.name.strip_prefix("tag:") {
            many(tags.and_then(|tags| tags.get(key)))
        } else if filter.name == "tag-key" {
            many(tags.into_iter().flat_map(BTreeMap::keys))
        } else if filter.name == "tag-value" {
            many(tags.into_iter().flat_map(BTreeMap::values))
        } else {
            attribute(&filter.name)
        };
        filter.values.iter().any(|pattern| {
            values
                .iter()
                .any(|value| wildcard::matches_escaped(pattern, value))
        })
    })
}

/// Checks the list of ids of a request in EC2's order: first their form, then their existence.
pub(super) fn check_ids(
    kind: Kind,
    ids: &[String],
    exists: impl Fn(&str) -> bool,
) -> Result<(), Ec2Error> {
    for id in ids {
        check_form(kind, id)?;
    }
    let unknown: Vec<String> = ids.iter().filter(|id| !exists(id)).cloned().collect();
    match unknown.as_slice() {
        [] => Ok(()),
        [id] => Err(hsmlab_net::NetError::not_found(kind, id).into()),
        _ => Err(several_unknown(kind, unknown)),
    }
}

/// The plural form of [`hsmlab_net::NetError::NotFound`].
fn several_unknown(kind: Kind, ids: Vec<String>) -> Ec2Error {
    let (code, noun) = match kind {
        Kind::Vpc => ("InvalidVpcID.NotFound", "vpc"),
        Kind::Subnet => ("InvalidSubnetID.NotFound", "subnet"),
        Kind::InternetGateway => ("InvalidInternetGatewayID.NotFound", "internetGateway"),
        Kind::RouteTable => ("InvalidRouteTableID.NotFound", "routeTable"),
        Kind::NetworkAcl => ("InvalidNetworkAclID.NotFound", "network acl"),
        Kind::SecurityGroup => ("InvalidGroup.NotFound", "security group"),
        Kind::SecurityGroupRule => ("InvalidSecurityGroupRuleId.NotFound", "security group rule"),
        Kind::Interface => ("InvalidNetworkInterfaceID.NotFound", "networkInterface"),
        _ => ("InvalidPrefixListID.NotFound", "prefix list"),
    };
    Ec2Error::NotFound { code, noun, ids }
}

/// Checks the form of an id: its prefix and 8 or 17 hexadecimal digits.
pub(super) fn check_form(kind: Kind, id: &str) -> Result<(), Ec2Error> {
    let prefix = match kind {
        Kind::Vpc => "vpc-",
        Kind::Subnet => "subnet-",
        Kind::InternetGateway => "igw-",
        Kind::RouteTable => "rtb-",
        Kind::RouteTableAssociation => "rtbassoc-",
        Kind::NetworkAcl => "acl-",
        Kind::NetworkAclAssociation => "aclassoc-",
        Kind::SecurityGroup => "sg-",
        Kind::SecurityGroupRule => "sgr-",
        Kind::Interface => "eni-",
        Kind::PrefixList => "pl-",
        Kind::VpcCidrAssociation => "vpc-cidr-assoc-",
        Kind::SubnetCidrAssociation => "subnet-cidr-assoc-",
        // Attachments of services' interfaces have another prefix.
        Kind::Attachment => return Ok(()),
    };
    let digits = id.strip_prefix(prefix).unwrap_or_default();
    let hexadecimal = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if hexadecimal && matches!(digits.len(), 8 | 17) {
        return Ok(());
    }
    Err(Ec2Error::Malformed {
        kind,
        id: id.to_owned(),
    })
}

/// Returns one page of `items`, which are in the order of `key`, and the token of the next page.
///
/// # Errors
/// `MaxResults` is too small or is combined with ids, or the token is invalid.
pub(super) fn page<T>(
    items: Vec<T>,
    paging: &Paging,
    ids_given: bool,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Ec2Error> {
    if ids_given && paging.max_results.is_some() {
        return Err(Ec2Error::Exclusive {
            one: "MaxResults",
            other: "ids",
        });
    }
    page_of(limits::PAGE_SIZE_MIN, items, paging, key)
}

/// Does the same as [`page`] for operations with another minimum of `MaxResults`, which allow ids
/// with it.
///
/// # Errors
/// As [`page`].
pub(super) fn page_of<T>(
    least: u64,
    items: Vec<T>,
    paging: &Paging,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), Ec2Error> {
    let after = match &paging.next_token {
        None => None,
        Some(token) => {
            let bytes = STANDARD.decode(token).map_err(|_| Ec2Error::TokenInvalid)?;
            let text = String::from_utf8(bytes).map_err(|_| Ec2Error::TokenInvalid)?;
            Some(
                text.strip_prefix("after ")
                    .ok_or(Ec2Error::TokenInvalid)?
                    .to_owned(),
            )
        }
    };
    let limit = match paging.max_results {
        None => usize::MAX,
        Some(number) if number < least => {
            let why = format!("Expecting a value greater than {least}.");
            // EC2 puts spaces around this value: `Value ( 1 ) for parameter maxResults …`.
            return Err(Ec2Error::value(format!(" {number} "), "maxResults", why));
        }
        Some(number) => usize::try_from(number.min(limits::PAGE_SIZE_MAX)).unwrap_or(usize::MAX),
    };
    let is_after = |item: &T| after.as_ref().is_none_or(|after| key(item) > *after);
    let (shown, last) = pages::page(items, limit, is_after, &key);
    let token = last.map(|last| STANDARD.encode(format!("after {last}")));
    Ok((shown, token))
}

/// The tags of a resource.
pub(super) fn tags<'r>(region: &'r Region, id: &str) -> Option<&'r BTreeMap<String, String>> {
    region.tags.get(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let items: Vec<u32> = (10..22).collect();
        let key = |n: &u32| n.to_string();
        let mut paging = Paging {
            max_results: Some(5),
            next_token: None,
        };
        let mut seen = Vec::new();
        loop {
            let (some, token) = page(items.clone(), &paging, false, key).unwrap();
            seen.extend(some);
            match token {
                None => break,
                token => paging.next_token = token,
            }
        }
        assert_eq!(seen, items);
        paging = Paging {
            max_results: Some(4),
            next_token: None,
        };
        assert!(matches!(
            page(items.clone(), &paging, false, key),
            Err(Ec2Error::Value { .. })
        ));
        paging = Paging {
            max_results: None,
            next_token: Some("tok1".into()),
        };
        assert_eq!(
            page(items, &paging, false, key),
            Err(Ec2Error::TokenInvalid)
        );
    }
}
