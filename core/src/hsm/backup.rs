//! Backup images: the whole state, sealed under the manufacturer's backup key (AES-256-GCM). AWS
//! documents that only an HSM of the manufacturer can open one; the key is derived from the world's
//! seed, and no user of the world can name it.

use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::appliance::State;
use super::{ApplianceSpec, BackupImage, masking};
use crate::proto::Secret;
use crate::sim::{Rng, Seed};

const CONTEXT: &[u8] = b"hsmlab backup image v1";

fn backup_key(seed: &Seed) -> Secret {
    let mut key = Zeroizing::new([0; 32]);
    seed.stream("manufacturer's backup key").fill_bytes(&mut key[..]);
    Secret::new(&key[..])
}

/// Seals a state; its session keys stay behind.
pub(super) fn seal(seed: &Seed, state: &State, rng: &mut Rng) -> Option<BackupImage> {
    let state = State { keys: state.keys.persistent(), ..state.clone() };
    let message = Zeroizing::new(serde_json::to_vec(&state).ok()?);
    masking::seal(&backup_key(seed), CONTEXT, &message, rng).map(BackupImage)
}

/// Opens an image for a new appliance.
///
/// # Errors
/// A sentence.
pub(super) fn open(seed: &Seed, spec: &ApplianceSpec, image: &BackupImage) -> Result<State, String> {
    let message = masking::open(&backup_key(seed), CONTEXT, &image.0)
        .ok_or("the backup image is damaged or was not made by this manufacturer's hardware")?;
    let mut state: State = serde_json::from_slice(&message)
        .map_err(|_| "the backup image has a form that this hardware does not know")?;
    if state.fips != spec.fips {
        return Err("the backup is of a cluster in the other mode (FIPS, non-FIPS)".into());
    }
    if state.hsm_type != spec.hsm_type && state.hsm_type != "hsm1.medium" {
        return Err(format!("a backup of {} cannot be restored to {}", state.hsm_type, spec.hsm_type));
    }
    state.hsm_type.clone_from(&spec.hsm_type);
    Ok(state)
}
