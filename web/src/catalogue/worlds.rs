//! What a session begins with: the text of a lab and of the named worlds that it builds on.
//! `worlds/index.json` next to the page lists the named worlds.

use hsmlab_protocol::request::Worlds;

use super::{Entry, PLAYGROUND, nearest};
use crate::bridge::read::{Misread, Read};
use crate::files;

/// A named world in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldEntry {
    /// Its permanent id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it holds.
    pub holds: String,
    /// The world that it extends.
    pub extends: Option<String>,
}

/// What a session begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The lab's text; `None` is a playground.
    pub lab: Option<String>,
    /// The named world of a playground.
    pub world: Option<String>,
    /// The texts of the named worlds.
    pub worlds: Worlds,
    /// The text of `worlds/starts.json`, the prepared starts.
    pub starts: Option<String>,
}

/// The list of named worlds.
///
/// # Errors
/// What went wrong, in a sentence.
pub async fn fetch_worlds() -> Result<Vec<WorldEntry>, String> {
    let text = files::fetch_text("worlds/index.json").await?;
    Read::parse(&text).map_err(|Misread(what)| {
        format!("worlds/index.json is damaged: {what} is not as expected.")
    })
}

/// The id under which the work in a playground is kept that begins with a named world. A lab's id has no
/// dot.
#[must_use]
pub fn playground(world: &str) -> String {
    format!("{PLAYGROUND}.{world}")
}

/// The named world of a playground's id: `Some(None)` for the empty playground, `None` for a lab.
#[must_use]
pub fn world_of(id: &str) -> Option<Option<&str>> {
    let rest = id.strip_prefix(PLAYGROUND)?;
    match rest.strip_prefix('.') {
        Some(world) => Some(Some(world)),
        None if rest.is_empty() => Some(None),
        None => None,
    }
}

/// Fetches what the session of a lab or playground begins with, or the labs whose ids come nearest where
/// there is none with this id.
///
/// # Errors
/// What went wrong, in a sentence.
pub async fn fetch_origin(id: &str) -> Result<Result<Origin, Vec<Entry>>, String> {
    match world_of(id) {
        Some(None) => Ok(Ok(Origin::default())),
        Some(Some(world)) => {
            let list = fetch_worlds().await?;
            if !list.iter().any(|entry| entry.id == world) {
                return Err(format!("There is no starting world “{world}”."));
            }
            let starts = fetch_starts();
            Ok(Ok(Origin {
                lab: None,
                world: Some(world.to_owned()),
                worlds: fetch_chain(&list, Some(world)).await?,
                starts: starts.await.ok(),
            }))
        }
        None => {
            let entries = super::fetch().await?;
            let Some(entry) = entries.iter().find(|entry| entry.id == id) else {
                return Ok(Err(nearest(entries, id)));
            };
            // Files that do not depend on one another are fetched at the same time.
            let lab = files::fetch_text(&format!("labs/{}", entry.file));
            let starts = fetch_starts();
            let worlds = match &entry.world {
                Some(world) => fetch_chain(&fetch_worlds().await?, Some(world)).await?,
                None => Worlds::new(),
            };
            Ok(Ok(Origin {
                lab: Some(lab.await?),
                world: None,
                worlds,
                starts: starts.await.ok(),
            }))
        }
    }
}

/// The prepared starts. Without them, a start takes longer.
fn fetch_starts() -> impl Future<Output = Result<String, String>> {
    files::fetch_text("worlds/starts.json")
}

/// The texts of a world and of those that it extends. The session reports a world that is missing.
async fn fetch_chain(list: &[WorldEntry], world: Option<&str>) -> Result<Worlds, String> {
    let fetching: Vec<_> = chain(list, world)
        .into_iter()
        .map(|id| (id, files::fetch_text(&format!("worlds/{id}.md"))))
        .collect();
    let mut worlds = Worlds::new();
    for (id, text) in fetching {
        worlds.insert(id.to_owned(), text.await?);
    }
    Ok(worlds)
}

/// The ids of a world and of those that it extends.
fn chain<'a>(list: &'a [WorldEntry], world: Option<&str>) -> Vec<&'a str> {
    let find = |id: &str| list.iter().find(|entry| entry.id == id);
    let mut chain = Vec::new();
    let mut next = world.and_then(find);
    while let Some(entry) = next.filter(|entry| !chain.contains(&entry.id.as_str())) {
        chain.push(entry.id.as_str());
        next = entry.extends.as_deref().and_then(find);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_ends_at_an_unknown_world_or_where_it_began() {
        let entry = |id: &str, extends: Option<&str>| WorldEntry {
            id: id.to_owned(),
            title: String::new(),
            holds: String::new(),
            extends: extends.map(str::to_owned),
        };
        let list = [
            entry("a", None),
            entry("b", Some("a")),
            entry("c", Some("none")),
            entry("d", Some("d")),
        ];
        assert_eq!(chain(&list, Some("b")), ["b", "a"]);
        assert_eq!(chain(&list, Some("c")), ["c"]);
        assert_eq!(chain(&list, Some("d")), ["d"]);
        assert!(chain(&list, Some("none")).is_empty() && chain(&list, None).is_empty());
    }

    #[test]
    fn a_playground_is_told_from_a_lab_by_its_id() {
        assert_eq!(world_of("playground"), Some(None));
        assert_eq!(world_of(&playground("ready-2")), Some(Some("ready-2")));
        assert_eq!(world_of("playground-lab"), None);
        assert_eq!(world_of("quorum"), None);
    }
}
