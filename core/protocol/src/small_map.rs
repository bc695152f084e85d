//! A map of a few entries.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A map as a sorted list: for a few entries that is as fast as a tree, and a fraction of its code, which
/// every visitor of the page downloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> SmallMap<K, V> {
    /// Creates an empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns the value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let entry = self.0.iter().find(|(have, _)| have.borrow() == key);
        entry.map(|(_, value)| value)
    }

    /// Returns the value of a key, for changes.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let entry = self.0.iter_mut().find(|(have, _)| have.borrow() == key);
        entry.map(|(_, value)| value)
    }

    /// True if the map has the key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: K, value: V) {
        let at = self.0.iter().position(|(have, _)| *have >= key);
        match at.and_then(|at| self.0.get_mut(at)) {
            Some(entry) if entry.0 == key => entry.1 = value,
            _ => self.0.insert(at.unwrap_or(self.0.len()), (key, value)),
        }
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &K) {
        self.0.retain(|(have, _)| have != key);
    }

    /// Removes all keys.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if the map has no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries, by key.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, by key.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

impl<K: Ord + Clone, V: Default> SmallMap<K, V> {
    /// Returns the value of a key for changes, a new one if the map lacks the key.
    ///
    /// # Panics
    /// Never: the key is there.
    pub fn or_default(&mut self, key: &K) -> &mut V {
        let at = self.0.iter().position(|(have, _)| have >= key);
        let at = at.unwrap_or(self.0.len());
        if self.0.get(at).is_none_or(|(have, _)| have != key) {
            self.0.insert(at, (key.clone(), V::default()));
        }
        &mut self.0[at].1
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SmallMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V> Extend<(K, V)> for SmallMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SmallMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Ord, V> From<BTreeMap<K, V>> for SmallMap<K, V> {
    fn from(map: BTreeMap<K, V>) -> Self {
        Self(map.into_iter().collect())
    }
}

impl<K, V> IntoIterator for SmallMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SmallMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for SmallMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
    type Value = SmallMap<K, V>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = SmallMap::new();
        while let Some((key, value)) = access.next_entry()? {
            map.insert(key, value);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_keys_are_unique() {
        let mut map = SmallMap::from([(3, "c"), (1, "a"), (2, "x"), (2, "b")]);
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(map.get(&2), Some(&"b"));
        assert_eq!(*map.or_default(&0), "");
        *map.or_default(&3) = "d";
        map.remove(&1);
        let all: Vec<_> = map.into_iter().collect();
        assert_eq!(all, [(0, ""), (2, "b"), (3, "d")]);
    }

    #[test]
    fn its_json_is_that_of_a_tree() {
        let tree = BTreeMap::from([(10, vec!["x"]), (9, vec![])]);
        let text = serde_json::to_string(&tree).expect("JSON");
        let map = SmallMap::from(tree);
        assert_eq!(serde_json::to_string(&map).expect("JSON"), text);
        assert_eq!(
            serde_json::from_str::<SmallMap<_, _>>(&text).ok(),
            Some(map)
        );
    }
}
