//! From the `rsa` crate's key to ours.

use super::keys::{Private, PrivateKey};

impl From<rsa::PrivateKey> for PrivateKey {
    fn from(key: rsa::PrivateKey) -> Self {
        Self(Private::Rsa(Box::new(key)))
    }
}
