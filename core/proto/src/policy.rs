//! The policies of an HSM: which client certificates it accepts, and whether it requires one (User Guide,
//! "`cloudhsm_cli-cluster-mtls`"). Only an `hsm2m.medium` has them.

use serde::{Deserialize, Serialize};

/// Maximum size of a trust anchor with its chain (User Guide, "getting-started-setup-mtls").
pub const ANCHOR_BYTES_MAX: usize = 6_980;
/// Maximum number of trust anchors (User Guide, "`cloudhsm_cli-cluster-mtls-register-trust-anchor`").
pub const ANCHORS_MAX: usize = 2;

/// A command on policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyCommand {
    /// Registers a CA whose client certificates are trusted. For administrators.
    RegisterAnchor {
        /// The CA's certificate, PEM; an intermediate CA's is followed by its chain up to the root.
        certificate: String,
    },
    /// Returns the trust anchors. For everyone.
    Anchors,
    /// Deregisters a trust anchor. For administrators.
    DeregisterAnchor {
        /// Its number.
        reference: u32,
    },
    /// Sets whether clients must present a certificate. For the first administrator.
    SetEnforcement(Enforcement),
    /// Reports whether clients must present a certificate. For everyone.
    Enforcement,
}

/// The requirement that clients present a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// Clients need no certificate.
    #[default]
    None,
    /// All clients must present a certificate.
    Cluster,
}

impl Enforcement {
    /// Returns the CLI's name.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Cluster => "cluster",
        }
    }
}

/// A trust anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its number: 1 for the first.
    pub reference: u32,
    /// The certificate as it was registered, PEM.
    pub certificate: String,
}

/// An HSM's answer to a [`PolicyCommand`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyReply {
    /// The registered anchor.
    Anchor(Anchor),
    /// All anchors.
    Anchors(Vec<Anchor>),
    /// The requirement that clients present a certificate.
    Enforcement(Enforcement),
}

/// The reasons that an HSM refuses a [`PolicyCommand`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyFault {
    /// There are two anchors already.
    TooMany,
    /// The anchor with its chain is too long.
    TooLong,
    /// The anchor is already registered.
    Exists,
    /// The certificate is not a valid anchor, for this reason.
    Invalid(String),
    /// There is no anchor of that number.
    NoSuchAnchor,
    /// Clients must present a certificate, and this is the only remaining anchor.
    LastAnchor,
    /// This connection has no client certificate: setting the policy would lock its user out.
    NotMtls,
    /// Only the first administrator has permission.
    NotFirstAdmin,
    /// An `hsm1.medium` has no such policies.
    NotOffered,
}
