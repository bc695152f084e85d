//! Managed prefix lists.

use ipnet::IpNet;

use super::error::Ec2Error;
use super::filters::{self, one};
use super::parse;
use super::service::{Call, Row, arn, operation};
use super::shapes::interfaces::{
    CreateManagedPrefixListRequest, DescribeManagedPrefixListsAnswer,
    DescribeManagedPrefixListsRequest, GetManagedPrefixListEntriesAnswer, ManagedPrefixList,
    PrefixListAnswer, PrefixListEntry, PrefixListIdRequest,
};
use super::{Region, tags};
use hsmlab_api::ACCOUNT_ID;
use hsmlab_net::{Kind, NetError, PrefixEntry, PrefixList};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("CreateManagedPrefixList", create_managed_prefix_list),
    operation!("DeleteManagedPrefixList", &delete_managed_prefix_list),
    operation!("DescribeManagedPrefixLists", &describe_managed_prefix_lists),
    operation!(
        "GetManagedPrefixListEntries",
        &get_managed_prefix_list_entries
    ),
];

fn create_managed_prefix_list(
    call: &mut Call<'_, '_>,
    request: CreateManagedPrefixListRequest,
) -> Result<PrefixListAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "prefix-list")?;
    let name = request.prefix_list_name;
    if name.starts_with("com.amazonaws") {
        // CreateManagedPrefixList: "The name cannot start with com.amazonaws". Guess: the words.
        let why = "Names may not begin with com.amazonaws.";
        return Err(Ec2Error::value(name, "prefixListName", why));
    }
    let ipv6 = match request.address_family.as_str() {
        "IPv4" => false,
        "IPv6" => true,
        other => {
            return Err(Ec2Error::value(
                other,
                "addressFamily",
                "Must be IPv4 or IPv6.",
            ));
        }
    };
    let most = usize::try_from(request.max_entries).unwrap_or(usize::MAX);
    if request.max_entries == 0 || request.entries.len() > most {
        let why = "It must be at least 1 and as many as there are entries.";
        return Err(Ec2Error::value(request.max_entries, "maxEntries", why));
    }
    let mut entries: Vec<PrefixEntry> = Vec::new();
    for entry in request.entries {
        let cidr: IpNet = if ipv6 {
            parse::ipv6_block(&entry.cidr, "cidr")?.into()
        } else {
            parse::ipv4_block(&entry.cidr, "cidr")?.into()
        };
        if entries.iter().any(|other| other.cidr == cidr) {
            return Err(Ec2Error::value(cidr, "cidr", "It is given twice."));
        }
        entries.push(PrefixEntry {
            cidr,
            description: entry.description,
        });
    }
    let (network, ids) = call.network_and_ids();
    let id = network.create_prefix_list(ids, &name, ipv6, request.max_entries, entries)?;
    tags::put(call.region, &id, tags);
    let list = call.network().prefix_lists.get(&id);
    let list = list.ok_or_else(|| NetError::not_found(Kind::PrefixList, &id))?;
    let prefix_list = shape(call.region, list, "create-in-progress");
    Ok(PrefixListAnswer { prefix_list })
}

fn delete_managed_prefix_list(
    call: &mut Call<'_, '_>,
    request: &PrefixListIdRequest,
) -> Result<PrefixListAnswer, Ec2Error> {
    filters::check_form(Kind::PrefixList, &request.prefix_list_id)?;
    let list = call
        .region
        .network
        .delete_prefix_list(&request.prefix_list_id)?;
    let prefix_list = shape(call.region, &list, "delete-in-progress");
    call.region.tags.remove(&list.id);
    Ok(PrefixListAnswer { prefix_list })
}

fn describe_managed_prefix_lists(
    call: &mut Call<'_, '_>,
    request: &DescribeManagedPrefixListsRequest,
) -> Result<DescribeManagedPrefixListsAnswer, Ec2Error> {
    let (ids, selection) = (&request.prefix_list_ids, &request.selection);
    let names = ["owner-id", "prefix-list-id", "prefix-list-name"];
    filters::check_names(&selection.filters, &names)?;
    let lists = &call.region.network.prefix_lists;
    filters::check_ids(Kind::PrefixList, ids, |id| lists.contains_key(id))?;
    let wanted = lists
        .values()
        .filter(|list| ids.is_empty() || ids.contains(&list.id));
    let found: Vec<&PrefixList> = wanted
        .filter(|list| {
            let own = filters::tags(call.region, &list.id);
            filters::passes(own, &selection.filters, |name| match name {
                "owner-id" => one(owner_of(list)),
                "prefix-list-id" => one(&list.id),
                "prefix-list-name" => one(&list.name),
                _ => Vec::new(),
            })
        })
        .collect();
    let key = |list: &&PrefixList| list.id.clone();
    let (found, next_token) = filters::page(found, &selection.paging, !ids.is_empty(), key)?;
    let shapes = found
        .into_iter()
        .map(|list| shape(call.region, list, "create-complete"));
    Ok(DescribeManagedPrefixListsAnswer {
        next_token,
        prefix_lists: shapes.collect(),
    })
}

fn get_managed_prefix_list_entries(
    call: &mut Call<'_, '_>,
    request: &PrefixListIdRequest,
) -> Result<GetManagedPrefixListEntriesAnswer, Ec2Error> {
    let id = &request.prefix_list_id;
    filters::check_form(Kind::PrefixList, id)?;
    let list = call.network().prefix_lists.get(id);
    let list = list.ok_or_else(|| NetError::not_found(Kind::PrefixList, id))?;
    let mut entries: Vec<PrefixListEntry> = list
        .entries
        .iter()
        .map(|entry| PrefixListEntry {
            cidr: entry.cidr.to_string(),
            description: entry.description.clone(),
        })
        .collect();
    entries.sort_by(|a, b| a.cidr.cmp(&b.cidr));
    let key = |entry: &PrefixListEntry| entry.cidr.clone();
    let (entries, next_token) = filters::page(entries, &request.selection.paging, false, key)?;
    Ok(GetManagedPrefixListEntriesAnswer {
        entries,
        next_token,
    })
}

fn owner_of(list: &PrefixList) -> &'static str {
    if list.aws_managed { "AWS" } else { ACCOUNT_ID }
}

fn shape(region: &Region, list: &PrefixList, state: &'static str) -> ManagedPrefixList {
    ManagedPrefixList {
        prefix_list_id: list.id.clone(),
        address_family: if list.ipv6 { "IPv6" } else { "IPv4" },
        state,
        prefix_list_arn: arn(&region.network.region, "prefix-list", &list.id),
        prefix_list_name: list.name.clone(),
        max_entries: (!list.aws_managed).then_some(list.max_entries),
        version: (!list.aws_managed).then_some(1),
        tags: tags::list(region, &list.id),
        owner_id: owner_of(list),
    }
}
