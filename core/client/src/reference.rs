//! Reference PEM files ("fake PEM"): files in the format of a private key that contain the public key and,
//! in place of the private key, a reference to the key in the cluster (User Guide,
//! "cloudhsm_cli-key-generate-file"). TLS servers pass them to the OpenSSL engine.

use hsmlab_crypto::der::{self, Reader, tag};
use hsmlab_crypto::keys::{Curve, PublicKey};
use hsmlab_crypto::pem;
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Attributes, Class, PublicPart};

/// The marker before the handle. Guess: AWS does not publish its own form of the reference. Published is
/// that the file looks like a PKCS#1 or SEC 1 key with the real public key.
const MARK: &[u8; 8] = b"\x01HSMLAB\0";

const RSA_LABEL: &str = "RSA PRIVATE KEY";
const EC_LABEL: &str = "EC PRIVATE KEY";

/// The content of a reference file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The private key.
    pub handle: Handle,
    /// Its public key.
    pub public: PublicKey,
}

/// Writes the reference file of a private key; `None` for keys without one.
#[must_use]
pub fn to_pem(handle: Handle, attributes: &Attributes) -> Option<String> {
    if attributes.class != Class::PrivateKey {
        return None;
    }
    let mark = [MARK.as_slice(), &handle.to_be_bytes()].concat();
    Some(match attributes.public.as_ref()? {
        PublicPart::Rsa { modulus, exponent } => {
            let zero = der::small(0);
            let fields = [
                zero.as_slice(),
                &der::unsigned(modulus),
                &der::unsigned(exponent),
                &der::unsigned(&mark),
                &zero,
                &zero,
                &zero,
                &zero,
                &zero,
            ];
            pem::encode(RSA_LABEL, &der::sequence(&fields))
        }
        PublicPart::Ec { curve, point } => {
            let mut scalar = vec![0; curve.bytes().saturating_sub(mark.len())];
            scalar.extend_from_slice(&mark);
            let fields = [
                der::small(1),
                der::octet_string(&scalar),
                der::tlv(der::context(0), &der::oid(curve.oid())?),
                der::tlv(der::context(1), &der::bit_string(point)),
            ];
            let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
            pem::encode(EC_LABEL, &der::sequence(&fields))
        }
        PublicPart::Pure(_) => return None,
    })
}

/// Reads a reference file; `None` for anything else, including real keys.
#[must_use]
pub fn parse(text: &str) -> Option<Reference> {
    let block = pem::find(text, &[RSA_LABEL, EC_LABEL]).ok()?;
    let mut fields = der::only(&block.bytes, tag::SEQUENCE).ok()?;
    fields.small_integer().ok()?;
    if block.label == RSA_LABEL {
        let (modulus, exponent) = (fields.integer().ok()?, fields.integer().ok()?);
        let handle = handle_of(fields.integer().ok()?)?;
        let numbers = der::sequence(&[&der::unsigned(modulus), &der::unsigned(exponent)]);
        let public = PublicKey::from_pkcs1_der(&numbers).ok()?;
        return Some(Reference { handle, public });
    }
    let handle = handle_of(fields.octet_string().ok()?)?;
    let named = fields.optional(der::context(0)).ok()??;
    let oid = Reader::new(named.content).oid().ok()?;
    let curve = Curve::ALL.into_iter().find(|curve| curve.oid() == oid)?;
    let point = fields.optional(der::context(1)).ok()??;
    let point = Reader::new(point.content).bit_string().ok()?;
    let public = PublicKey::from_point(curve, point).ok()?;
    Some(Reference { handle, public })
}

/// Returns the handle after the marker if only zeros precede the marker.
fn handle_of(number: &[u8]) -> Option<Handle> {
    let (front, handle) = number.split_last_chunk::<8>()?;
    let zeros = front.strip_suffix(MARK.as_slice())?;
    zeros
        .iter()
        .all(|byte| *byte == 0)
        .then(|| Handle::from_be_bytes(*handle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_crypto::keyfile;
    use hsmlab_crypto::keys::{KeyKind, PrivateKey};
    use hsmlab_proto::key::{Flags, KeyType};
    use hsmlab_sim::Seed;

    fn attributes(key: &PublicKey) -> Attributes {
        let (key_type, public) = match (key.kind(), key.rsa_numbers()) {
            (KeyKind::Ec(curve), _) => (
                KeyType::Ec,
                PublicPart::Ec {
                    curve,
                    point: key.point().unwrap(),
                },
            ),
            (_, numbers) => {
                let (modulus, exponent) = numbers.unwrap();
                (KeyType::Rsa, PublicPart::Rsa { modulus, exponent })
            }
        };
        Attributes {
            key_type,
            label: "web".into(),
            id: Vec::new(),
            check_value: None,
            class: Class::PrivateKey,
            flags: Flags::default(),
            key_length_bytes: 0,
            public: Some(public),
        }
    }

    #[test]
    fn references_are_read_again_and_true_keys_are_none() {
        let rng = &mut Seed::from_number(1).stream("reference");
        let kinds = [
            KeyKind::Rsa(1024),
            KeyKind::Ec(Curve::P224),
            KeyKind::Ec(Curve::P521),
        ];
        for kind in kinds {
            let key = PrivateKey::generate(kind, rng).unwrap();
            let public = key.public_key();
            let handle = 0x0028_0bf4;
            let text = to_pem(handle, &attributes(&public)).unwrap();
            assert_eq!(parse(&text), Some(Reference { handle, public }));
            assert_eq!(
                parse(&keyfile::to_pem(&key, keyfile::KeyForm::Traditional)),
                None
            );
        }
    }

    #[test]
    fn a_public_key_has_no_reference() {
        let rng = &mut Seed::from_number(1).stream("reference");
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256), rng).unwrap();
        let mut attributes = attributes(&key.public_key());
        attributes.class = Class::PublicKey;
        assert_eq!(to_pem(1, &attributes), None);
        assert_eq!(parse(""), None);
    }
}
