//! A cache of prime searches.
//!
//! A prime is the random start of its search plus a small distance. The cache maps a fingerprint of the
//! start to the distance: about 20 bytes per prime, and nothing secret. A cached search still generates its
//! start, so the random streams are the same with and without a cache.
//!
//! [`PrimeCache::enter`] makes a cache the current one of its thread, and [`distance`] uses it. The
//! result of a search never depends on the searches that a cache has seen.
//!
//! **Claims are not trusted.** A save contains distances from outside: claims. A claim is used only if
//! it is a short even distance and leads to a prime; otherwise the search runs. A forged claim can still
//! name a prime that is not the first one. That gives a sound key, but not the world of the seed, and only
//! a search can detect it. So only the learner's own page calls [`PrimeCache::claim`]; code that judges
//! a save replays it without claims (`session::Session::new`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sha2::{Digest as _, Sha256};

/// Maximum distance of a claim: the mean is 710 for primes of 1024 bits, and longer distances than this
/// do not occur in practice.
const CLAIM_MAX: u32 = 1 << 20;
/// Maximum number of searches that a cache keeps.
const ENTRIES_MAX: usize = 4096;

/// An identifier of the start of a search that does not reveal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);

/// A cache. A clone is a handle to the same cache.
#[derive(Clone, Debug, Default)]
pub struct PrimeCache(Rc<RefCell<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    /// Distances that were searched or tested here.
    known: BTreeMap<Fingerprint, u32>,
    /// Distances from outside that are not tested yet.
    claims: BTreeMap<Fingerprint, u32>,
    /// The searches requested since [`PrimeCache::begin`].
    used: BTreeSet<Fingerprint>,
    searches: u64,
}

thread_local! {
    /// The cache of the session whose request is being handled.
    static CURRENT: RefCell<Option<PrimeCache>> = const { RefCell::new(None) };
}

/// A guard: its cache is the current one until the guard is dropped.
#[must_use]
#[derive(Debug)]
pub struct Scope(Option<PrimeCache>);

impl Drop for Scope {
    fn drop(&mut self) {
        let before = self.0.take();
        CURRENT.with(|current| current.replace(before));
    }
}

impl Fingerprint {
    fn of(start: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"hsmlab prime\0");
        hash.update(start);
        let hash: [u8; 32] = hash.finalize().into();
        Self(std::array::from_fn(|at| hash[at]))
    }

    /// Reads the output of [`Self::to_hex`].
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The fingerprint as 32 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl PrimeCache {
    /// Makes this the current cache of the thread until the scope is dropped.
    pub fn enter(&self) -> Scope {
        Scope(CURRENT.with(|current| current.replace(Some(self.clone()))))
    }

    /// Clears the list of [`Self::used`] and the claims: a new world begins.
    pub fn begin(&self) {
        let mut entries = self.0.borrow_mut();
        entries.used.clear();
        entries.claims.clear();
    }

    /// Adds untrusted distances.
    pub fn claim(&self, claims: impl IntoIterator<Item = (Fingerprint, u32)>) {
        let mut entries = self.0.borrow_mut();
        entries.claims.extend(claims.into_iter().take(ENTRIES_MAX));
    }

    /// Returns the distances that the current world has requested.
    #[must_use]
    pub fn used(&self) -> Vec<(Fingerprint, u32)> {
        let entries = self.0.borrow();
        let known = |key: &Fingerprint| Some((*key, *entries.known.get(key)?));
        entries.used.iter().filter_map(known).collect()
    }

    /// Returns the number of searches that ran because the cache had no answer.
    #[must_use]
    pub fn searches(&self) -> u64 {
        self.0.borrow().searches
    }

    fn distance(&self, start: &[u8]) -> Option<u64> {
        let key = Fingerprint::of(start);
        let mut entries = self.0.borrow_mut();
        let claim = entries.claims.remove(&key);
        let known = entries.known.get(&key).copied();
        let known = known.or_else(|| claim.filter(|claim| is_credible(start, *claim)));
        let distance = match known {
            Some(distance) => u64::from(distance),
            None => {
                entries.searches += 1;
                hsmlab_primes::distance_to_prime(start)?
            }
        };
        if let Ok(short) = u32::try_from(distance)
            && entries.known.len() < ENTRIES_MAX
        {
            entries.known.insert(key, short);
            entries.used.insert(key);
        }
        Some(distance)
    }
}

/// True if a claimed distance leads to a prime.
fn is_credible(start: &[u8], claim: u32) -> bool {
    let number = plus(start, claim.into());
    claim.is_multiple_of(2) && claim < CLAIM_MAX && hsmlab_primes::is_prime(&number)
}

/// Returns the distance from a start, big-endian and odd, to the first prime at or above it: from the
/// current cache, or by a search.
///
/// `None`: there is no prime of the start's length at or above it.
#[must_use]
pub fn distance(start: &[u8]) -> Option<u64> {
    let current = CURRENT.with(|current| current.borrow().clone());
    match current {
        Some(cache) => cache.distance(start),
        None => hsmlab_primes::distance_to_prime(start),
    }
}

/// Adds a small number to a big-endian one.
#[must_use]
pub fn plus(number: &[u8], small: u64) -> zeroize::Zeroizing<Vec<u8>> {
    let mut sum = zeroize::Zeroizing::new(number.to_vec());
    let mut carry = small;
    for byte in sum.iter_mut().rev() {
        carry += u64::from(*byte);
        *byte = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    sum
}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;
    use crate::rsa_key;
    use hsmlab_sim::Seed;

    /// Returns a key from a stream, and the stream's next value.
    fn key(seed: u64) -> (rsa::PrivateKey, u64) {
        let mut rng = Seed::from_number(seed).stream("rsa");
        let key = rsa_key::generate(1024, 65_537, &mut rng).unwrap();
        (key, rng.next_u64())
    }

    #[test]
    fn keys_and_streams_are_the_same_with_and_without_a_cache() {
        let cache = PrimeCache::default();
        for seed in 0..4 {
            let without = key(seed);
            let scope = cache.enter();
            let cold = key(seed);
            let searches = cache.searches();
            let warm = key(seed);
            drop(scope);
            assert!(without == cold && cold == warm, "seed {seed}");
            assert_eq!(cache.searches(), searches);
        }
        assert!(cache.searches() >= 8);
    }

    #[test]
    fn true_claims_replace_the_search() {
        let first = PrimeCache::default();
        let scope = first.enter();
        let expected = key(1);
        drop(scope);
        let second = PrimeCache::default();
        second.claim(first.used());
        let _scope = second.enter();
        assert!(key(1) == expected);
        assert_eq!(second.searches(), 0);
        assert_eq!(second.used(), first.used());
    }

    #[test]
    fn false_claims_are_searched_again() {
        let first = PrimeCache::default();
        let scope = first.enter();
        let expected = key(1);
        drop(scope);
        let far = first.used().iter().map(|(_, far)| *far).max().unwrap();
        // 1: even numbers. The others: not primes, or too far away.
        for wrong in [1, 2, far + 4, CLAIM_MAX, u32::MAX - far] {
            let second = PrimeCache::default();
            let claims = first.used().into_iter();
            second.claim(claims.map(|(key, far)| (key, far + wrong)));
            let _scope = second.enter();
            assert!(key(1) == expected, "{wrong}");
            assert_eq!(second.searches(), first.searches(), "{wrong}");
            assert_eq!(second.used(), first.used(), "{wrong}");
        }
    }

    #[test]
    fn a_searched_distance_outweighs_a_claim() {
        let cache = PrimeCache::default();
        let _scope = cache.enter();
        let expected = key(1);
        let used = cache.used();
        cache.begin();
        assert!(cache.used().is_empty());
        cache.claim(used.iter().map(|(key, far)| (*key, far + 2)));
        assert!(key(1) == expected);
        assert_eq!(cache.used(), used);
    }

    #[test]
    fn a_dropped_scope_restores_the_previous_cache() {
        let (outer, inner) = (PrimeCache::default(), PrimeCache::default());
        let _scope = outer.enter();
        let scope = inner.enter();
        let _ = key(1);
        drop(scope);
        assert_eq!((outer.searches(), inner.searches()), (0, 2));
        let _ = key(1);
        assert_eq!(outer.searches(), 2);
    }

    #[test]
    fn fingerprints_are_read_as_written() {
        let key = Fingerprint::of(b"start");
        assert_eq!(Fingerprint::from_hex(&key.to_hex()), Some(key));
        for bad in [
            "",
            "0",
            "zz",
            &"0".repeat(31),
            &"0".repeat(33),
            &"g".repeat(32),
        ] {
            assert_eq!(Fingerprint::from_hex(bad), None);
        }
    }
}
