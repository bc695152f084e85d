//! Masked objects: a key, encrypted for the other HSMs of the same cluster. Clients carry them from one
//! HSM to the next and cannot read them. The masking key is generated with the first HSM and is part of
//! backups, so every HSM of a cluster, and of clusters restored from its backups, has it.

use zeroize::Zeroizing;

use super::keys::Key;
use hsmlab_crypto::seal;
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_sim::Rng;

const PURPOSE: &str = "hsmlab masked object v1";

/// Masks a key.
pub(super) fn mask(masking: &Secret, handle: Handle, key: &Key, rng: &mut Rng) -> Option<Vec<u8>> {
    let message = Zeroizing::new(serde_json::to_vec(&(handle, key)).ok()?);
    Some(seal::seal(masking.inner(), PURPOSE, &[], &message, rng))
}

/// Reads a masked key; `None` if it was modified or belongs to another cluster.
pub(super) fn unmask(masking: &Secret, masked: &[u8]) -> Option<(Handle, Key)> {
    let message = seal::open(masking.inner(), PURPOSE, &[], masked).ok()?;
    serde_json::from_slice(message.expose()).ok()
}
