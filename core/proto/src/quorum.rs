//! Quorum authentication (M of N): commands on tokens, approvals, values and timeouts (User Guide,
//! "quorum-auth-chsm-cli", "key-quorum-auth-chsm-cli", "`cloudhsm_cli-qm-token`").

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Handle;
use super::role::Role;

/// The purpose of a token (User Guide, "quorum-auth-chsm-cli-service-names").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Users are made, deleted, and their passwords and second factors changed.
    User,
    /// Quorum values are set.
    Quorum,
    /// Policies of the cluster are changed (hsm2m.medium).
    Cluster,
    /// A public key is registered.
    Registration,
    /// A key signs.
    KeyUsage,
    /// A key is wrapped, wraps, unwraps, is shared or changed.
    KeyManagement,
}

impl Service {
    /// All services with the CLI's names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::User, "user"),
        (Self::Quorum, "quorum"),
        (Self::Cluster, "cluster"),
        (Self::Registration, "registration"),
        (Self::KeyUsage, "key-usage"),
        (Self::KeyManagement, "key-management"),
    ];

    /// Returns the CLI's name.
    #[must_use]
    pub fn text(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(service, _)| *service == self)
            .map_or("", |(_, text)| text)
    }

    /// Returns the service with a CLI name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(service, _)| *service)
    }

    /// True if its tokens are bound to a key.
    #[must_use]
    pub const fn is_of_keys(self) -> bool {
        matches!(self, Self::KeyUsage | Self::KeyManagement)
    }

    /// Returns the role that makes and approves its tokens; `None` if all users do, for themselves.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::User | Self::Quorum | Self::Cluster => Some(Role::Admin),
            Self::KeyUsage | Self::KeyManagement => Some(Role::CryptoUser),
            Self::Registration => None,
        }
    }
}

/// A key's quorum values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyQuorum {
    /// `manage-key-quorum-value`.
    pub manage: u8,
    /// `use-key-quorum-value`.
    pub usage: u8,
}

/// The approvals of a token, as stored in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The approval data; the token is their SHA-256 digest.
    #[serde(with = "super::b64")]
    pub approval_data: Vec<u8>,
    /// The token, which approvers sign.
    #[serde(with = "super::b64")]
    pub token: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<ApproverSignature>,
}

impl Approval {
    /// Makes the content of a token file without signatures.
    #[must_use]
    pub fn of(approval_data: &[u8]) -> Self {
        Self {
            approval_data: approval_data.to_vec(),
            token: Sha256::digest(approval_data).to_vec(),
            signatures: Vec::new(),
        }
    }
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproverSignature {
    /// The approver.
    pub username: String,
    /// The approver's role; older files do not contain it.
    pub role: Option<Role>,
    /// RSASSA-PKCS1-v1.5 over the token as a SHA-256 digest.
    #[serde(with = "super::b64")]
    pub signature: Vec<u8>,
}

/// The two timeouts of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timeout {
    /// The time in which a token must be approved.
    Generated,
    /// The time in which an approved token must be used.
    Approved,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumCommand {
    /// Returns the values of the services. For everyone.
    Values,
    /// Sets a value.
    SetValue {
        /// `user`, `quorum` or `cluster`.
        service: Service,
        /// The number of approvals; 1 means only the caller.
        value: u8,
    },
    /// Returns the timeouts in seconds. For everyone.
    Timeouts,
    /// Sets a timeout.
    SetTimeout {
        /// The timeout to set.
        which: Timeout,
        /// In seconds.
        seconds: u32,
    },
    /// Makes a token: [`QuorumReply::Token`].
    NewToken {
        /// The service.
        service: Service,
        /// The key, for the services of keys.
        handle: Option<Handle>,
    },
    /// Inserts the same token that another HSM of the cluster has made.
    PlaceToken {
        /// The sealed token of [`QuorumReply::Token`].
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// Returns all tokens. For everyone.
    Tokens,
    /// Deletes the caller's tokens; an administrator may delete all.
    DeleteTokens {
        /// True for all tokens, false for the caller's.
        all: bool,
    },
    /// Deletes one of the caller's tokens: its operation was done on another HSM.
    DropToken {
        /// The token.
        #[serde(with = "super::b64")]
        token: Vec<u8>,
    },
    /// Approves one of the caller's tokens: the next operation of its service may run, once.
    Approve(Approval),
    /// Registers the caller's public key.
    Register {
        /// RSA with 2,048 bits, DER, `SubjectPublicKeyInfo`.
        #[serde(with = "super::b64")]
        public_key: Vec<u8>,
        /// The registration token's approval data.
        #[serde(with = "super::b64")]
        approval_data: Vec<u8>,
        /// The token, signed with the private key.
        #[serde(with = "super::b64")]
        signature: Vec<u8>,
    },
}

/// An HSM's answer to a quorum command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumReply {
    /// The value of each service that the HSM has.
    Values(Vec<(Service, u8)>),
    /// The timeouts in seconds.
    Timeouts {
        /// See [`Timeout::Generated`].
        generated: u32,
        /// See [`Timeout::Approved`].
        approved: u32,
    },
    /// A new token.
    Token {
        /// The approval data; the token is their SHA-256 digest.
        #[serde(with = "super::b64")]
        approval_data: Vec<u8>,
        /// The same, sealed for the other HSMs of the cluster.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// The live tokens.
    Tokens(Vec<TokenInfo>),
    /// The bytes to sign to prove a second factor.
    Challenge(#[serde(with = "super::b64")] Vec<u8>),
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenInfo {
    /// The owner.
    pub username: String,
    /// The service.
    pub service: Service,
    /// The key, for the services of keys.
    pub handle: Option<Handle>,
    /// The number of approvals that it needs.
    pub required: u8,
    /// The number of approvals that it has.
    pub approvals: u8,
    /// The seconds that are left.
    pub seconds: u32,
    /// The token itself; it is not secret.
    #[serde(with = "super::b64")]
    pub token: Vec<u8>,
}

/// The reasons that an HSM refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumFault {
    /// The operation needs an approved token of an administrators' service.
    ApprovalRequired,
    /// The operation needs an approved token of a service of keys.
    KeyApprovalRequired,
    /// Too few have approved.
    TooFew {
        /// The approvals present.
        have: u8,
        /// The approvals needed.
        need: u8,
    },
    /// A signature is not by a user who may approve, or not over this token.
    InvalidPair,
    /// The token is not in the HSM, or the registration is not signed with the private key.
    InvalidSignature,
    /// The quorum value is out of range.
    InvalidValue,
    /// A key must have both values, each above 1, or neither.
    KeyValues,
    /// The user already has a token of that service.
    ActiveToken,
    /// No room for another token.
    TooManyTokens,
    /// The service, or the key, needs no approval.
    NotControlled,
    /// The HSM does not have the service, or this command does not accept it.
    NoSuchService,
    /// The timeout is out of range.
    InvalidTimeout,
    /// The key is not an RSA public key with 2,048 bits.
    PublicKey,
    /// The same key must serve the user's second factor and approvals.
    OtherKey,
    /// The user logs in with a second factor.
    MfaRequired,
    /// The user has no second factor.
    MfaNotSet,
    /// The second factor is wrong.
    MfaFailed,
}
