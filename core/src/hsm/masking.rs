//! Masked objects: a key, encrypted for the other HSMs of the same cluster. Clients carry them from
//! one HSM to the next and cannot read them. The masking key is made with the first HSM and travels in
//! backups, so that every HSM of a cluster, and of clusters restored from its backups, has it.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::keys::Key;
use crate::proto::Secret;
use crate::proto::key::Handle;
use crate::sim::Rng;

const CONTEXT: &[u8] = b"hsmlab masked object v1";
const IV_BYTES: usize = 12;

/// Encrypts `message` with AES-256-GCM under a random IV, which comes first.
pub(super) fn seal(key: &Secret, context: &[u8], message: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let mut iv = [0; IV_BYTES];
    rng.fill_bytes(&mut iv);
    let sealed = aes_gcm::Aes256Gcm::new_from_slice(key.expose())
        .ok()?
        .encrypt(&iv.into(), Payload { msg: message, aad: context })
        .ok()?;
    Some([iv.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made; `None` where it was changed or is under another key.
pub(super) fn open(key: &Secret, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (iv, sealed) = sealed.split_first_chunk::<IV_BYTES>()?;
    aes_gcm::Aes256Gcm::new_from_slice(key.expose())
        .ok()?
        .decrypt(&(*iv).into(), Payload { msg: sealed, aad: context })
        .ok()
        .map(Zeroizing::new)
}

/// Masks a key.
pub(super) fn mask(masking: &Secret, handle: Handle, key: &Key, rng: &mut Rng) -> Option<Vec<u8>> {
    let message = Zeroizing::new(serde_json::to_vec(&(handle, key)).ok()?);
    seal(masking, CONTEXT, &message, rng)
}

/// Reads a masked key.
pub(super) fn unmask(masking: &Secret, masked: &[u8]) -> Option<(Handle, Key)> {
    serde_json::from_slice(&open(masking, CONTEXT, masked)?).ok()
}
