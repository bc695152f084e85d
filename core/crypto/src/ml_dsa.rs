//! ML-DSA (FIPS 204) as bytes: a private key is its seed ξ, a public key its encoding.

use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, SigningKey, VerifyingKey};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::der;
use super::secret::Secret;
use hsmlab_sim::Rng;

/// Bytes of a seed.
pub const SEED_BYTES: usize = 32;
/// Bytes of the message representative μ.
pub const MU_BYTES: usize = 64;

/// A parameter set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParameterSet {
    /// ML-DSA-44: security category 2.
    MlDsa44,
    /// ML-DSA-65: security category 3.
    MlDsa65,
    /// ML-DSA-87: security category 5.
    MlDsa87,
}

impl ParameterSet {
    /// All sets.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// FIPS 204's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
        }
    }

    /// Returns the set with a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The identifier (NIST's register, RFC 9881).
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::MlDsa44 => "2.16.840.1.101.3.4.3.17",
            Self::MlDsa65 => "2.16.840.1.101.3.4.3.18",
            Self::MlDsa87 => "2.16.840.1.101.3.4.3.19",
        }
    }

    /// Bytes of a public key (FIPS 204, table 2).
    #[must_use]
    pub const fn public_bytes(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    /// Bytes of an expanded private key (FIPS 204, table 2).
    #[must_use]
    pub const fn private_bytes(self) -> usize {
        match self {
            Self::MlDsa44 => 2560,
            Self::MlDsa65 => 4032,
            Self::MlDsa87 => 4896,
        }
    }
}

/// Runs `$body` with `$P` naming the parameters of `$set`.
macro_rules! with_set {
    ($set:expr, $P:ident => $body:expr) => {
        match $set {
            ParameterSet::MlDsa44 => {
                type $P = MlDsa44;
                $body
            }
            ParameterSet::MlDsa65 => {
                type $P = MlDsa65;
                $body
            }
            ParameterSet::MlDsa87 => {
                type $P = MlDsa87;
                $body
            }
        }
    };
}

fn private<P: MlDsaParams>(seed: &[u8]) -> Option<SigningKey<P>> {
    let seed = Zeroizing::new(<[u8; SEED_BYTES]>::try_from(seed).ok()?);
    Some(SigningKey::from_seed(&(*seed).into()))
}

/// Makes a key pair: the seed and the public key.
#[must_use]
pub fn generate(set: ParameterSet, rng: &mut Rng) -> (Secret, Vec<u8>) {
    let mut seed = Zeroizing::new([0; SEED_BYTES]);
    rng.fill_bytes(&mut seed[..]);
    let public = public_of(set, &seed[..]).unwrap_or_default();
    (seed.to_vec().into(), public)
}

/// The public key of a private key; `None` for a seed of another length.
#[must_use]
pub fn public_of(set: ParameterSet, seed: &[u8]) -> Option<Vec<u8>> {
    with_set!(set, P => {
        let key = private::<P>(seed)?;
        Some(key.expanded_key().verifying_key().encode().to_vec())
    })
}

/// Signs a message with an empty context, hedged (FIPS 204, algorithm 2).
#[must_use]
pub fn sign(set: ParameterSet, seed: &[u8], message: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    with_set!(set, P => {
        let key = private::<P>(seed)?;
        let signature = key.expanded_key().sign_randomized(message, &[], rng).ok()?;
        Some(signature.encode().to_vec())
    })
}

/// Signs a message representative that was computed elsewhere (FIPS 204, algorithm 7 from step 7 on).
#[must_use]
pub fn sign_mu(set: ParameterSet, seed: &[u8], mu: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let mu = <[u8; MU_BYTES]>::try_from(mu).ok()?;
    with_set!(set, P => {
        let key = private::<P>(seed)?;
        let signature = key.expanded_key().sign_mu_randomized(&mu.into(), rng).ok()?;
        Some(signature.encode().to_vec())
    })
}

/// True if a signature fits the message.
#[must_use]
pub fn verify(set: ParameterSet, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    with_set!(set, P => {
        let (Ok(public), Ok(signature)) = (public.try_into(), Signature::<P>::try_from(signature))
        else {
            return false;
        };
        VerifyingKey::<P>::decode(public).verify_with_context(message, &[], &signature)
    })
}

/// True if a signature fits a message representative.
#[must_use]
pub fn verify_mu(set: ParameterSet, public: &[u8], mu: &[u8], signature: &[u8]) -> bool {
    let Ok(mu) = <[u8; MU_BYTES]>::try_from(mu) else {
        return false;
    };
    with_set!(set, P => {
        let (Ok(public), Ok(signature)) = (public.try_into(), Signature::<P>::try_from(signature))
        else {
            return false;
        };
        VerifyingKey::<P>::decode(public).verify_mu(&mu.into(), &signature)
    })
}

/// The `SubjectPublicKeyInfo` (RFC 9881, 4).
#[must_use]
pub fn spki_der(set: ParameterSet, public: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::oid(set.oid()).unwrap_or_default()]);
    der::sequence(&[&algorithm, &der::bit_string(public)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;
    use hsmlab_sim::Seed;

    #[test]
    fn each_set_signs_and_has_its_sizes() {
        let mut rng = Seed::from_number(1).stream("ml-dsa");
        for (set, signature_bytes) in [
            (ParameterSet::MlDsa44, 2420),
            (ParameterSet::MlDsa65, 3309),
            (ParameterSet::MlDsa87, 4627),
        ] {
            let (seed, public) = generate(set, &mut rng);
            assert_eq!(public.len(), set.public_bytes());
            let signature = sign(set, seed.expose(), b"message", &mut rng).unwrap();
            assert_eq!(signature.len(), signature_bytes);
            assert!(verify(set, &public, b"message", &signature));
            assert!(!verify(set, &public, b"massage", &signature));
            // Hedged: two signatures of one message differ.
            assert_ne!(
                sign(set, seed.expose(), b"message", &mut rng).unwrap(),
                signature
            );
            let mut altered = signature.clone();
            altered[40] ^= 1;
            assert!(!verify(set, &public, b"message", &altered));
            assert!(!verify(set, &public, b"message", &signature[1..]));
            assert!(!verify(set, &public[1..], b"message", &signature));
            let mu = Hash::Sha512.digest(b"a representative");
            let signature = sign_mu(set, seed.expose(), &mu, &mut rng).unwrap();
            assert!(verify_mu(set, &public, &mu, &signature));
            assert!(!verify_mu(set, &public, &mu[1..], &signature));
            assert!(!verify(set, &public, &mu, &signature));
        }
        assert!(sign(ParameterSet::MlDsa44, &[1; 31], b"m", &mut rng).is_none());
    }
}
