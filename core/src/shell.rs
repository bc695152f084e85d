//! Hosts: file systems, the line parser, and the programs that a learner types.
//!
//! A program sees the world through [`Sys`] alone. Programs that ask questions are state machines
//! ([`process::Process`]): the terminal resumes them with the next line that is typed.

pub mod fs;
pub mod host;
pub mod process;
pub mod programs;
#[cfg(test)]
pub(crate) mod testing;

use std::net::IpAddr;

use serde_json::Value;

use crate::aws::wire::{Call, ServiceError};
use crate::client::Link;
use crate::net::Reach;
use crate::sim::{SimDuration, SimTime};

/// What programs can ask of the world outside their host.
pub trait Sys {
    /// The simulated time.
    fn now(&self) -> SimTime;
    /// Lets simulated time pass, with everything that is due in it.
    fn sleep(&mut self, span: SimDuration);
    /// The next instant at which something that is in progress changes, and what it is.
    fn next_change(&self) -> Option<(SimTime, String)>;
    /// Calls an AWS API.
    ///
    /// # Errors
    /// The service's refusal.
    fn aws(&mut self, call: &Call) -> Result<Value, ServiceError>;
    /// The network as the host `host` sees it.
    fn link(&mut self, host: &str) -> Box<dyn Link + '_>;
    /// Whether the host `host` can open a TCP connection, hop by hop.
    fn reach(&self, host: &str, to: IpAddr, port: u16) -> Reach;
    /// The last connection that the host `host` tried, with its explanation.
    fn last_reach(&self, host: &str) -> Option<(IpAddr, u16, Reach)>;
    /// Whether the host can call services in the Internet (AWS's APIs among them).
    fn has_internet(&self, host: &str) -> bool;
    /// The host that answers at an address (for ssh and scp), as the host `host` sees it.
    fn host_at(&self, host: &str, address: IpAddr) -> Option<String>;
    /// Runs `act` on another host's file system: scp.
    ///
    /// # Errors
    /// Whatever `act` gives; an unknown host is an error too.
    fn with_host(
        &mut self,
        host: &str,
        act: &mut dyn FnMut(&mut host::Host) -> Result<(), String>,
    ) -> Result<(), String>;
    /// A file that can be downloaded from the Internet at `url` (packages, root certificates);
    /// `None` is a 404.
    fn download(&self, url: &str) -> Option<Vec<u8>>;
    /// The access key that the instance profile of a host gives, where it has one.
    fn instance_credentials(&self, host: &str) -> Option<String>;
    /// Fills `bytes` from the random source of the host `host`.
    fn fill_random(&mut self, host: &str, bytes: &mut [u8]);
}
