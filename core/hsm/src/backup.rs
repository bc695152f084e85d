//! Backup images: the whole state, sealed under the manufacturer's backup key (AES-256-GCM). AWS
//! documents that only an HSM of the same manufacturer can open one. The key is derived from the world's
//! seed, and users of the world cannot reach it.

use zeroize::Zeroizing;

use super::appliance::State;
use super::{ApplianceSpec, BackupImage};
use hsmlab_crypto::seal;
use hsmlab_crypto::secret::Secret;
use hsmlab_sim::{Rng, Seed};

const PURPOSE: &str = "hsmlab backup image v1";

fn backup_key(seed: &Seed) -> Secret {
    Secret::random(32, &mut seed.stream("manufacturer's backup key"))
}

/// Seals a state without its session keys.
pub(super) fn seal(seed: &Seed, state: &State, rng: &mut Rng) -> Option<BackupImage> {
    let state = State {
        keys: state.keys.persistent(),
        ..state.clone()
    };
    let message = Zeroizing::new(serde_json::to_vec(&state).ok()?);
    Some(BackupImage(seal::seal(
        &backup_key(seed),
        PURPOSE,
        &[],
        &message,
        rng,
    )))
}

/// Opens an image for a new appliance.
///
/// # Errors
/// A sentence that gives the reason.
pub(super) fn open(
    seed: &Seed,
    spec: &ApplianceSpec,
    image: &BackupImage,
) -> Result<State, String> {
    let message = seal::open(&backup_key(seed), PURPOSE, &[], &image.0).map_err(
        |_| "the backup image is damaged or was not made by this manufacturer's hardware",
    )?;
    let mut state: State = serde_json::from_slice(message.expose())
        .map_err(|_| "the backup image has a form that this hardware does not know")?;
    if state.fips != spec.fips {
        return Err("the backup is of a cluster in the other mode (FIPS, non-FIPS)".into());
    }
    if state.hsm_type != spec.hsm_type && state.hsm_type != "hsm1.medium" {
        return Err(format!(
            "a backup of {} cannot be restored to {}",
            state.hsm_type, spec.hsm_type
        ));
    }
    state.hsm_type.clone_from(&spec.hsm_type);
    Ok(state)
}
