//! "Maybe you meant": the matching of Python's `difflib.get_close_matches`.

use std::collections::BTreeMap;

/// The most suggestions to return.
const SUGGESTIONS_MAX: usize = 3;

/// The lowest similarity of a suggestion.
const CUTOFF: f64 = 0.8;

/// Returns up to three of `choices` that are similar to `word`, the most similar first.
#[must_use]
pub fn close_matches<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word: Vec<char> = word.chars().collect();
    let mut scored: Vec<(f64, &str)> = Vec::new();
    for choice in choices {
        let letters: Vec<char> = choice.chars().collect();
        // A cheap upper bound first, as difflib does.
        let bound = ratio(word.len().min(letters.len()), word.len() + letters.len());
        if bound < CUTOFF {
            continue;
        }
        // difflib's first sequence is the choice, its second the word.
        let score = ratio(matching(&letters, &word), letters.len() + word.len());
        if score >= CUTOFF {
            scored.push((score, choice));
        }
    }
    scored.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| other.1.cmp(one.1)));
    scored
        .into_iter()
        .take(SUGGESTIONS_MAX)
        .map(|(_, choice)| choice)
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "lengths of words")]
fn ratio(matches: usize, length: usize) -> f64 {
    if length == 0 {
        1.0
    } else {
        2.0 * matches as f64 / length as f64
    }
}

/// Counts the letters in the matching blocks of two words: the longest common block, then the same on
/// both sides of it.
fn matching(one: &[char], other: &[char]) -> usize {
    let mut places: BTreeMap<char, Vec<usize>> = BTreeMap::new();
    for (place, letter) in other.iter().enumerate() {
        places.entry(*letter).or_default().push(place);
    }
    let mut total = 0;
    let mut open = vec![(0, one.len(), 0, other.len())];
    while let Some((one_from, one_to, other_from, other_to)) = open.pop() {
        let (i, j, size) = longest(one, &places, (one_from, one_to), (other_from, other_to));
        if size == 0 {
            continue;
        }
        total += size;
        open.push((one_from, i, other_from, j));
        open.push((i + size, one_to, j + size, other_to));
    }
    total
}

/// The longest common block within two ranges: its positions and its length; the first of equals.
fn longest(
    one: &[char],
    places: &BTreeMap<char, Vec<usize>>,
    one_range: (usize, usize),
    other_range: (usize, usize),
) -> (usize, usize, usize) {
    let mut best = (one_range.0, other_range.0, 0);
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, letter) in one.iter().enumerate().take(one_range.1).skip(one_range.0) {
        let mut next = BTreeMap::new();
        for &j in places.get(letter).map(Vec::as_slice).unwrap_or_default() {
            if j < other_range.0 {
                continue;
            }
            if j >= other_range.1 {
                break;
            }
            let length = j
                .checked_sub(1)
                .and_then(|before| lengths.get(&before))
                .map_or(1, |n| n + 1);
            next.insert(j, length);
            if length > best.2 {
                best = (i + 1 - length, j + 1 - length, length);
            }
        }
        lengths = next;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_those_of_difflib() {
        let ec2 = hsmlab_api::model::service("ec2").expect("modelled");
        let names = || ec2.commands.iter().map(String::as_str);
        assert_eq!(close_matches("describe-vpc", names()), ["describe-vpcs"]);
        assert_eq!(
            close_matches("modify-vpc-ttribute", names()),
            ["modify-vpc-attribute", "modify-volume-attribute"]
        );
        assert_eq!(
            close_matches("describe-subnts", names()),
            ["describe-subnets", "describe-hosts"]
        );
        assert!(close_matches("foo", names()).is_empty());
        let top = hsmlab_api::model::catalog()
            .commands
            .iter()
            .map(String::as_str);
        assert_eq!(close_matches("cloudhsm2", top), ["cloudhsmv2", "cloudhsm"]);
    }
}
