//! The messages inside the channel: one [`Command`] per record, one [`Answer`] back, as JSON.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::cipher::CipherCommand;
use super::key::{Curve, Flag, KeyInfo, KeyType, SignMechanism, Template, Term, WrapMechanism};
use super::role::Role;
use super::{Handle, Secret};

/// Approximate size of the keys in one [`Reply::Keys`]: well below
/// [`MESSAGE_BYTES_MAX`](super::channel::MESSAGE_BYTES_MAX), because a key may have a thousand sharers.
pub const KEYS_PAGE_BYTES: usize = 512 * 1024;

/// The commands of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Describe the HSM and list its cluster's members.
    Info,
    /// Log in on this connection.
    Login {
        /// The user.
        username: String,
        /// The role.
        role: Role,
        /// The password.
        password: Secret,
    },
    /// Log out.
    Logout,
    /// Set the first administrator's password.
    Activate {
        /// The password.
        password: Secret,
    },
    /// List all users.
    ListUsers,
    /// Make a user.
    CreateUser {
        /// The name.
        username: String,
        /// Administrator or crypto user.
        role: Role,
        /// The password.
        password: Secret,
    },
    /// Remove a user.
    DeleteUser {
        /// The name.
        username: String,
        /// The role that the user has.
        role: Role,
    },
    /// Set a user's password; this also unlocks the user.
    ChangePassword {
        /// The name.
        username: String,
        /// The role that the user has.
        role: Role,
        /// The new password.
        password: Secret,
    },
    /// Generate a secret key.
    GenerateSymmetric {
        /// AES or a generic secret.
        key_type: KeyType,
        /// Its length.
        length_bytes: u32,
        /// Its attributes.
        template: Template,
    },
    /// Generate a key pair.
    GeneratePair {
        /// RSA or a curve.
        kind: PairKind,
        /// The public key.
        public: Template,
        /// The private key.
        private: Template,
    },
    /// Find the keys that match all terms, ordered by handle.
    FindKeys {
        /// The terms.
        terms: Vec<Term>,
        /// Only handles above this one.
        after: Handle,
    },
    /// Delete a key.
    DeleteKey {
        /// The key.
        handle: Handle,
    },
    /// Change an attribute.
    SetAttribute {
        /// The key.
        handle: Handle,
        /// The change.
        change: AttributeChange,
    },
    /// Share a key with a crypto user.
    Share {
        /// The key.
        handle: Handle,
        /// The crypto user.
        username: String,
    },
    /// Stop sharing a key with a crypto user.
    Unshare {
        /// The key.
        handle: Handle,
        /// The crypto user.
        username: String,
    },
    /// Import a public key (DER, `SubjectPublicKeyInfo`).
    ImportPublic {
        /// The key.
        #[serde(with = "super::b64")]
        spki: Vec<u8>,
        /// Its attributes.
        template: Template,
    },
    /// Sign a digest.
    Sign {
        /// The private key.
        handle: Handle,
        /// The mechanism.
        mechanism: SignMechanism,
        /// The digest.
        #[serde(with = "super::b64")]
        digest: Vec<u8>,
    },
    /// Verify the signature of a digest.
    Verify {
        /// The public key.
        handle: Handle,
        /// The mechanism.
        mechanism: SignMechanism,
        /// The digest.
        #[serde(with = "super::b64")]
        digest: Vec<u8>,
        /// The signature.
        #[serde(with = "super::b64")]
        signature: Vec<u8>,
    },
    /// Encrypt a key with another.
    Wrap {
        /// The key to wrap.
        payload: Handle,
        /// The key that wraps.
        wrapping: Handle,
        /// The mechanism.
        mechanism: WrapMechanism,
    },
    /// Decrypt a wrapped key into the HSM.
    Unwrap {
        /// The key that unwraps.
        wrapping: Handle,
        /// The mechanism.
        mechanism: WrapMechanism,
        /// The wrapped bytes.
        #[serde(with = "super::b64")]
        wrapped: Vec<u8>,
        /// The kind of key.
        kind: UnwrapKind,
        /// Its attributes.
        template: Template,
    },
    /// Encryption, authentication and derivation.
    Cipher(CipherCommand),
    /// Signatures of messages.
    Pure(super::pure::PureCommand),
    /// Policies on client certificates.
    Policy(super::policy::PolicyCommand),
    /// Replication of users and keys to clones.
    Replicate(super::replicate::ReplicateCommand),
    /// Return a token key, masked for another HSM of the same cluster.
    ExtractMasked {
        /// The key.
        handle: Handle,
    },
    /// Insert a masked key.
    InsertMasked {
        /// The result of [`Command::ExtractMasked`].
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// Second factors.
    Mfa(super::mfa::MfaCommand),
    /// Tokens and approvals.
    Quorum(super::quorum::QuorumCommand),
    /// The commands of the Client SDK 3 tools.
    Sdk3(super::sdk3::Sdk3Command),
}

/// A change of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeChange {
    /// `label`.
    Label(String),
    /// `id`.
    Id(#[serde(with = "super::b64")] Vec<u8>),
    /// A flag.
    Flag(Flag, bool),
    /// `wrap-template`: the attributes that a key must have to be wrapped by this key.
    WrapTemplate(Vec<(Flag, bool)>),
    /// `unwrap-template`: the attributes of keys that this key unwraps.
    UnwrapTemplate(Vec<(Flag, bool)>),
}

/// The kind of pair to generate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairKind {
    /// RSA.
    Rsa {
        /// The modulus' size.
        bits: u32,
        /// The public exponent.
        exponent: u64,
    },
    /// A curve.
    Ec(#[serde(with = "super::curve_name")] Curve),
    /// Ed25519 or ML-DSA.
    Pure(super::pure::PureKind),
}

/// The kind of key to unwrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnwrapKind {
    /// An AES key.
    Aes,
    /// A Triple DES key of three parts.
    Des3,
    /// A generic secret.
    GenericSecret,
    /// An RSA private key, PKCS#8.
    RsaPrivate,
    /// An EC private key, PKCS#8.
    EcPrivate,
}

/// An HSM's answer to a command.
pub type Answer = Result<Reply, Fault>;

/// The result of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The command succeeded and returns nothing.
    Done,
    /// See [`HsmInfo`].
    Info(Box<HsmInfo>),
    /// The users by name.
    Users(Vec<UserInfo>),
    /// A key.
    Key(Box<KeyInfo>),
    /// The public and the private key.
    Pair(Box<(KeyInfo, KeyInfo)>),
    /// A page of keys.
    Keys {
        /// The keys.
        keys: Vec<KeyInfo>,
        /// True if there are more.
        more: bool,
    },
    /// A signature, or a masked key.
    Bytes(#[serde(with = "super::b64")] Vec<u8>),
    /// A wrapped key.
    Wrapped {
        /// The IV that the HSM generated; empty for mechanisms without one.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
        /// The wrapped key.
        #[serde(with = "super::b64")]
        wrapped: Vec<u8>,
    },
    /// The answer to a command on tokens or second factors.
    Quorum(super::quorum::QuorumReply),
    /// The answer to a command on policies.
    Policy(super::policy::PolicyReply),
    /// The answer to a command of the Client SDK 3 tools.
    Sdk3(super::sdk3::Sdk3Reply),
}

/// An HSM's description (`cluster hsm-info`), and its cluster's members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HsmInfo {
    /// The cluster's id.
    pub cluster_id: String,
    /// The addresses of the cluster's HSMs, this one among them.
    pub members: Vec<IpAddr>,
    /// The maker.
    pub vendor: String,
    /// The model.
    pub model: String,
    /// The serial number.
    pub serial_number: String,
    /// Hardware version, major and minor.
    pub hardware_version: (String, String),
    /// Firmware version: major, minor, build.
    pub firmware_version: (String, String, String),
    /// The firmware's name.
    pub firmware_id: String,
    /// True in FIPS mode.
    pub fips: bool,
    /// True if the first administrator's password has been set.
    pub activated: bool,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The name, lower case.
    pub username: String,
    /// The role.
    pub role: Role,
    /// True if locked after too many wrong passwords.
    pub locked: bool,
    /// SHA-256 of the public key of the second factor, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<String>,
    /// SHA-256 of the public key for quorum approvals, if one is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<String>,
}

/// The reasons that the HSM refuses. Nothing changes except the count of wrong passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The password is wrong.
    LoginFailed,
    /// Too many wrong passwords.
    UserLocked,
    /// A user is already logged in on this connection.
    AlreadyLoggedIn,
    /// No user is logged in.
    NotLoggedIn,
    /// This kind of user lacks permission.
    WrongRole(Role),
    /// The first administrator's password has not been set.
    NotActivated,
    /// The first administrator's password has been set already.
    AlreadyActivated,
    /// No such user.
    NoSuchUser,
    /// The name is taken.
    UserExists,
    /// A character that a user name cannot have, or none at all.
    BadUserName(Option<char>),
    /// The user name is too long.
    UserNameTooLong,
    /// The password has a length or a character that it cannot have.
    BadPassword,
    /// The user is logged in.
    UserLoggedIn,
    /// The user owns keys.
    UserOwnsKeys,
    /// The user cannot be changed (the appliance user, or the last administrator).
    UserProtected,
    /// No room for another user.
    TooManyUsers,
    /// No room for another key.
    TooManyKeys,
    /// No such key, or none that this user may see.
    NoSuchKey,
    /// Only the owner has permission.
    NotOwner,
    /// The attribute must be true for this.
    NotAllowed(Flag),
    /// The attribute cannot have this value.
    AttributeRefused(String, String),
    /// The key's type or class does not match the command.
    WrongKeyType,
    /// The HSM does not support this key length.
    BadKeyLength,
    /// The label is too long.
    LabelTooLong,
    /// Not supported in FIPS mode.
    NotInFips,
    /// The hash is weaker than the key: strengths in bits.
    WeakHash(usize, usize),
    /// The mechanism does not accept data of this length: more than the given number of bytes, or
    /// a length that does not fit its blocks or the key.
    DataLength(Option<usize>),
    /// The IV must have the given number of bytes.
    BadIv(usize),
    /// The ciphertext is not authentic, or its padding is wrong.
    DecryptFailed,
    /// The data do not match the mechanism, for this reason.
    BadData(String),
    /// The signature is wrong.
    SignatureMismatch,
    /// The wrapped key is not authentic or not well-formed.
    UnwrapFailed,
    /// A different key has this handle.
    HandleTaken,
    /// A refusal on quorum authentication or second factors.
    Quorum(super::quorum::QuorumFault),
    /// A different user has this name.
    UserDiffers,
    /// A refusal on policies.
    Policy(super::policy::PolicyFault),
    /// The message was unreadable.
    Malformed,
    /// The queue is full: response code 187 (User Guide, "troubleshoot-hsm-throttling").
    Busy,
}
