//! Tags of clusters and backups.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Call;
use super::error::{Limit, Missing, Refusal, TagFault};
use super::limits;
use super::paging::page;
use super::shapes::{self, read};
use super::state::{Region, Tag};

/// Checks the tags of a request: no reserved key, and each key only once.
pub(super) fn check(tags: &[Tag]) -> Result<(), TagFault> {
    let mut seen = BTreeSet::new();
    for tag in tags {
        if tag
            .key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
        {
            return Err(TagFault::KeyReserved(tag.key.clone()));
        }
        if !seen.insert(&tag.key) {
            return Err(TagFault::KeyTwice(tag.key.clone()));
        }
    }
    Ok(())
}

/// The tags of a cluster or a backup.
fn of<'r>(region: &'r mut Region, id: &str) -> Result<&'r mut Vec<Tag>, Missing> {
    if id.starts_with("backup-") {
        let backup = region.backups.get_mut(id);
        return backup
            .map(|b| &mut b.tags)
            .ok_or_else(|| Missing::Backup(id.to_owned()));
    }
    region
        .cluster_mut(id)
        .map(|c| &mut c.tags)
        .ok_or_else(|| Missing::Cluster(id.to_owned()))
}

/// `ListTags`.
pub(super) fn list(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: shapes::Tags = read(call.request.params)?;
    let tags = of(call.region_mut(), &request.resource_id)?.clone();
    let mut items: Vec<_> = tags.into_iter().map(|tag| (tag.key.clone(), tag)).collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let size = request
        .max_results
        .unwrap_or(limits::TAGS_PER_PAGE)
        .min(limits::TAGS_PER_PAGE);
    let token = request.next_token.as_deref();
    let (tags, next) = page(items, false, &request.resource_id, token, size)?;
    let mut answer = json!({ "TagList": tags });
    if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(answer)
}

/// `TagResource`: adds tags, or overwrites the values of existing keys.
pub(super) fn tag(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: shapes::Tags = read(call.request.params)?;
    check(&request.tag_list)?;
    let tags = of(call.region_mut(), &request.resource_id)?;
    let is_new = |tag: &&Tag| !tags.iter().any(|own| own.key == tag.key);
    if tags.len() + request.tag_list.iter().filter(is_new).count() > limits::TAGS_PER_RESOURCE {
        return Err(Limit::Tags.into());
    }
    for tag in request.tag_list {
        match tags.iter_mut().find(|own| own.key == tag.key) {
            Some(own) => own.value = tag.value,
            None => tags.push(tag),
        }
    }
    Ok(json!({}))
}

/// `UntagResource`. A key that does not exist is ignored.
pub(super) fn untag(call: &mut Call<'_, '_>) -> Result<Value, Refusal> {
    let request: shapes::Tags = read(call.request.params)?;
    let tags = of(call.region_mut(), &request.resource_id)?;
    tags.retain(|own| !request.tag_key_list.contains(&own.key));
    Ok(json!({}))
}
