//! Second factors: the public keys that users have registered, and the checks with them (User Guide,
//! "login-mfa-token-sign", "quorum-auth-chsm-cli": one key serves MFA and quorum authentication).

use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::appliance::Appliance;
use super::limits;
use super::users::fold;
use crate::crypto::keys::{KeyKind, PublicKey, SignatureAlgorithm};
use crate::proto::Secret;
use crate::proto::key::Hash;
use crate::proto::message::{Answer, Fault, Reply, Role};
use crate::proto::mfa::{Factor, MfaCommand};
use crate::proto::quorum::{QuorumFault, QuorumReply};

/// The public half of the key that a user signs tokens with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TokenKey(#[serde(with = "crate::proto::b64")] Vec<u8>);

impl TokenKey {
    /// Reads an RSA public key with 2,048 bits, DER.
    ///
    /// # Errors
    /// The bytes are another kind of key, or no key.
    pub(super) fn new(spki: &[u8]) -> Result<Self, Fault> {
        let key = PublicKey::from_spki_der(spki).ok();
        match key.map(|key| key.kind()) {
            Some(KeyKind::Rsa(limits::TOKEN_KEY_BITS)) => Ok(Self(spki.to_vec())),
            _ => Err(Fault::Quorum(QuorumFault::PublicKey)),
        }
    }

    /// Checks a signature over a token: RSASSA-PKCS1-v1.5 over the token as a SHA-256 digest.
    pub(super) fn verifies(&self, token: &[u8; 32], signature: &[u8]) -> bool {
        PublicKey::from_spki_der(&self.0).is_ok_and(|key| {
            let algorithm = SignatureAlgorithm::RsaPkcs1(Hash::Sha256);
            key.verify_digest(algorithm, token, signature).is_ok()
        })
    }

    /// Returns SHA-256 of the key.
    pub(super) fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }
}

/// A second factor as presented at a login.
pub(super) struct Second {
    challenge: [u8; 32],
    signature: Vec<u8>,
}

impl Second {
    pub(super) fn is_signed_with(&self, key: &TokenKey) -> bool {
        key.verifies(&self.challenge, &self.signature)
    }
}

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
