//! Keys on elliptic curves as bytes: a private key is its scalar, a public key its point (SEC 1).
//!
//! All differences between curves are in this module; other code names a [`Curve`].

use p256::elliptic_curve::Generate as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};

use super::keys::Curve;
use super::secret::Secret;
use hsmlab_sim::Rng;

/// Runs `$body` with `$c` naming the crate of `$curve`.
macro_rules! with_curve {
    ($curve:expr, $c:ident => $body:expr) => {
        match $curve {
            Curve::P224 => {
                use p224 as $c;
                $body
            }
            Curve::P256 => {
                use p256 as $c;
                $body
            }
            Curve::K256 => {
                use k256 as $c;
                $body
            }
            Curve::P384 => {
                use p384 as $c;
                $body
            }
            Curve::P521 => {
                use p521 as $c;
                $body
            }
        }
    };
}

/// Generates a key pair: the scalar and the uncompressed point.
#[must_use]
pub fn generate(curve: Curve, rng: &mut Rng) -> (Secret, Vec<u8>) {
    with_curve!(curve, c => {
        let key = c::SecretKey::generate_from_rng(rng);
        let point = key.public_key().to_sec1_point(false).as_bytes().to_vec();
        (key.to_bytes().to_vec().into(), point)
    })
}

/// Returns the uncompressed point of a private key; `None` for an invalid scalar.
#[must_use]
pub fn point_of(curve: Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    with_curve!(curve, c => {
        let key = c::SecretKey::from_slice(scalar).ok()?;
        Some(key.public_key().to_sec1_point(false).as_bytes().to_vec())
    })
}

/// Converts a point in any form of SEC 1 to an uncompressed one; `None` if it is not on the curve.
#[must_use]
pub fn uncompressed(curve: Curve, point: &[u8]) -> Option<Vec<u8>> {
    with_curve!(curve, c => {
        let key = c::PublicKey::from_sec1_bytes(point).ok()?;
        Some(key.to_sec1_point(false).as_bytes().to_vec())
    })
}

/// Signs a digest (ECDSA, FIPS 186-5, with the nonce of RFC 6979): `r ‖ s`.
#[must_use]
pub fn sign(curve: Curve, scalar: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
    let digest = widen(digest, curve.bytes());
    with_curve!(curve, c => {
        let key = c::ecdsa::SigningKey::from_slice(scalar).ok()?;
        let signature: c::ecdsa::Signature = key.sign_prehash(&digest).ok()?;
        Some(signature.to_bytes().to_vec())
    })
}

/// True if `r ‖ s` is a signature of the digest. Both possible values of `s` are accepted (by default the
/// libraries of secp256k1 accept only one).
#[must_use]
pub fn verify(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let digest = widen(digest, curve.bytes());
    with_curve!(curve, c => {
        let (Ok(key), Ok(signature)) = (
            c::ecdsa::VerifyingKey::from_sec1_bytes(point),
            c::ecdsa::Signature::from_slice(signature),
        ) else {
            return false;
        };
        key.verify_prehash(&digest, &signature.normalize_s()).is_ok()
    })
}

/// Encodes `r ‖ s` as the `ECDSA-Sig-Value` of RFC 3279.
#[must_use]
pub fn signature_to_der(curve: Curve, signature: &[u8]) -> Option<Vec<u8>> {
    with_curve!(curve, c => {
        let signature = c::ecdsa::Signature::from_slice(signature).ok()?;
        Some(signature.to_der().as_bytes().to_vec())
    })
}

/// Decodes an `ECDSA-Sig-Value` to `r ‖ s`.
#[must_use]
pub fn signature_from_der(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    with_curve!(curve, c => {
        let signature = c::ecdsa::Signature::from_der(der).ok()?;
        Some(signature.to_bytes().to_vec())
    })
}

/// Returns the shared secret of ECDH (SP 800-56A, 5.7.1.2): the x coordinate. `None` for an invalid
/// scalar or point.
#[must_use]
pub fn shared_secret(curve: Curve, scalar: &[u8], peer: &[u8]) -> Option<Secret> {
    with_curve!(curve, c => {
        let key = c::SecretKey::from_slice(scalar).ok()?;
        let peer = c::PublicKey::from_sec1_bytes(peer).ok()?;
        let shared = c::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine());
        Some(shared.raw_secret_bytes().to_vec().into())
    })
}

/// Pads the digest with leading zeros to the field's size. The `ecdsa` crate refuses digests shorter
/// than half the field (SHA-256 with P-521), which FIPS 186-5 allows; the number stays the same.
fn widen(digest: &[u8], field_bytes: usize) -> Vec<u8> {
    let mut wide = vec![0; field_bytes.saturating_sub(digest.len())];
    wide.extend_from_slice(digest);
    wide
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_sim::Seed;

    #[test]
    fn each_curve_signs_and_agrees() {
        let mut rng = Seed::from_number(1).stream("curves");
        for curve in Curve::ALL {
            let (scalar, point) = generate(curve, &mut rng);
            assert_eq!(point_of(curve, scalar.expose()), Some(point.clone()));
            for length in [20, 28, 32, 48, 64] {
                let digest = vec![9; length];
                let signature = sign(curve, scalar.expose(), &digest).unwrap();
                assert_eq!(signature.len(), 2 * curve.bytes());
                assert!(verify(curve, &point, &digest, &signature), "{curve:?}");
                assert!(!verify(curve, &point, &[8; 32], &signature), "{curve:?}");
                let der = signature_to_der(curve, &signature).unwrap();
                assert_eq!(signature_from_der(curve, &der), Some(signature));
            }
            let (other, other_point) = generate(curve, &mut rng);
            let ours = shared_secret(curve, scalar.expose(), &other_point).unwrap();
            let theirs = shared_secret(curve, other.expose(), &point).unwrap();
            assert_eq!(ours.expose(), theirs.expose());
        }
    }
}
