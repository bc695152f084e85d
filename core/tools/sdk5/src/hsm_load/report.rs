//! The counts of `hsm-load`, and its output lines.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Value, json};

use hsmlab_sim::SimTime;

/// Counts of one interval, or of the whole run.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) operations: u64,
    pub(super) errors: u64,
    pub(super) retries: u64,
    latency_us: u64,
    hsms: BTreeMap<IpAddr, Share>,
}

/// The work of one HSM for the application.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    operations: u64,
    latency_us: u64,
}

impl Counts {
    /// Counts a successful operation: the HSM, its latency, and the latency that the application
    /// saw, including earlier attempts.
    pub(super) fn done(&mut self, hsm: IpAddr, hsm_us: u64, waited_us: u64) {
        self.operations += 1;
        self.latency_us = self.latency_us.saturating_add(waited_us);
        let share = self.hsms.entry(hsm).or_default();
        share.operations += 1;
        share.latency_us = share.latency_us.saturating_add(hsm_us);
    }

    /// `200 ops, 0 errors, 0 retries, 2.6 ms`
    fn totals(&self) -> String {
        format!(
            "{} ops, {} errors, {} retries, {}",
            self.operations,
            self.errors,
            self.retries,
            mean(self.latency_us, self.operations)
        )
    }

    /// The line of an interval; it also names connected HSMs that did nothing.
    pub(super) fn line(&self, at_us: u64, connected: impl Iterator<Item = IpAddr>) -> String {
        let mut shares = self.hsms.clone();
        for address in connected {
            shares.entry(address).or_default();
        }
        let each: Vec<String> = shares
            .iter()
            .map(|(address, share)| {
                let mean = mean(share.latency_us, share.operations);
                format!("{address}: {} ({mean})", share.operations)
            })
            .collect();
        let each = if each.is_empty() {
            "no HSM is connected".to_owned()
        } else {
            each.join(", ")
        };
        format!("{}  {} | {each}\n", clock(at_us), self.totals())
    }

    /// The totals as JSON, with the operations of the last interval: the content of `--report`.
    pub(super) fn json(&self, operation: &str, micros: u64, last: &Self, ended: bool) -> String {
        let report = json!({
            "operation": operation,
            "seconds": micros / 1_000_000,
            "ended": ended,
            "operations": self.operations,
            "errors": self.errors,
            "retries": self.retries,
            "hsms": self.shares(),
            "last_interval": last.shares(),
        });
        serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
    }

    /// The number of operations of each HSM, as JSON.
    fn shares(&self) -> Vec<Value> {
        let share = |(address, share): (&IpAddr, &Share)| json!({ "address": address.to_string(), "operations": share.operations });
        self.hsms.iter().map(share).collect()
    }

    /// The end of the run.
    pub(super) fn summary(&self, micros: u64) -> String {
        let tenths = micros / 100_000;
        let mut text = format!(
            "Total in {}.{} s: {}\n",
            tenths / 10,
            tenths % 10,
            self.totals()
        );
        for (address, share) in &self.hsms {
            let percent = share.operations * 100 / self.operations.max(1);
            let mean = mean(share.latency_us, share.operations);
            text.push_str(&format!(
                "  {address}: {} ops ({percent}%), mean {mean}\n",
                share.operations
            ));
        }
        text
    }
}

/// The mean, in milliseconds: `2.6 ms`, or `-` if there is none.
fn mean(sum_us: u64, count: u64) -> String {
    match sum_us.checked_div(count) {
        Some(mean) => format!("{}.{} ms", mean / 1000, mean % 1000 / 100),
        None => "-".into(),
    }
}

/// The time of day in UTC: `10:42:07`.
fn clock(at_us: u64) -> String {
    let at = SimTime::from_unix_ms(at_us / 1000).to_utc();
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_name_each_hsm() {
        let mut counts = Counts::default();
        let (one, two) = ([10, 0, 1, 5].into(), [10, 0, 2, 7].into());
        counts.done(one, 2600, 2600);
        counts.done(one, 1400, 3400);
        counts.retries = 1;
        let at = SimTime::parse_rfc3339("2026-11-24T10:42:07Z").unwrap();
        assert_eq!(
            counts.line(at.unix_ms() * 1000, [two].into_iter()),
            "10:42:07  2 ops, 0 errors, 1 retries, 3.0 ms | 10.0.1.5: 2 (2.0 ms), 10.0.2.7: 0 (-)\n"
        );
        assert_eq!(
            counts.summary(1_500_000),
            "Total in 1.5 s: 2 ops, 0 errors, 1 retries, 3.0 ms\n  10.0.1.5: 2 ops (100%), mean 2.0 ms\n"
        );
        let mut last = Counts::default();
        last.done(two, 1, 1);
        let report: Value =
            serde_json::from_str(&counts.json("hmac", 1_500_000, &last, true)).unwrap();
        assert_eq!(
            report,
            json!({
                "operation": "hmac", "seconds": 1, "ended": true,
                "operations": 2, "errors": 0, "retries": 1,
                "hsms": [{ "address": "10.0.1.5", "operations": 2 }],
                "last_interval": [{ "address": "10.0.2.7", "operations": 1 }],
            })
        );
        let nothing = Counts::default().line(0, [].into_iter());
        assert!(nothing.ends_with("0 ops, 0 errors, 0 retries, - | no HSM is connected\n"));
    }
}
