//! The messages inside the channel: one [`Command`] a record, one [`Answer`] back, as JSON.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Secret;
use super::cipher::CipherCommand;
use super::key::{
    Curve, Flag, Handle, KeyInfo, KeyType, SignMechanism, Template, Term, WrapMechanism,
};

/// About how many bytes of keys come in one [`Reply::Keys`]: well below
/// [`MESSAGE_BYTES_MAX`](super::channel::MESSAGE_BYTES_MAX), for a key may have a thousand sharers.
pub const KEYS_PAGE_BYTES: usize = 512 * 1024;

/// What a user may do, by kind of user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The first administrator before the cluster is activated.
    UnactivatedAdmin,
    /// Manages users.
    Admin,
    /// Owns and uses keys.
    CryptoUser,
    /// Copies keys between the HSMs of a cluster.
    ApplianceUser,
}

impl Role {
    /// Returns the CLI's name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnactivatedAdmin => "unactivated-admin",
            Self::Admin => "admin",
            Self::CryptoUser => "crypto-user",
            Self::ApplianceUser => "internal(APPLIANCE_USER)",
        }
    }
}

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// What the HSM is, and who else is in its cluster.
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
    /// All users.
    ListUsers,
    /// Make a user.
    CreateUser {
        /// The name.
        username: String,
        /// Admin or crypto user.
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
    /// Set a user's password, which unlocks the user too.
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
        /// The rest.
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
    /// The keys that meet all terms, in the order of their handles.
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
    /// End that.
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
    /// Encrypt, authenticate, derive.
    Cipher(CipherCommand),
    /// Sign and verify messages.
    Pure(super::pure::PureCommand),
    /// Client certificates.
    Policy(super::policy::PolicyCommand),
    /// Users and keys of clones.
    Replicate(super::replicate::ReplicateCommand),
    /// A token key, masked for another HSM of the same cluster.
    ExtractMasked {
        /// The key.
        handle: Handle,
    },
    /// Insert a masked key.
    InsertMasked {
        /// What [`Command::ExtractMasked`] gave.
        #[serde(with = "super::b64")]
        masked: Vec<u8>,
    },
    /// Second factors.
    Mfa(super::mfa::MfaCommand),
    /// Tokens and approvals.
    Quorum(super::quorum::QuorumCommand),
    /// What the older tools ask.
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
    /// `wrap-template`: what a key must be that this one wraps.
    WrapTemplate(Vec<(Flag, bool)>),
    /// `unwrap-template`: what a key becomes that this one unwraps.
    UnwrapTemplate(Vec<(Flag, bool)>),
}

/// What pair to generate.
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

/// What kind of key is unwrapped.
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

/// What the HSM answers.
pub type Answer = Result<Reply, Fault>;

/// What a command gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// It is done.
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
        /// Whether there are more.
        more: bool,
    },
    /// A signature, or a masked key.
    Bytes(#[serde(with = "super::b64")] Vec<u8>),
    /// A wrapped key.
    Wrapped {
        /// The IV that the HSM made; empty for mechanisms without.
        #[serde(with = "super::b64")]
        iv: Vec<u8>,
        /// The wrapped key.
        #[serde(with = "super::b64")]
        wrapped: Vec<u8>,
    },
    /// What is answered on tokens and second factors.
    Quorum(super::quorum::QuorumReply),
    /// What policies say.
    Policy(super::policy::PolicyReply),
    /// What the older tools are answered.
    Sdk3(super::sdk3::Sdk3Reply),
}

/// What an HSM says of itself (`cluster hsm-info`), and its cluster's members.
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
    /// FIPS mode.
    pub fips: bool,
    /// Whether the first administrator's password has been set.
    pub activated: bool,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfo {
    /// The name, lower case.
    pub username: String,
    /// The role.
    pub role: Role,
    /// Locked after too many wrong passwords.
    pub locked: bool,
    /// SHA-256 of the public key of the second factor, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<String>,
    /// SHA-256 of the public key that approves, where one is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<String>,
}

/// Why the HSM refused: nothing was changed but the count of wrong passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The password is wrong.
    LoginFailed,
    /// Too many wrong passwords.
    UserLocked,
    /// Somebody is logged in on this connection already.
    AlreadyLoggedIn,
    /// Nobody is logged in.
    NotLoggedIn,
    /// A user of this kind may not.
    WrongRole(Role),
    /// The first administrator's password has not been set.
    NotActivated,
    /// It has been set.
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
    /// Only the owner may.
    NotOwner,
    /// The attribute must be true for this.
    NotAllowed(Flag),
    /// The attribute cannot have this value.
    AttributeRefused(String, String),
    /// The key's type or class does not go with the command.
    WrongKeyType,
    /// The length of a key is not one that the HSM makes.
    BadKeyLength,
    /// The label is too long.
    LabelTooLong,
    /// Not in FIPS mode.
    NotInFips,
    /// A hash that is weaker than the key: strengths in bits.
    WeakHash(usize, usize),
    /// The data have a length that the mechanism does not take: more than so many bytes, or none
    /// that fits its blocks or the key.
    DataLength(Option<usize>),
    /// The IV must have so many bytes.
    BadIv(usize),
    /// The ciphertext is not authentic, or its padding is wrong.
    DecryptFailed,
    /// The data do not go with the mechanism, for this reason.
    BadData(String),
    /// The signature does not verify.
    SignatureMismatch,
    /// The wrapped key is not authentic or not well-formed.
    UnwrapFailed,
    /// A key of that handle is there and is another.
    HandleTaken,
    /// No quorum, or no second factor.
    Quorum(super::quorum::QuorumFault),
    /// A user of that name is there and is another.
    UserDiffers,
    /// A policy was not set.
    Policy(super::policy::PolicyFault),
    /// The message could not be understood.
    Malformed,
    /// Too many commands wait: response code 187 (User Guide, "troubleshoot-hsm-throttling").
    Busy,
}
