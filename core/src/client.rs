//! The CloudHSM client: configuration, trust anchor, connections, end-to-end encrypted channel.
//!
//! It sees a [`Link`] that connects and exchanges bytes, never an appliance.

pub mod cloudhsm_reference;
pub mod cluster;
pub mod config;
pub mod connection;
pub mod export;
pub mod identity;
pub mod reference;
pub mod sdk3;
pub mod trust;

use std::net::IpAddr;

use crate::sim::{SimDuration, SimTime};

/// Why bytes could not be carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// Nothing came back in time: a security group, a network ACL or a route dropped the packets.
    TimedOut,
    /// The other side said no: nothing listens on that port.
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
    /// Closes a connection.
    fn close(&mut self, connection: u64);
    /// The simulated time.
    fn now(&self) -> SimTime;
    /// Lets simulated time pass.
    fn sleep(&mut self, span: SimDuration);
    /// Fills `bytes` from the host's random source.
    fn fill_random(&mut self, bytes: &mut [u8]);
}
