//! Pages of lists, and the tokens between them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::error::Invalid;
use crate::pages;

/// Returns one page of `items`, and the token of the next page if items are left.
///
/// Each item has a unique key that never changes. `items` are sorted by key (in reverse if
/// `descending`), so that no item is lost or repeated if the list changes between two pages.
/// `query` identifies the parameters that must stay the same from page to page.
///
/// # Errors
/// [`Invalid::NextTokenInvalid`] if the token was not returned for the same `query`.
pub(super) fn page<T>(
    items: Vec<(String, T)>,
    descending: bool,
    query: &str,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), Invalid> {
    let after = token.map(|token| open(query, token)).transpose()?;
    let is_after = |(key, _): &(String, T)| match &after {
        None => true,
        Some(after) if descending => key < after,
        Some(after) => key > after,
    };
    let (shown, last) = pages::page(items, size, is_after, |(key, _)| key.clone());
    let shown = shown.into_iter().map(|(_, item)| item).collect();
    Ok((shown, last.map(|last| seal(query, &last))))
}

fn mark(query: &str, key: &str) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(query.as_bytes());
    hash.update([0]);
    hash.update(key.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut mark = [0; 8];
    mark.copy_from_slice(&digest[..8]);
    mark
}

fn seal(query: &str, key: &str) -> String {
    let mut bytes = mark(query, key).to_vec();
    bytes.extend_from_slice(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn open(query: &str, token: &str) -> Result<String, Invalid> {
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .map_err(|_| Invalid::NextTokenInvalid)?;
    let (given, key) = bytes.split_at_checked(8).ok_or(Invalid::NextTokenInvalid)?;
    let key = std::str::from_utf8(key).map_err(|_| Invalid::NextTokenInvalid)?;
    if given == mark(query, key) {
        Ok(key.to_owned())
    } else {
        Err(Invalid::NextTokenInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(keys: &[&str]) -> Vec<(String, String)> {
        keys.iter()
            .map(|key| ((*key).to_owned(), (*key).to_owned()))
            .collect()
    }

    #[test]
    fn pages_join_to_the_whole() {
        let (first, token) = page(items(&["a", "b", "c"]), false, "q", None, 2).unwrap();
        assert_eq!(first, ["a", "b"]);
        let (second, end) = page(items(&["a", "b", "c"]), false, "q", token.as_deref(), 2).unwrap();
        assert_eq!((second, end), (vec!["c".to_owned()], None));
    }

    #[test]
    fn a_list_that_shrinks_between_pages_skips_nothing() {
        let (_, token) = page(items(&["d", "c", "b", "a"]), true, "q", None, 2).unwrap();
        let (rest, _) = page(items(&["d", "b", "a"]), true, "q", token.as_deref(), 2).unwrap();
        assert_eq!(rest, ["b", "a"]);
    }

    #[test]
    fn foreign_tokens_are_refused() {
        let (_, token) = page(items(&["a", "b"]), false, "states=ACTIVE", None, 1).unwrap();
        let token = token.unwrap();
        let cases = [
            ("", token.as_str()),
            ("states=ACTIVE", "tok"),
            ("states=ACTIVE", "%%%"),
        ];
        for (query, token) in cases {
            let refused = page(items(&["a", "b"]), false, query, Some(token), 1);
            assert_eq!(refused, Err(Invalid::NextTokenInvalid), "{query} {token}");
        }
    }
}
