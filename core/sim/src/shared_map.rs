//! An ordered map whose copies share their entries.
//!
//! The world is copied for every check, completion and step mark. A copy of a [`SharedMap`] costs one
//! reference count. The first change after a copy clones one chunk of entries and the list of chunks:
//! for 16,000 entries about 250 pointers and 64 entries, not all of them. Large values belong in an `Rc`.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Maximum number of entries in a chunk.
const CHUNK_MAX: usize = 128;
/// A chunk with fewer entries is merged with its neighbour if both fit in half a chunk.
const CHUNK_MIN: usize = CHUNK_MAX / 8;

/// Entries in the order of their keys, at least one.
type Chunk<K, V> = Rc<Vec<(K, V)>>;

/// An ordered map that is cheap to copy.
pub struct SharedMap<K, V> {
    /// The chunks in the order of their keys; none is empty.
    chunks: Rc<Vec<Chunk<K, V>>>,
    len: usize,
}

/// An iterator over the entries of a [`SharedMap`] from a start position.
#[derive(Debug)]
pub struct Entries<'a, K, V> {
    chunks: std::slice::Iter<'a, Chunk<K, V>>,
    entries: std::slice::Iter<'a, (K, V)>,
}

impl<'a, K, V> Iterator for Entries<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.entries.next() {
                return Some((key, value));
            }
            self.entries = self.chunks.next()?.iter();
        }
    }
}

/// The position of an entry: its chunk, and its index in it.
#[derive(Clone, Copy)]
struct Place {
    chunk: usize,
    entry: usize,
}

impl<K, V> SharedMap<K, V> {
    /// Returns the number of entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True if there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Iterates over the entries in the order of their keys.
    #[must_use]
    pub fn iter(&self) -> Entries<'_, K, V> {
        self.entries_from(Place { chunk: 0, entry: 0 })
    }

    fn entries_from(&self, place: Place) -> Entries<'_, K, V> {
        let mut chunks = self.chunks.get(place.chunk..).unwrap_or_default().iter();
        let first = chunks.next().map_or(&[][..], |chunk| chunk.as_slice());
        let entries = first.get(place.entry..).unwrap_or_default().iter();
        Entries { chunks, entries }
    }

    /// Returns the entry with the least key.
    #[must_use]
    pub fn first(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// Returns the entry with the greatest key.
    #[must_use]
    pub fn last(&self) -> Option<(&K, &V)> {
        let (key, value) = self.chunks.last()?.last()?;
        Some((key, value))
    }

    /// Iterates over the keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Iterates over the values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Iterates over the entries, starting with the first whose key makes `before` false. `before` is true
    /// for the keys up to some point in the order and false after it.
    pub fn iter_from(&self, before: impl Fn(&K) -> bool) -> Entries<'_, K, V> {
        self.entries_from(self.first_not(before))
    }

    /// Returns the position of the first entry whose key makes `before` false, in the chunk where it
    /// would be inserted.
    fn first_not(&self, before: impl Fn(&K) -> bool) -> Place {
        let starts_before =
            |chunk: &Chunk<K, V>| chunk.first().is_some_and(|(first, _)| before(first));
        let chunk = self.chunks.partition_point(starts_before).saturating_sub(1);
        let entries = self.chunks.get(chunk);
        let entry = entries.map_or(0, |chunk| chunk.partition_point(|(key, _)| before(key)));
        Place { chunk, entry }
    }

    fn entry_at(&self, place: Place) -> Option<&(K, V)> {
        self.chunks.get(place.chunk)?.get(place.entry)
    }

    fn place_of<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let place = self.first_not(|other| other.borrow() < key);
        match self.entry_at(place) {
            Some((found, _)) if found.borrow() == key => Ok(place),
            // The key may be the first one of the next chunk.
            None => {
                let next = Place {
                    chunk: place.chunk + 1,
                    entry: 0,
                };
                match self.entry_at(next) {
                    Some((found, _)) if found.borrow() == key => Ok(next),
                    _ => Err(place),
                }
            }
            Some(_) => Err(place),
        }
    }

    /// Returns the value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.place_of(key).ok()?;
        self.entry_at(place).map(|(_, value)| value)
    }

    /// True if a key has an entry.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place_of(key).is_ok()
    }
}

impl<K: Clone, V: Clone> SharedMap<K, V> {
    fn chunk_mut(&mut self, chunk: usize) -> Option<&mut Vec<(K, V)>> {
        Rc::make_mut(&mut self.chunks)
            .get_mut(chunk)
            .map(Rc::make_mut)
    }

    /// Returns the value of a key for modification. It is cloned if a copy of the map shares it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place_of(key).ok()?;
        let entries = self.chunk_mut(place.chunk)?;
        entries.get_mut(place.entry).map(|(_, value)| value)
    }

    /// Inserts an entry. Returns the previous value of the key.
    pub fn insert(&mut self, key: K, value: V) -> Option<V>
    where
        K: Ord,
    {
        match self.place_of(&key) {
            Ok(place) => {
                let entries = self.chunk_mut(place.chunk)?;
                let old = &mut entries.get_mut(place.entry)?.1;
                Some(std::mem::replace(old, value))
            }
            Err(place) => {
                self.len += 1;
                let Some(entries) = self.chunk_mut(place.chunk) else {
                    Rc::make_mut(&mut self.chunks).push(Rc::new(vec![(key, value)]));
                    return None;
                };
                entries.insert(place.entry, (key, value));
                if entries.len() > CHUNK_MAX {
                    let upper = entries.split_off(CHUNK_MAX / 2);
                    Rc::make_mut(&mut self.chunks).insert(place.chunk + 1, Rc::new(upper));
                }
                None
            }
        }
    }

    /// Removes an entry. Returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place_of(key).ok()?;
        let (_, value) = self.chunk_mut(place.chunk)?.remove(place.entry);
        self.len -= 1;
        self.merge(place.chunk);
        Some(value)
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut kept = Self::default();
        for chunk in self.chunks.iter() {
            let entries = chunk.iter().filter(|(key, value)| keep(key, value));
            let entries: Vec<(K, V)> = entries.cloned().collect();
            kept.len += entries.len();
            let chunks = Rc::make_mut(&mut kept.chunks);
            if entries.len() == chunk.len() {
                chunks.push(chunk.clone());
            } else if !entries.is_empty() {
                chunks.push(Rc::new(entries));
            }
        }
        *self = kept;
    }

    /// Removes an empty chunk, and merges a nearly empty one with the chunk after it.
    fn merge(&mut self, chunk: usize) {
        let chunks = Rc::make_mut(&mut self.chunks);
        let length = |at: usize| chunks.get(at).map(|entries| entries.len());
        match (length(chunk), length(chunk + 1)) {
            (Some(0), _) => {
                chunks.remove(chunk);
            }
            (Some(own), Some(next)) if own < CHUNK_MIN && own + next <= CHUNK_MAX / 2 => {
                let upper = chunks.remove(chunk + 1);
                if let Some(entries) = chunks.get_mut(chunk) {
                    Rc::make_mut(entries).extend(upper.iter().cloned());
                }
            }
            _ => {}
        }
    }
}

impl<K, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: self.len,
        }
    }
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self {
            chunks: Rc::default(),
            len: 0,
        }
    }
}

impl<K: Clone + Ord, V: Clone> FromIterator<(K, V)> for SharedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<'a, K, V> IntoIterator for &'a SharedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Entries<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SharedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.chunks, &other.chunks)
            || (self.len == other.len && self.iter().eq(other.iter()))
    }
}

impl<K: Eq, V: Eq> Eq for SharedMap<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SharedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SharedMap<K, V> {
    /// Serializes it like a `BTreeMap`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(Some(self.len))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, K, V> Deserialize<'de> for SharedMap<K, V>
where
    K: Clone + Ord + Deserialize<'de>,
    V: Clone + Deserialize<'de>,
{
    /// Deserializes it like a `BTreeMap`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = BTreeMap::<K, V>::deserialize(deserializer)?;
        Ok(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u16, u8),
        Remove(u16),
        Change(u16, u8),
        Retain(u8),
        /// Continues with a copy; the original is compared at the end.
        Copy,
    }

    fn step() -> impl Strategy<Value = Step> {
        // Few keys, so that they collide, and many insertions, so that chunks are split.
        let key = || 0..600_u16;
        prop_oneof![
            60 => (key(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
            30 => key().prop_map(Step::Remove),
            10 => (key(), any::<u8>()).prop_map(|(key, value)| Step::Change(key, value)),
            1 => any::<u8>().prop_map(Step::Retain),
            3 => Just(Step::Copy),
        ]
    }

    fn check(map: &SharedMap<u16, u8>, model: &BTreeMap<u16, u8>) {
        assert!(map.iter().eq(model.iter()));
        assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
        assert!(
            map.chunks
                .iter()
                .all(|chunk| (1..=CHUNK_MAX).contains(&chunk.len()))
        );
        for key in 0..600 {
            assert_eq!(map.get(&key), model.get(&key));
        }
        for from in [0, 1, 77, 300, 599, 600] {
            assert!(map.iter_from(|key| *key < from).eq(model.range(from..)));
        }
        assert_eq!(map.first(), model.first_key_value());
        assert_eq!(map.last(), model.last_key_value());
        let text = serde_json::to_string(map).unwrap();
        assert_eq!(text, serde_json::to_string(model).unwrap());
        assert_eq!(
            serde_json::from_str::<SharedMap<u16, u8>>(&text).unwrap(),
            *map
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_does_what_a_btree_map_does(steps in prop::collection::vec(step(), 0..1500)) {
            let (mut map, mut model) = (SharedMap::default(), BTreeMap::new());
            let mut copies = Vec::new();
            for step in steps {
                match step {
                    Step::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), model.insert(key, value));
                    }
                    Step::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                    Step::Change(key, value) => {
                        let (ours, theirs) = (map.get_mut(&key), model.get_mut(&key));
                        prop_assert_eq!(&ours, &theirs);
                        if let (Some(ours), Some(theirs)) = (ours, theirs) {
                            (*ours, *theirs) = (value, value);
                        }
                    }
                    Step::Retain(least) => {
                        map.retain(|_, value| *value >= least);
                        model.retain(|_, value| *value >= least);
                    }
                    Step::Copy => copies.push((map.clone(), model.clone())),
                }
            }
            check(&map, &model);
            for (map, model) in copies {
                check(&map, &model);
            }
        }
    }

    #[test]
    fn a_change_after_a_copy_clones_one_chunk() {
        let map: SharedMap<u32, Rc<u32>> = (0..16_000).map(|n| (n, Rc::new(n))).collect();
        let mut copy = map.clone();
        assert!(Rc::ptr_eq(&map.chunks, &copy.chunks));
        copy.insert(7_000, Rc::new(0));
        let own = copy.chunks.iter().zip(map.chunks.iter());
        assert_eq!(own.filter(|(a, b)| !Rc::ptr_eq(a, b)).count(), 1);
        assert_eq!(**map.get(&7_000).unwrap(), 7_000);
    }
}
