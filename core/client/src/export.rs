//! Public keys as PEM, from the attributes that an HSM returns.

use pkcs8::{EncodePublicKey as _, LineEnding};

use hsmlab_crypto::der;
use hsmlab_crypto::keys::PublicKey;
use hsmlab_crypto::{ed25519, ml_dsa, pem};
use hsmlab_proto::key::{Attributes, PublicPart};
use hsmlab_proto::pure::PurePublic;

/// Returns the public key as `-----BEGIN PUBLIC KEY-----`; `None` for keys without one.
#[must_use]
pub fn public_pem(attributes: &Attributes) -> Option<String> {
    match attributes.public.as_ref()? {
        PublicPart::Rsa { modulus, exponent } => {
            let number = |bytes: &[u8]| {
                let bits = u32::try_from(bytes.len() * 8).ok()?.max(64);
                rsa::BoxedUint::from_be_slice(bytes, bits).ok()
            };
            let key = rsa::PublicKey::new(number(modulus)?, number(exponent)?).ok()?;
            key.to_public_key_pem(LineEnding::LF).ok()
        }
        PublicPart::Ec { curve, point } => {
            Some(PublicKey::from_point(*curve, point).ok()?.to_pem())
        }
        PublicPart::Pure(PurePublic::Ed25519(point)) => {
            Some(pem::encode("PUBLIC KEY", &ed25519::spki_der(point)))
        }
        PublicPart::Pure(PurePublic::MlDsa(set, key)) => {
            Some(pem::encode("PUBLIC KEY", &ml_dsa::spki_der(*set, key)))
        }
    }
}

/// Returns the public part of a key as an OpenSSL key.
#[must_use]
pub fn public_key(part: &PublicPart) -> Option<PublicKey> {
    match part {
        PublicPart::Rsa { modulus, exponent } => {
            let numbers = der::sequence(&[&der::unsigned(modulus), &der::unsigned(exponent)]);
            PublicKey::from_pkcs1_der(&numbers).ok()
        }
        PublicPart::Ec { curve, point } => PublicKey::from_point(*curve, point).ok(),
        PublicPart::Pure(_) => None,
    }
}
