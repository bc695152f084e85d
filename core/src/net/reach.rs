//! Can A reach B? One walk along the way that a packet takes, and back.

use std::net::IpAddr;

use super::{Endpoint, Network, Reach};

/// Whether something answers at a port of the machine behind an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    /// Something accepts connections.
    Open,
    /// The machine runs and refuses: nothing listens on the port.
    Closed,
    /// Nothing answers at all; a sentence says why (the instance is stopped, the HSM is gone).
    Down(String),
}

impl Network {
    /// Can `from` open a TCP connection to `to` on `port`?
    #[must_use]
    pub fn reach(
        &self,
        from: &Endpoint,
        to: IpAddr,
        port: u16,
        listener: &dyn Fn(&str, u16) -> Listening,
    ) -> Reach {
        let _ = (from, to, port, listener);
        Reach {
            hops: Vec::new(),
            reachable: false,
        }
    }
}
