//! The plan of a run of `hsm-load`, and its header.

use std::net::IpAddr;

use super::arguments::Rate;
use super::operation::Operation;
use hsmlab_proto::Handle;

/// The plan of a run.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) operation: Operation,
    pub(super) key: Option<Handle>,
    pub(super) label: String,
    pub(super) made: bool,
    pub(super) rate: Rate,
    pub(super) threads: u32,
    pub(super) seconds: Option<u32>,
    pub(super) interval: u32,
}

impl Plan {
    /// The first lines: the operation, the key, the rate, the HSMs.
    pub(super) fn header(&self, hsms: impl Iterator<Item = IpAddr>, retries: bool) -> String {
        let label = &self.label;
        let key = match self.key {
            Some(handle) => {
                let how = if self.made { "new key" } else { "key" };
                format!(" with the {how} {label:?} (0x{handle:x})")
            }
            None => format!(" of token keys {label}-1, {label}-2, ..."),
        };
        let rate = match self.rate {
            Rate::PerSecond(rate) => format!("{rate} requests/s"),
            Rate::Max => "as many requests/s as the HSMs serve".to_owned(),
        };
        let hsms: Vec<String> = hsms.map(|address| address.to_string()).collect();
        format!(
            "hsm-load (HSM Lab's sample application): {}{key}\n\
             {rate}, {} threads, retry mode {}, HSMs {}\n",
            self.operation.name(),
            self.threads,
            if retries { "standard" } else { "off" },
            hsms.join(", ")
        )
    }
}
