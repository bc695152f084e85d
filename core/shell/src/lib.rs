//! Hosts: file systems, the line parser, and the programs that a learner types.
//!
//! A program sees the world only through [`Sys`]. Programs that ask questions are state machines
//! ([`process::Process`]): the terminal resumes them with the next typed line.
#![forbid(unsafe_code)]

pub(crate) mod arithmetic;
pub mod builtins;
pub mod duration;
pub mod expand;
pub mod fs;
pub mod host;
pub mod image;
pub mod job;
pub mod lookup;
pub mod machine;
pub mod objects;
pub mod process;
pub mod software;
pub mod syntax;
pub mod terminal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::net::IpAddr;

use serde_json::Value;

use hsmlab_api::{Call, ServiceError};
use hsmlab_client::Link;
use hsmlab_protocol::Reach;
use hsmlab_sim::{SimDuration, SimTime};

/// The requests that programs can make of the world outside their host. The default methods
/// describe a world without other hosts.
pub trait Sys {
    /// The simulated time.
    fn now(&self) -> SimTime;
    /// Advances the simulated time and runs everything that is due.
    fn sleep(&mut self, span: SimDuration);
    /// The next instant at which something in progress changes, with a description.
    fn next_change(&self) -> Option<(SimTime, String)>;
    /// Calls an AWS API.
    ///
    /// # Errors
    /// The service's refusal.
    fn aws(&mut self, call: &Call) -> Result<Value, ServiceError>;
    /// The network as seen from the host `host`.
    fn link(&mut self, host: &str) -> Box<dyn Link + '_>;
    /// Reports whether the host `host` can open a TCP connection, hop by hop.
    fn reach(&self, host: &str, to: IpAddr, port: u16) -> Reach;
    /// The last connection that the host `host` tried, with its explanation.
    fn last_reach(&self, host: &str) -> Option<(IpAddr, u16, Reach)>;
    /// True if the host can call services on the Internet (including AWS's APIs).
    fn has_internet(&self, host: &str) -> bool;
    /// The host that answers at an address (for ssh and scp), as seen from the host `host`.
    fn host_at(&self, host: &str, address: IpAddr) -> Option<String>;
    /// True if the SSH server of the host `host` accepts `user` with a private key (PEM).
    fn accepts_login(&self, host: &str, user: &str, private_key: &str) -> bool {
        let _ = (host, user, private_key);
        false
    }
    /// Takes another host out of the world with a fresh login of `user`, to run commands on it.
    /// [`Sys::check_in`] must put it back.
    fn check_out(&mut self, host: &str, user: &str) -> Option<(host::Host, host::Login)> {
        let _ = (host, user);
        None
    }
    /// Puts a host back.
    fn check_in(&mut self, host: host::Host) {
        drop(host);
    }
    /// Downloads the file at `url` from the simulated Internet (packages, root certificates);
    /// `None` is a 404.
    fn download(&self, url: &str) -> Option<Vec<u8>>;
    /// True if the simulated Internet has a host of this name.
    fn has_host(&self, name: &str) -> bool {
        let _ = name;
        false
    }
    /// The public address of the host `host`.
    fn public_address(&self, host: &str) -> Option<IpAddr> {
        let _ = host;
        None
    }
    /// The private address of the host `host` and its subnet; CloudShell has none.
    fn own_address(&self, host: &str) -> Option<(std::net::Ipv4Addr, ipnet::Ipv4Net)> {
        let _ = host;
        None
    }
    /// The access key that a host has without configuration: CloudShell's, or that of an instance's
    /// profile.
    fn instance_credentials(&mut self, host: &str) -> Option<String>;
    /// Starts a job on the host `host`; it continues automatically as time passes. Returns its
    /// number, or `None` if too many jobs are running.
    fn start_job(&mut self, host: &str, job: Box<dyn job::Job>) -> Option<u64> {
        let _ = (host, job);
        None
    }
    /// Returns the output of a job since the last call, and its exit status if it has ended. An
    /// ended job is then forgotten. `None`: there is no such job.
    fn job_news(&mut self, number: u64) -> Option<job::News> {
        let _ = number;
        None
    }
    /// Ends a job and returns its last output.
    fn end_job(&mut self, number: u64) -> Option<job::News> {
        let _ = number;
        None
    }
    /// The programs that hosts can have.
    fn software(&self) -> &'static software::Software;
    /// Fills `bytes` from the random source of the host `host`.
    fn fill_random(&mut self, host: &str, bytes: &mut [u8]);
}
