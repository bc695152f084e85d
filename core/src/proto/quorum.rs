//! Quorum authentication (M of N): commands on tokens, approvals, values and timeouts (User Guide,
//! "quorum-auth-chsm-cli", "key-quorum-auth-chsm-cli", "`cloudhsm_cli-qm-token`").

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::key::Handle;
use super::message::Role;

/// What a token is for (User Guide, "quorum-auth-chsm-cli-service-names").
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
    /// All services with the CLI's words.
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

    /// The service of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(service, _)| *service)
    }

    /// Whether its tokens are bound to a key.
    #[must_use]
    pub const fn is_of_keys(self) -> bool {
        matches!(self, Self::KeyUsage | Self::KeyManagement)
    }

    /// Who makes its tokens and approves them; `None` where anyone does, for themselves.
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

/// The approvals of a token, as its file holds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// What the token is the SHA-256 digest of.
    #[serde(with = "super::b64")]
    pub approval_data: Vec<u8>,
    /// The token: what is signed.
    #[serde(with = "super::b64")]
    pub token: Vec<u8>,
    /// The signatures.
    pub signatures: Vec<ApproverSignature>,
}

impl Approval {
    /// A token that nobody has signed yet.
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
    /// As what; older files do not say.
    pub role: Option<Role>,
    /// RSASSA-PKCS1-v1.5 over the token as a SHA-256 digest.
    #[serde(with = "super::b64")]
    pub signature: Vec<u8>,
}

/// Which timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timeout {
    /// For a token to be approved.
    Generated,
    /// For an approved token to be used.
    Approved,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumCommand {
    /// The values of the services, which anyone may ask.
    Values,
    /// Sets one.
    SetValue {
        /// Of `user`, `quorum` or `cluster`.
        service: Service,
        /// How many must approve; 1 for nobody but the caller.
        value: u8,
    },
    /// The timeouts in seconds, which anyone may ask.
    Timeouts,
    /// Sets one.
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
    /// Puts in the same token that another HSM of the cluster has made.
    PlaceToken {
        /// As [`QuorumReply::Token`] gave it.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// All tokens, which anyone may ask.
    Tokens,
    /// Deletes the caller's tokens, or an administrator all.
    DeleteTokens {
        /// All, else the caller's.
        all: bool,
    },
    /// Deletes one token of the caller's: its operation was done on another HSM.
    DropToken {
        /// The token.
        #[serde(with = "super::b64")]
        token: Vec<u8>,
    },
    /// Approves a token of the caller's: the next operation of its service may be done, once.
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

/// What an HSM answers.
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
        /// The token is the SHA-256 digest of it.
        #[serde(with = "super::b64")]
        approval_data: Vec<u8>,
        /// The same, sealed for the other HSMs of the cluster.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// The tokens that are alive.
    Tokens(Vec<TokenInfo>),
    /// What is to be signed to prove a second factor.
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
    /// Approvals that it needs.
    pub required: u8,
    /// Approvals that it has.
    pub approvals: u8,
    /// Seconds that are left.
    pub seconds: u32,
    /// The token itself, which is no secret.
    #[serde(with = "super::b64")]
    pub token: Vec<u8>,
}

/// Why an HSM refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumFault {
    /// The operation needs an approved token of an administrators' service.
    ApprovalRequired,
    /// It needs one of a service of keys.
    KeyApprovalRequired,
    /// Too few have approved.
    TooFew {
        /// Approvals that there are.
        have: u8,
        /// Approvals that are needed.
        need: u8,
    },
    /// A signature is not by a user who may approve, or not over this token.
    InvalidPair,
    /// The token is not one of the HSM's, or the registration is not signed with the key's other half.
    InvalidSignature,
    /// Not a value that a quorum can have.
    InvalidValue,
    /// A key has both values, and each above 1, or none.
    KeyValues,
    /// The user has a token of that service.
    ActiveToken,
    /// No room for another token.
    TooManyTokens,
    /// The service, or the key, needs no approval.
    NotControlled,
    /// The HSM does not have the service, or it is not one that this command takes.
    NoSuchService,
    /// Not a timeout that a token can have.
    InvalidTimeout,
    /// Not an RSA public key with 2,048 bits.
    PublicKey,
    /// The user's second factor and approvals are made with one and the same key.
    OtherKey,
    /// The user logs in with a second factor.
    MfaRequired,
    /// The user has no second factor.
    MfaNotSet,
    /// The second factor is wrong.
    MfaFailed,
}
