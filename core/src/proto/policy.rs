//! The policies of an HSM: which certificates clients may show, and whether they must (User Guide,
//! "`cloudhsm_cli-cluster-mtls`"). Only an `hsm2m.medium` has them.

use serde::{Deserialize, Serialize};

/// Bytes of a trust anchor with its chain (User Guide, "getting-started-setup-mtls").
pub const ANCHOR_BYTES_MAX: usize = 6_980;
/// Trust anchors of a cluster (User Guide, "`cloudhsm_cli-cluster-mtls-register-trust-anchor`").
pub const ANCHORS_MAX: usize = 2;

/// A command on policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyCommand {
    /// Trust the certificates that a CA issues to clients: an administrator's.
    RegisterAnchor {
        /// The CA's certificate, PEM; an intermediate's is followed by its chain up to the root.
        certificate: String,
    },
    /// The trust anchors: anyone's.
    Anchors,
    /// Trust one no longer: an administrator's.
    DeregisterAnchor {
        /// Its number.
        reference: u32,
    },
    /// Whether clients must show a certificate: the first administrator's.
    SetEnforcement(Enforcement),
    /// Whether they must: anyone's.
    Enforcement,
}

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcement {
    /// They need not.
    #[default]
    None,
    /// They must, all of them.
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

/// What an HSM answers to a [`PolicyCommand`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyReply {
    /// The anchor that was registered.
    Anchor(Anchor),
    /// All of them.
    Anchors(Vec<Anchor>),
    /// Whether clients must show a certificate.
    Enforcement(Enforcement),
}

/// Why an HSM refused a [`PolicyCommand`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyFault {
    /// There are two anchors already.
    TooMany,
    /// The anchor with its chain is too long.
    TooLong,
    /// It is registered already.
    Exists,
    /// It cannot be an anchor, for this reason.
    Invalid(String),
    /// There is no anchor of that number.
    NoSuchAnchor,
    /// Clients must show a certificate, and this is the last anchor that one can lead to.
    LastAnchor,
    /// This connection shows no certificate: whoever set the policy would shut themselves out.
    NotMtls,
    /// Another than the first administrator asks.
    NotFirstAdmin,
    /// An `hsm1.medium` has no such policies.
    NotOffered,
}
