//! Reference files of Ed25519 and ML-DSA keys (`key generate-file --encoding cloudhsm-reference-pem`): no
//! library has its own format for them, so the file names the key and contains its public part.

use hsmlab_crypto::{der, pem};
use hsmlab_crypto::{ed25519, ml_dsa};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Attributes, Class, PublicPart};
use hsmlab_proto::pure::PurePublic;

/// The file's label. Guess: AWS's form of the file is not published.
const LABEL: &str = "CLOUDHSM REFERENCE";

/// Writes the reference file of a private key; `None` for keys without one.
#[must_use]
pub fn to_pem(handle: Handle, attributes: &Attributes) -> Option<String> {
    let PublicPart::Pure(public) = attributes.public.as_ref()? else {
        return None;
    };
    if attributes.class != Class::PrivateKey {
        return None;
    }
    let spki = match public {
        PurePublic::Ed25519(point) => ed25519::spki_der(point),
        PurePublic::MlDsa(set, key) => ml_dsa::spki_der(*set, key),
    };
    let fields = [der::small(1), der::unsigned(&handle.to_be_bytes()), spki];
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    Some(pem::encode(LABEL, &der::sequence(&fields)))
}
