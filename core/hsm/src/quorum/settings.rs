//! Quorum values and timeouts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tokens::Lifetimes;
use crate::limits;
use hsmlab_proto::quorum::Service;

/// Quorum values and timeouts. They are kept as users are: backups carry them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The values that are not 1.
    pub(super) values: BTreeMap<Service, u8>,
    pub(super) generated: u32,
    pub(super) approved: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            values: BTreeMap::new(),
            generated: limits::TOKEN_SECONDS,
            approved: limits::TOKEN_SECONDS,
        }
    }
}

impl Settings {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The value of a service.
    pub(super) fn value(&self, service: Service) -> u8 {
        self.values.get(&service).copied().unwrap_or(1)
    }

    /// The seconds that tokens live.
    pub(super) const fn lifetimes(&self) -> Lifetimes {
        Lifetimes {
            generated: self.generated,
            approved: self.approved,
        }
    }
}
