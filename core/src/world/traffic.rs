//! The recent traffic of the HSMs in buckets of time, and the client applications' view of it.

use std::collections::BTreeMap;

use super::World;
use crate::fabric::Carried;
use hsmlab_hsm::Work;
use hsmlab_shell::job::Seen;

/// The length of a bucket.
pub const BUCKET_MS: u64 = 10_000;
/// Maximum number of buckets: twenty minutes, enough to replace a failed HSM.
pub const BUCKETS_MAX: u64 = 120;

/// The latest buckets.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    buckets: BTreeMap<u64, Bucket>,
    /// The HSMs that ever had traffic, and the others of their regions: oldest first, each with its region.
    hsms: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default)]
struct Bucket {
    hsms: BTreeMap<String, Cell>,
    clients: Cell,
}

/// The counts of one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Operations that succeeded.
    pub operations: u32,
    /// Operations that failed.
    pub failures: u32,
    /// The total time of the successful operations, in microseconds.
    pub latency_us: u64,
}

impl Cell {
    fn add(&mut self, operations: u32, failures: u32, latency_us: u64) {
        self.operations = self.operations.saturating_add(operations);
        self.failures = self.failures.saturating_add(failures);
        self.latency_us = self.latency_us.saturating_add(latency_us);
    }

    /// Returns the mean time of successful operations, in microseconds.
    #[must_use]
    pub fn mean_us(&self) -> u32 {
        let mean = self.latency_us.checked_div(u64::from(self.operations));
        u32::try_from(mean.unwrap_or(0)).unwrap_or(u32::MAX)
    }
}

impl Traffic {
    fn bucket(&mut self, at_ms: u64) -> &mut Bucket {
        let number = at_ms / BUCKET_MS;
        if let Some(first) = number.checked_sub(BUCKETS_MAX - 1) {
            self.buckets = self.buckets.split_off(&first);
        }
        self.buckets.entry(number).or_default()
    }

    /// Returns the buckets from the first one with operations to the current one; empty if there are
    /// none. A bucket is given by its number; the number times [`BUCKET_MS`] is its start.
    #[must_use]
    pub fn span(&self, now_ms: u64) -> std::ops::Range<u64> {
        let end = now_ms / BUCKET_MS + 1;
        let oldest = end.saturating_sub(BUCKETS_MAX);
        match self.buckets.range(oldest..).next() {
            Some((first, _)) => *first..end,
            None => 0..0,
        }
    }

    /// Returns the HSMs of a region that a bucket of `span` shows, oldest first.
    pub fn hsms<'a>(
        &'a self,
        region: &'a str,
        span: std::ops::Range<u64>,
    ) -> impl Iterator<Item = &'a str> + 'a {
        let own = self.hsms.iter().filter(move |(_, own)| own == region);
        own.map(|(id, _)| id.as_str()).filter(move |id| {
            let mut shown = self.buckets.range(span.clone());
            shown.any(|(_, bucket)| bucket.hsms.contains_key(*id))
        })
    }

    /// Returns an HSM's counts in a bucket.
    #[must_use]
    pub fn of_hsm(&self, id: &str, bucket: u64) -> Cell {
        let cell = self.buckets.get(&bucket).and_then(|all| all.hsms.get(id));
        cell.copied().unwrap_or_default()
    }

    /// Returns the applications' counts in a bucket.
    #[must_use]
    pub fn of_clients(&self, bucket: u64) -> Cell {
        let bucket = self.buckets.get(&bucket);
        bucket.map(|bucket| bucket.clients).unwrap_or_default()
    }
}

impl World {
    /// Records the result of a message that was sent to an HSM.
    pub(super) fn note_carried(&mut self, carried: &Carried, at_us: u64) {
        let Some(hsm_id) = &carried.hsm_id else {
            return;
        };
        let (operations, failures, latency_us) = match (carried.work, &carried.result) {
            (Some(Work::Command), Ok(_)) => (1, 0, carried.micros),
            (Some(Work::Channel), Ok(_)) => return,
            _ => (0, 1, 0),
        };
        if !self.traffic.hsms.iter().any(|(known, _)| known == hsm_id) {
            self.know_hsms(hsm_id);
        }
        let done_us = at_us.saturating_add(if operations > 0 { carried.micros } else { 0 });
        let bucket = self.traffic.bucket(done_us / 1000);
        let cell = bucket.hsms.entry(hsm_id.clone()).or_default();
        cell.add(operations, failures, latency_us);
    }

    /// Adds an HSM and the older ones of its region, in their order.
    fn know_hsms(&mut self, hsm_id: &str) {
        for region in self.cloud.ec2.regions.keys() {
            let clusters = self.cloud.cloudhsmv2.clusters_in(region);
            for hsm in clusters.flat_map(|cluster| &cluster.hsms) {
                let known = self.traffic.hsms.iter().any(|(known, _)| *known == hsm.id);
                if !known {
                    self.traffic
                        .hsms
                        .push((hsm.id.clone(), (*region).to_owned()));
                }
            }
        }
        // The service has already forgotten this HSM, while a connection to it was still open.
        if !self.traffic.hsms.iter().any(|(known, _)| known == hsm_id) {
            let place = (hsm_id.to_owned(), self.region.clone());
            self.traffic.hsms.push(place);
        }
    }

    /// Records an application's observation.
    pub(super) fn note_seen(&mut self, seen: Seen) {
        if seen != Seen::default() {
            let bucket = self.traffic.bucket(self.now.unix_ms());
            let Seen {
                operations,
                errors,
                latency_us,
            } = seen;
            bucket.clients.add(operations, errors, latency_us);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_buckets_go() {
        let mut traffic = Traffic::default();
        traffic.hsms.push(("hsm-1".into(), "us-east-1".into()));
        for at in [5_000, 15_000, 16_000] {
            let cells = &mut traffic.bucket(at).hsms;
            cells.entry("hsm-1".into()).or_default().add(1, 0, 300);
        }
        assert_eq!(traffic.span(16_000), 0..2);
        assert_eq!(traffic.of_hsm("hsm-1", 1).operations, 2);
        assert_eq!(traffic.of_hsm("hsm-1", 1).mean_us(), 300);
        assert_eq!(traffic.hsms("us-east-1", 0..2).count(), 1);
        assert_eq!(traffic.hsms("us-east-2", 0..2).count(), 0);
        // A pause longer than the buckets kept.
        let later = BUCKET_MS * (BUCKETS_MAX + 5);
        assert!(traffic.span(later).is_empty());
        traffic.bucket(later);
        assert_eq!(traffic.buckets.len(), 1);
    }
}
