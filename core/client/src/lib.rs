//! The CloudHSM client: configuration, trust anchor, connections, end-to-end encrypted channel.
//!
//! It sees a [`Link`] that connects and exchanges bytes, never an appliance.
#![forbid(unsafe_code)]

pub mod cloudhsm_reference;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod cryptoki;
pub mod export;
pub mod identity;
pub mod nodes;
pub mod pool;
mod posting;
pub mod reference;
pub mod sdk3;
pub mod trust;

use std::net::IpAddr;

use hsmlab_sim::{SimDuration, SimTime};

/// The reasons that a link fails to deliver bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// No answer arrived in time: a security group, a network ACL or a route dropped the packets.
    TimedOut,
    /// The other side refused: nothing listens on that port.
    Refused,
    /// The connection broke.
    Reset,
}

/// The network as a client sees it from the host it runs on.
pub trait Link {
    /// Opens a TCP connection; a time-out takes its simulated time.
    ///
    /// # Errors
    /// See [`LinkError`].
    fn connect(&mut self, to: IpAddr, port: u16) -> Result<u64, LinkError>;
    /// Sends a message on a connection and waits for the answer.
    ///
    /// # Errors
    /// See [`LinkError`].
    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError>;
    /// [`Link::connect`] for a client that accounts for time itself: no time passes, and the duration of
    /// the attempt, in microseconds, is returned together with its outcome. A world without latency can use
    /// the default.
    fn try_connect(&mut self, to: IpAddr, port: u16) -> (Result<u64, LinkError>, u64) {
        (self.connect(to, port), 0)
    }
    /// [`Link::exchange`] for such a client: the message is sent `at_us` microseconds after 1970, not
    /// before the current time. The answer is valid only if the connection is still open when it arrives.
    fn post(
        &mut self,
        connection: u64,
        message: &[u8],
        at_us: u64,
    ) -> (Result<Vec<u8>, LinkError>, u64) {
        let _ = at_us;
        (self.exchange(connection, message), 0)
    }
    /// True if a connection is open, as far as the client can tell.
    fn is_open(&self, connection: u64) -> bool {
        let _ = connection;
        true
    }
    /// Closes a connection.
    fn close(&mut self, connection: u64);
    /// The simulated time.
    fn now(&self) -> SimTime;
    /// Lets simulated time pass.
    fn sleep(&mut self, span: SimDuration);
    /// Fills `bytes` from the host's random source.
    fn fill_random(&mut self, bytes: &mut [u8]);
}
