//! Connections of Client SDK 3's tools: one to each server in their configuration, each used separately.

use std::net::IpAddr;

use super::connection::{ConnectError, Member, OpenError, exchange, open};
use super::{Link, LinkError};
use hsmlab_proto::message::{Answer, Command, HsmInfo, Reply};
use hsmlab_proto::sdk3::{Sdk3Command, Sdk3Reply};

/// The port of `cloudhsm_mgmt_util` on an HSM; the daemon's is [`PORT`](super::config::PORT).
pub const MANAGEMENT_PORT: u16 = 2225;

/// A connection to an HSM.
#[derive(Clone, Debug)]
pub struct Server {
    member: Member,
    /// The HSM's id, which the older tools call the partition.
    pub hsm_id: String,
}

/// The reasons that a connection fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// Nothing answers at that address.
    Link(LinkError),
    /// The end-to-end channel did not open.
    Channel(ConnectError),
    /// The HSM does not support Client SDK 3.
    TooNew,
}

impl Server {
    /// Connects to an HSM, opens the channel and compares versions.
    ///
    /// # Errors
    /// See [`ServerError`].
    pub fn open(
        address: IpAddr,
        port: u16,
        anchors: &str,
        link: &mut dyn Link,
    ) -> Result<Self, ServerError> {
        let member = open(address, port, anchors, None, link, &mut Vec::new());
        let member = member.map_err(|error| match error {
            OpenError::Link(error) => ServerError::Link(error),
            OpenError::Connect(error) => ServerError::Channel(error),
        })?;
        let mut server = Self {
            member,
            hsm_id: String::new(),
        };
        match server.ask(&Command::Sdk3(Sdk3Command::Hello), link) {
            Some(Ok(Reply::Sdk3(Sdk3Reply::Hello { hsm_id, .. }))) => {
                server.hsm_id = hsm_id;
                Ok(server)
            }
            Some(_) => {
                server.close(link);
                Err(ServerError::TooNew)
            }
            None => Err(ServerError::Link(LinkError::Reset)),
        }
    }

    /// Returns the HSM's address.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.member.address
    }

    /// Sends a command to the HSM; `None`: the connection is gone.
    pub fn ask(&mut self, command: &Command, link: &mut dyn Link) -> Option<Answer> {
        exchange(&mut self.member, command, link)
    }

    /// Returns what the HSM reports about itself; `None`: the connection is gone.
    pub fn info(&mut self, link: &mut dyn Link) -> Option<HsmInfo> {
        match self.ask(&Command::Info, link)? {
            Ok(Reply::Info(info)) => Some(*info),
            _ => None,
        }
    }

    /// Closes the connection.
    pub fn close(self, link: &mut dyn Link) {
        link.close(self.member.connection);
    }
}
