//! The commands that only the tools of Client SDK 3 send. An `hsm2m.medium` does not answer them: it
//! needs Client SDK 5.9 (User Guide, "cluster-hsm-types").

use serde::{Deserialize, Serialize};

use super::Handle;
use super::Secret;
use super::role::Role;

/// A command of the Client SDK 3 tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sdk3Command {
    /// Compares versions and returns the HSM's name: the first command on every connection.
    Hello,
    /// Lists the users with numbers and wrong passwords (User Guide, "`cloudhsm_mgmt_util-listUsers`").
    Users,
    /// Returns a key's users. For everyone (User Guide, "`cloudhsm_mgmt_util-getKeyInfo`").
    KeyUsers {
        /// The key.
        handle: Handle,
    },
    /// Returns a certificate (User Guide, "`cloudhsm_mgmt_util-getCert`").
    Certificate(CertificateKind),
    /// Wraps data with AES key wrap (RFC 3394) under a key in the HSM.
    AesWrap {
        /// The AES key.
        wrapping: Handle,
        /// The initial value.
        iv: [u8; 8],
        /// The bytes to wrap.
        data: Secret,
    },
    /// Unwraps such data.
    AesUnwrap {
        /// The AES key.
        wrapping: Handle,
        /// The initial value.
        iv: [u8; 8],
        /// The wrapped bytes.
        data: Secret,
    },
    /// Returns a user with the password's hash, masked for another HSM of the cluster or of its clones.
    ExtractUser {
        /// The name.
        username: String,
    },
    /// Inserts a masked user.
    InsertUser {
        /// The result of [`Sdk3Command::ExtractUser`].
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
}

/// A certificate in an HSM, with its number in `getCert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// 1: the manufacturer's root.
    ManufacturerRoot,
    /// 2: the manufacturer's certificate for this hardware.
    ManufacturerHardware,
    /// 4: the customer's root.
    CustomerRoot,
    /// 8: the cluster certificate, signed by the customer.
    Cluster,
    /// 16: the HSM's certificate, which leads to the manufacturer's root.
    ClusterOfManufacturer,
}

impl CertificateKind {
    /// Returns the kind with a number.
    #[must_use]
    pub const fn of(number: u32) -> Option<Self> {
        Some(match number {
            1 => Self::ManufacturerRoot,
            2 => Self::ManufacturerHardware,
            4 => Self::CustomerRoot,
            8 => Self::Cluster,
            16 => Self::ClusterOfManufacturer,
            _ => return None,
        })
    }
}

/// A user as listed by the Client SDK 3 tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sdk3User {
    /// The number that the HSM assigned: 1 for the first administrator.
    pub id: u32,
    /// The name.
    pub username: String,
    /// The role.
    pub role: Role,
    /// Wrong passwords since the last right one.
    pub failures: u32,
}

/// An HSM's answer to a [`Sdk3Command`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sdk3Reply {
    /// The answer to [`Sdk3Command::Hello`].
    Hello {
        /// The HSM's id, for example `hsm-udw0tkfg1ab`: the Client SDK 3 tools call it the partition.
        hsm_id: String,
        /// The number of keys in the HSM, session keys included.
        keys: u64,
    },
    /// The answer to [`Sdk3Command::Users`], by number.
    Users(Vec<Sdk3User>),
    /// The answer to [`Sdk3Command::KeyUsers`].
    KeyUsers {
        /// The owner.
        owner: String,
        /// The sharers.
        shared: Vec<String>,
        /// True for a token key, false for a session key.
        token: bool,
    },
    /// A certificate, PEM.
    Certificate(String),
    /// The wrapped or unwrapped data.
    Data(Secret),
}
