//! What the tools of Client SDK 3 ask of an HSM beyond what those of Client SDK 5 do. An
//! `hsm2m.medium` does not answer them: it needs Client SDK 5.9 (User Guide, "cluster-hsm-types").

use serde::{Deserialize, Serialize};

use super::Secret;
use super::key::Handle;
use super::message::Role;

/// A command of the older tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sdk3Command {
    /// The versions are compared, and the HSM tells its name: first on every connection.
    Hello,
    /// The users, with their numbers and wrong passwords (User Guide, "`cloudhsm_mgmt_util-listUsers`").
    Users,
    /// Whose a key is, which anyone may ask (User Guide, "`cloudhsm_mgmt_util-getKeyInfo`").
    KeyUsers {
        /// The key.
        handle: Handle,
    },
    /// A certificate (User Guide, "`cloudhsm_mgmt_util-getCert`").
    Certificate(CertificateKind),
    /// AES key wrap (RFC 3394) of data under a key in the HSM.
    AesWrap {
        /// The AES key.
        wrapping: Handle,
        /// The initial value.
        iv: [u8; 8],
        /// The bytes to wrap.
        data: Secret,
    },
    /// The reverse.
    AesUnwrap {
        /// The AES key.
        wrapping: Handle,
        /// The initial value.
        iv: [u8; 8],
        /// The wrapped bytes.
        data: Secret,
    },
    /// A user with the password's hash, masked for another HSM of the cluster or of its clones.
    ExtractUser {
        /// The name.
        username: String,
    },
    /// Inserts a masked user.
    InsertUser {
        /// What [`Sdk3Command::ExtractUser`] gave.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
}

/// A certificate that an HSM keeps, with its number in `getCert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateKind {
    /// 1: the manufacturer's root.
    ManufacturerRoot,
    /// 2: the manufacturer's for this hardware.
    ManufacturerHardware,
    /// 4: the customer's root.
    CustomerRoot,
    /// 8: the cluster certificate, signed by the customer.
    Cluster,
    /// 16: the HSM's, which leads to the manufacturer's root.
    ClusterOfManufacturer,
}

impl CertificateKind {
    /// The kind of a number.
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

/// A user as the older tools list them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sdk3User {
    /// The number that the HSM gave: 1 for the first administrator.
    pub id: u32,
    /// The name.
    pub username: String,
    /// The role.
    pub role: Role,
    /// Wrong passwords since the last right one.
    pub failures: u32,
}

/// What an HSM answers to a [`Sdk3Command`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sdk3Reply {
    /// To [`Sdk3Command::Hello`].
    Hello {
        /// As `hsm-udw0tkfg1ab`: the older tools call it the partition.
        hsm_id: String,
        /// Keys in the HSM, session keys among them.
        keys: u64,
    },
    /// To [`Sdk3Command::Users`], by their numbers.
    Users(Vec<Sdk3User>),
    /// To [`Sdk3Command::KeyUsers`].
    KeyUsers {
        /// The owner.
        owner: String,
        /// The sharers.
        shared: Vec<String>,
        /// A token key, else a session key.
        token: bool,
    },
    /// A certificate, PEM.
    Certificate(String),
    /// Data that were wrapped or unwrapped.
    Data(Secret),
}
