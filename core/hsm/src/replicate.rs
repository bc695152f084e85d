//! Execution of `user replicate` and `key replicate` in an appliance: it masks a user or a key for the
//! HSMs of a clone, and accepts masked objects from them.

use zeroize::Zeroizing;

use super::appliance::Appliance;
use super::keys::{Caller, Key};
use super::masking;
use super::users::User;
use hsmlab_crypto::seal;
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::replicate::ReplicateCommand;
use hsmlab_proto::role::Role;

/// The sealing purpose of a masked user.
const MASKED_USER: &str = "hsmlab masked user of a clone v1";

impl Appliance {
    /// Executes a command for a logged-in user.
    pub(super) fn run_replicate(&mut self, caller: &Caller, command: ReplicateCommand) -> Answer {
        match command {
            ReplicateCommand::ExtractUser { username, role } => {
                admin(caller)?;
                // Only the users whom administrators manage can be replicated.
                if !matches!(role, Role::Admin | Role::CryptoUser) {
                    return Err(Fault::NoSuchUser);
                }
                let name = self.state.users.find(&username, role)?;
                let user = self.state.users.record(&name).ok_or(Fault::NoSuchUser)?;
                let hsm1 = self.spec.is_hsm1();
                let message = serde_json::to_vec(&(name, hsm1, user));
                let message = Zeroizing::new(message.map_err(|_| Fault::Malformed)?);
                let key = self.state.masking_key.inner();
                let masked = seal::seal(key, MASKED_USER, &[], &message, &mut self.rng);
                Ok(Reply::Bytes(masked))
            }
            ReplicateCommand::InsertUser { masked } => {
                admin(caller)?;
                let key = self.state.masking_key.inner();
                let message =
                    seal::open(key, MASKED_USER, &[], &masked).map_err(|_| Fault::UnwrapFailed)?;
                let (name, from_hsm1, user): (String, bool, User) =
                    serde_json::from_slice(message.expose()).map_err(|_| Fault::UnwrapFailed)?;
                // User Guide, "troubleshoot-sdk5-user-replicate-failures".
                if self.spec.is_hsm1() && !from_hsm1 {
                    return Err(Fault::UserDiffers);
                }
                if self.state.users.record(&name).is_none() {
                    self.state.users.check_room(self.spec.is_hsm1())?;
                }
                self.state.users.replicate(name, user)?;
                Ok(Reply::Done)
            }
            ReplicateCommand::InsertKey { masked } => self.insert_replica(caller, &masked),
        }
    }

    fn insert_replica(&mut self, caller: &Caller, masked: &[u8]) -> Answer {
        let (handle, key) =
            masking::unmask(&self.state.masking_key, masked).ok_or(Fault::UnwrapFailed)?;
        may_replicate(caller, &key)?;
        let known = |name: &String| self.state.users.is_crypto_user(name);
        if !known(&key.owner) || !key.shared.iter().all(known) {
            return Err(Fault::NoSuchUser);
        }
        if let Some(present) = self.state.keys.any(handle) {
            return if present.same_as(&key) {
                Ok(Reply::Done)
            } else {
                Err(Fault::HandleTaken)
            };
        }
        let asymmetric = usize::from(key.attributes.public.is_some());
        let keys = &mut self.state.keys;
        keys.check_room(self.spec.is_hsm1(), 1, asymmetric)?;
        keys.insert_copy(handle, key, caller)?;
        Ok(Reply::Done)
    }
}

fn admin(caller: &Caller) -> Result<(), Fault> {
    if caller.role == Role::Admin {
        Ok(())
    } else {
        Err(Fault::WrongRole(Role::Admin))
    }
}

/// Administrators replicate any key, crypto users their own (User Guide,
/// "`cloudhsm_cli-key-replicate`").
fn may_replicate(caller: &Caller, key: &Key) -> Result<(), Fault> {
    match caller.role {
        Role::Admin => Ok(()),
        Role::CryptoUser if key.owner == caller.username => Ok(()),
        _ => Err(Fault::NotOwner),
    }
}
