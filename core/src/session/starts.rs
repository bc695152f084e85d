//! Prepared starts: worlds whose primes were searched for before the learner came.
//!
//! Most of the time to prepare a world is spent on the primes of its RSA keys. So
//! `static/worlds/starts.json` has the distances of the primes of a few seeds (`hsmlab starts` writes
//! it), and the page's sessions begin with one of those seeds. The keys are as real as any: each
//! distance is a claim of [`hsmlab_crypto::prime_cache`], tested before use, and a distance that is
//! missing or wrong costs time and changes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::journal::Primes;
use hsmlab_crypto::prime_cache::Fingerprint;
use hsmlab_sim::Seed;

/// The content of `starts.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starts {
    /// The number of seeds: those of the numbers from 1 on ([`Seed::from_number`]).
    pub seeds: u64,
    /// The distances of the primes from the starts of their searches, by the start's fingerprint in
    /// hexadecimal digits.
    pub primes: BTreeMap<String, u32>,
}

impl Starts {
    /// Reads `starts.json`. `None`: it is damaged, and nothing is prepared.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let starts: Self = serde_json::from_str(text).ok()?;
        (starts.seeds > 0).then_some(starts)
    }

    /// The prepared seed that takes the place of a drawn one.
    #[must_use]
    pub fn seed(&self, drawn: &Seed) -> Seed {
        use rand_core::Rng as _;

        let number = drawn.stream("start").next_u64() % self.seeds;
        Seed::from_number(number + 1)
    }

    /// The distances as claims.
    pub(super) fn claims(&self) -> Primes {
        let claim =
            |(key, distance): (&String, &u32)| Some((Fingerprint::from_hex(key)?, *distance));
        self.primes.iter().filter_map(claim).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prepared_seed_is_drawn() {
        let starts = Starts {
            seeds: 4,
            primes: BTreeMap::new(),
        };
        let drawn: std::collections::BTreeSet<String> = (100..200)
            .map(|number| starts.seed(&Seed::from_number(number)))
            .map(|seed| serde_json::to_string(&seed).unwrap())
            .collect();
        let expected = (1..=4)
            .map(|number| serde_json::to_string(&Seed::from_number(number)).unwrap())
            .collect();
        assert_eq!(drawn, expected);
    }

    #[test]
    fn damaged_files_prepare_nothing() {
        for text in ["", "[]", "{}", r#"{"seeds":0,"primes":{}}"#] {
            assert_eq!(Starts::read(text), None, "{text}");
        }
    }
}
