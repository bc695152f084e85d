//! Second factors: the public keys that users have registered, and the checks with them (User Guide,
//! "login-mfa-token-sign", "quorum-auth-chsm-cli": one key serves MFA and quorum authentication).

use super::factor::{Second, TokenKey};
use rand_core::Rng as _;

use super::appliance::Appliance;
use super::users::fold;
use hsmlab_proto::Secret;
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::mfa::{Factor, MfaCommand};
use hsmlab_proto::quorum::{QuorumFault, QuorumReply};
use hsmlab_proto::role::Role;

const fn failed() -> Fault {
    Fault::Quorum(QuorumFault::MfaFailed)
}

impl Appliance {
    /// Executes a command on second factors.
    pub(super) fn run_mfa(&mut self, connection: u64, command: MfaCommand) -> Answer {
        match command {
            MfaCommand::Challenge => {
                let mut challenge = [0; 32];
                self.rng.fill_bytes(&mut challenge);
                self.challenges.insert(connection, challenge);
                Ok(Reply::Quorum(QuorumReply::Challenge(challenge.to_vec())))
            }
            MfaCommand::Login {
                username,
                role,
                password,
                signature,
            } => {
                let challenge = self.challenges.remove(&connection).ok_or_else(failed)?;
                let second = Second {
                    challenge,
                    signature,
                };
                self.log_in(connection, &username, role, &password, Some(&second))
            }
            MfaCommand::Set {
                username,
                role,
                password,
                factor,
                quorum,
            } => self.set_factor(
                connection,
                (&username, role, &password),
                factor.as_ref(),
                quorum,
            ),
            MfaCommand::ChangePassword {
                username,
                role,
                password,
                deregister_mfa,
                deregister_quorum,
            } => {
                self.change_password(connection, &username, role, &password)?;
                let user = self.state.users.record_mut(&fold(&username))?;
                if deregister_mfa {
                    user.mfa = None;
                }
                if deregister_quorum {
                    user.quorum = None;
                }
                Ok(Reply::Done)
            }
        }
    }

    /// Sets a second factor together with the password. An administrator may set anyone's, another user
    /// only their own.
    fn set_factor(
        &mut self,
        connection: u64,
        (username, role, password): (&str, Role, &Secret),
        factor: Option<&Factor>,
        quorum: bool,
    ) -> Answer {
        let caller = self.login(connection)?;
        if caller.role != Role::Admin && caller.username != fold(username) {
            return Err(Fault::WrongRole(Role::Admin));
        }
        let name = self.state.users.find(username, role)?;
        let key = match factor {
            None => None,
            Some(factor) => {
                let challenge = self.challenges.remove(&connection).ok_or_else(failed)?;
                let key = TokenKey::new(&factor.public_key)?;
                if !key.verifies(&challenge, &factor.signature) {
                    return Err(failed());
                }
                Some(key)
            }
        };
        let user = self.state.users.record(&name).ok_or(Fault::NoSuchUser)?;
        // Guess: a quorum key that is not changed at the same time must be the same key.
        if let (Some(key), Some(approves), false) = (&key, &user.quorum, quorum)
            && key != approves
        {
            return Err(Fault::Quorum(QuorumFault::OtherKey));
        }
        // User Guide, "deregister-mfa-cloudhsm-cli": removing the second factor also removes the registration
        // for quorum authentication.
        let drops = key.is_none() && (quorum || user.mfa.is_some());
        let keeps = user
            .quorum
            .clone()
            .filter(|approves| Some(approves) == key.as_ref());
        self.change_password(connection, &name, role, password)?;
        let user = self.state.users.record_mut(&name)?;
        if drops {
            user.quorum = None;
        } else if quorum {
            user.quorum.clone_from(&key);
        } else if keeps.is_some() {
            user.quorum = keeps;
        }
        user.mfa = key;
        Ok(Reply::Done)
    }
}
