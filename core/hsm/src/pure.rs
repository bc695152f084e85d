//! Keys that sign messages: Ed25519 and ML-DSA.

use super::appliance::Appliance;
use super::keys::{Caller, Key};
use super::material::Material;
use hsmlab_crypto::{ed25519, ml_dsa};
use hsmlab_proto::Secret;
use hsmlab_proto::key::{Flag, PublicPart};
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::pure::{
    ED25519_BYTES_MAX, ML_DSA_BYTES_MAX, PureCommand, PureKind, PureMechanism, PurePublic,
};
use hsmlab_sim::{Rng, SimTime};

/// 2026-09-01T00:00:00Z: from this date an HSM in FIPS mode supports ML-DSA (User Guide,
/// "`cloudhsm_cli-crypto-sign-mldsa`"). Guess: "ki-all" still says that it does not.
const ML_DSA_IN_FIPS_FROM_MS: u64 = 1_788_220_800_000;

impl Appliance {
    /// Checks that this appliance supports keys of that kind: only an `hsm2m.medium`, and Ed25519 only in
    /// non-FIPS mode (User Guide, "`cloudhsm_cli-key-generate-asymmetric-pair-ec`").
    fn has_kind(&self, ed25519: bool) -> Result<(), Fault> {
        if self.spec.is_hsm1() {
            return Err(Fault::WrongKeyType);
        }
        let from = SimTime::from_unix_ms(ML_DSA_IN_FIPS_FROM_MS);
        if self.spec.fips && (ed25519 || self.now < from) {
            return Err(Fault::NotInFips);
        }
        Ok(())
    }

    /// Makes a key pair.
    pub(super) fn generate_pure(
        &mut self,
        kind: PureKind,
    ) -> Result<(Material, PublicPart), Fault> {
        self.has_kind(kind == PureKind::Ed25519)?;
        let (material, public) = match kind {
            PureKind::Ed25519 => {
                let (seed, point) = ed25519::generate(&mut self.rng);
                let material = Material::Ed25519Private(Secret::from(seed));
                (material, PurePublic::Ed25519(point))
            }
            PureKind::MlDsa(set) => {
                let (seed, public) = ml_dsa::generate(set, &mut self.rng);
                let material = Material::MlDsaPrivate(set, Secret::from(seed));
                (material, PurePublic::MlDsa(set, public))
            }
        };
        Ok((material, PublicPart::Pure(public)))
    }

    /// Checks that an imported key is of a supported kind.
    pub(super) fn takes(&self, public: &PublicPart) -> Result<(), Fault> {
        match public {
            PublicPart::Pure(PurePublic::Ed25519(_)) => self.has_kind(true),
            PublicPart::Pure(PurePublic::MlDsa(..)) => Err(Fault::WrongKeyType),
            PublicPart::Rsa { .. } | PublicPart::Ec { .. } => Ok(()),
        }
    }

    /// Executes a command for a crypto user.
    pub(super) fn run_pure(&mut self, caller: &Caller, command: PureCommand) -> Answer {
        match command {
            PureCommand::Sign {
                handle,
                mechanism,
                message,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Sign)?;
                sign(key, mechanism, &message, &mut self.rng).map(Reply::Bytes)
            }
            PureCommand::Verify {
                handle,
                mechanism,
                message,
                signature,
            } => {
                let key = self.state.keys.get(handle, caller)?;
                key.needs(Flag::Verify)?;
                if verify(key.public()?, mechanism, &message, &signature)? {
                    Ok(Reply::Done)
                } else {
                    Err(Fault::SignatureMismatch)
                }
            }
        }
    }
}

/// Checks that the mechanism accepts the message's length.
fn check_length(mechanism: PureMechanism, message: &[u8]) -> Result<(), Fault> {
    let most = match mechanism {
        PureMechanism::Ed25519 => ED25519_BYTES_MAX,
        PureMechanism::MlDsa => ML_DSA_BYTES_MAX,
        // SHA-512, and the representative of FIPS 204.
        PureMechanism::Ed25519ph | PureMechanism::MlDsaMu => {
            return if message.len() == 64 {
                Ok(())
            } else {
                Err(Fault::DataLength(None))
            };
        }
    };
    if message.len() > most {
        Err(Fault::DataLength(Some(most)))
    } else {
        Ok(())
    }
}

fn sign(
    key: &Key,
    mechanism: PureMechanism,
    message: &[u8],
    rng: &mut Rng,
) -> Result<Vec<u8>, Fault> {
    check_length(mechanism, message)?;
    let signature = match (mechanism, &key.material) {
        (PureMechanism::Ed25519, Material::Ed25519Private(seed)) => {
            ed25519::sign(seed.expose(), message)
        }
        (PureMechanism::Ed25519ph, Material::Ed25519Private(seed)) => {
            ed25519::sign_hashed(seed.expose(), message)
        }
        (PureMechanism::MlDsa, Material::MlDsaPrivate(set, seed)) => {
            ml_dsa::sign(*set, seed.expose(), message, rng)
        }
        (PureMechanism::MlDsaMu, Material::MlDsaPrivate(set, seed)) => {
            ml_dsa::sign_mu(*set, seed.expose(), message, rng)
        }
        _ => None,
    };
    signature.ok_or(Fault::WrongKeyType)
}

fn verify(
    public: &PublicPart,
    mechanism: PureMechanism,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Fault> {
    check_length(mechanism, message)?;
    let PublicPart::Pure(public) = public else {
        return Err(Fault::WrongKeyType);
    };
    Ok(match (mechanism, public) {
        (PureMechanism::Ed25519, PurePublic::Ed25519(point)) => {
            ed25519::verify(point, message, signature)
        }
        (PureMechanism::Ed25519ph, PurePublic::Ed25519(point)) => {
            ed25519::verify_hashed(point, message, signature)
        }
        (PureMechanism::MlDsa, PurePublic::MlDsa(set, public)) => {
            ml_dsa::verify(*set, public, message, signature)
        }
        (PureMechanism::MlDsaMu, PurePublic::MlDsa(set, public)) => {
            ml_dsa::verify_mu(*set, public, message, signature)
        }
        _ => return Err(Fault::WrongKeyType),
    })
}
