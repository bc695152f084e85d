//! Quorum authentication (M of N): which commands need approvals, tokens, and who may approve (User Guide,
//! "quorum-auth-chsm-cli", "key-quorum-auth-chsm-cli").

mod needs;
pub(super) mod settings;
pub(super) mod tokens;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use self::tokens::{Claim, Digest, Lifetimes, Token};
use super::appliance::Appliance;
use super::factor::TokenKey;
use super::keys::Caller;
use super::limits;
use super::users::fold;
use hsmlab_crypto::seal;
use hsmlab_proto::Handle;
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::quorum::{
    Approval, KeyQuorum, QuorumCommand, QuorumFault, QuorumReply, Service, Timeout, TokenInfo,
};
use hsmlab_proto::role::Role;

/// The sealing purpose of a token on its way to the other HSMs of its cluster.
const MASKED_TOKEN: &str = "hsmlab quorum token v1";

/// The services whose quorum values administrators set.
const VALUED: [Service; 3] = [Service::User, Service::Quorum, Service::Cluster];

/// Checks the quorum values of a new key with that many sharers: both above 1, and at most the number
/// of the key's users (User Guide, "key-quorum-auth-chsm-cli-first-time").
pub(super) fn of_key(
    quorum: Option<KeyQuorum>,
    sharers: usize,
) -> Result<Option<KeyQuorum>, Fault> {
    if let Some(values) = quorum {
        if values.manage < limits::QUORUM_VALUES.0 || values.usage < limits::QUORUM_VALUES.0 {
            return Err(Fault::Quorum(QuorumFault::KeyValues));
        }
        check_sharers(quorum, sharers)?;
    }
    Ok(quorum)
}

/// Public keys have no quorum values. Guess: asking for them is refused.
pub(super) const fn of_public_key(quorum: Option<KeyQuorum>) -> Result<(), Fault> {
    match quorum {
        None => Ok(()),
        Some(_) => Err(Fault::Quorum(QuorumFault::InvalidValue)),
    }
}

/// Checks that a key has enough users for its quorum values. Guess: a key cannot be unshared below them;
/// AWS only publishes the rule for new keys.
pub(super) fn check_sharers(quorum: Option<KeyQuorum>, sharers: usize) -> Result<(), Fault> {
    let Some(KeyQuorum { manage, usage }) = quorum else {
        return Ok(());
    };
    let most = manage.max(usage);
    if most > limits::QUORUM_VALUES.1 || usize::from(most) > sharers + 1 {
        return Err(Fault::Quorum(QuorumFault::InvalidValue));
    }
    Ok(())
}

impl Appliance {
    /// Executes a command on quorum authentication.
    pub(super) fn run_quorum(&mut self, connection: u64, command: QuorumCommand) -> Answer {
        match command {
            QuorumCommand::Values => return Ok(Reply::Quorum(self.quorum_values())),
            QuorumCommand::Timeouts => {
                let Lifetimes {
                    generated,
                    approved,
                } = self.state.quorum.lifetimes();
                let reply = QuorumReply::Timeouts {
                    generated,
                    approved,
                };
                return Ok(Reply::Quorum(reply));
            }
            QuorumCommand::Tokens => return Ok(Reply::Quorum(self.list_tokens())),
            _ => {}
        }
        let caller = self.login(connection)?;
        match command {
            QuorumCommand::SetValue { service, value } => {
                admin(&caller)?;
                self.set_value(service, value)?;
            }
            QuorumCommand::SetTimeout { which, seconds } => {
                admin(&caller)?;
                if !(1..=limits::TOKEN_SECONDS_MAX).contains(&seconds) {
                    return Err(Fault::Quorum(QuorumFault::InvalidTimeout));
                }
                match which {
                    Timeout::Generated => self.state.quorum.generated = seconds,
                    Timeout::Approved => self.state.quorum.approved = seconds,
                }
            }
            QuorumCommand::NewToken { service, handle } => {
                return self.new_token(&caller, service, handle);
            }
            QuorumCommand::PlaceToken { masked } => self.place_token(&caller, &masked)?,
            QuorumCommand::DeleteTokens { all } => {
                if all {
                    admin(&caller)?;
                }
                self.tokens.delete((!all).then_some(&caller));
            }
            QuorumCommand::DropToken { token } => self.tokens.drop_one(&token, &caller),
            QuorumCommand::Approve(approval) => self.approve(&caller, &approval)?,
            QuorumCommand::Register {
                public_key,
                approval_data,
                signature,
            } => self.register(&caller, &public_key, &approval_data, &signature)?,
            QuorumCommand::Values | QuorumCommand::Timeouts | QuorumCommand::Tokens => {
                return Err(Fault::Malformed);
            }
        }
        Ok(Reply::Done)
    }

    fn offers(&self, service: Service) -> bool {
        service != Service::Cluster || !self.spec.is_hsm1()
    }

    fn quorum_values(&self) -> QuorumReply {
        let values = VALUED
            .into_iter()
            .filter(|service| self.offers(*service))
            .map(|service| (service, self.state.quorum.value(service)));
        QuorumReply::Values(values.collect())
    }

    fn set_value(&mut self, service: Service, value: u8) -> Result<(), Fault> {
        if !VALUED.contains(&service) || !self.offers(service) {
            return Err(Fault::Quorum(QuorumFault::NoSuchService));
        }
        let values = &mut self.state.quorum.values;
        let (least, most) = limits::QUORUM_VALUES;
        if value == 1 {
            values.remove(&service);
        } else if (least..=most).contains(&value) {
            values.insert(service, value);
        } else {
            return Err(Fault::Quorum(QuorumFault::InvalidValue));
        }
        Ok(())
    }

    fn new_token(&mut self, caller: &Caller, service: Service, handle: Option<Handle>) -> Answer {
        if !self.offers(service) {
            return Err(Fault::Quorum(QuorumFault::NoSuchService));
        }
        match service.role() {
            Some(role) if role != caller.role => return Err(Fault::WrongRole(role)),
            None if !matches!(caller.role, Role::Admin | Role::CryptoUser) => {
                return Err(Fault::WrongRole(Role::Admin));
            }
            _ => {}
        }
        let controlled = match (service, handle) {
            (Service::Registration, None) => true,
            (_, Some(handle)) if service.is_of_keys() => {
                self.state.keys.get(handle, caller)?.quorum.is_some()
            }
            (_, None) if !service.is_of_keys() => self.state.quorum.value(service) > 1,
            _ => return Err(Fault::Malformed),
        };
        // Guess: also for the other services; the guide says it only of `quorum`.
        if !controlled {
            return Err(Fault::Quorum(QuorumFault::NotControlled));
        }
        let claim = Claim::new(caller, service, handle, self.now, &mut self.rng);
        let approval_data = claim.to_bytes();
        let lifetimes = self.state.quorum.lifetimes();
        self.tokens.insert(claim, caller, lifetimes, self.now)?;
        let masked = seal::seal(
            self.state.masking_key.inner(),
            MASKED_TOKEN,
            self.spec.cluster_id.as_bytes(),
            &approval_data,
            &mut self.rng,
        );
        Ok(Reply::Quorum(QuorumReply::Token {
            approval_data,
            masked,
        }))
    }

    fn place_token(&mut self, caller: &Caller, masked: &[u8]) -> Result<(), Fault> {
        let key = self.state.masking_key.inner();
        let cluster = self.spec.cluster_id.as_bytes();
        let claim = seal::open(key, MASKED_TOKEN, cluster, masked)
            .ok()
            .and_then(|message| Claim::parse(message.expose()))
            .ok_or(Fault::Quorum(QuorumFault::InvalidSignature))?;
        let lifetimes = self.state.quorum.lifetimes();
        self.tokens.insert(claim, caller, lifetimes, self.now)
    }

    /// Returns the caller's token with this digest and these approval data.
    fn token_of(&self, caller: &Caller, digest: &Digest) -> Option<&Token> {
        let lifetimes = self.state.quorum.lifetimes();
        self.tokens
            .alive(lifetimes, self.now)
            .find(|(each, token, _)| *each == digest && token.is_of(caller))
            .map(|(_, token, _)| token)
    }

    /// Returns the number of approvals that a token needs.
    fn required(&self, claim: &Claim) -> u8 {
        match (claim.service, claim.handle) {
            (Service::Registration, _) => 1,
            (service, Some(handle)) => {
                let values = self.state.keys.any(handle).and_then(|key| key.quorum);
                values.map_or(1, |values| match service {
                    Service::KeyUsage => values.usage,
                    _ => values.manage,
                })
            }
            (service, None) => self.state.quorum.value(service),
        }
    }

    fn approve(&mut self, caller: &Caller, approval: &Approval) -> Result<(), Fault> {
        let digest: Digest = Sha256::digest(&approval.approval_data).into();
        let claim = Claim::parse(&approval.approval_data)
            .filter(|_| digest == approval.token.as_slice())
            .ok_or(Fault::Quorum(QuorumFault::InvalidSignature))?;
        let Some(token) = self.token_of(caller, &digest) else {
            // The token was used, has expired or belongs to another user. The texts: from the guide for the
            // services of administrators, observed for those of keys.
            return Err(Fault::Quorum(if claim.service.is_of_keys() {
                QuorumFault::InvalidPair
            } else {
                QuorumFault::ApprovalRequired
            }));
        };
        let mut approvers = BTreeSet::new();
        for entry in &approval.signatures {
            let name = fold(&entry.username);
            let key = self
                .approver(&token.claim, &name, entry.role)
                .ok_or(Fault::Quorum(QuorumFault::InvalidPair))?;
            if !key.verifies(&digest, &entry.signature) {
                return Err(Fault::Quorum(QuorumFault::InvalidPair));
            }
            approvers.insert(name);
        }
        let have = u8::try_from(approvers.len()).unwrap_or(u8::MAX);
        let need = self.required(&token.claim);
        if have < need {
            return Err(Fault::Quorum(QuorumFault::TooFew { have, need }));
        }
        self.tokens.approve(&digest, have, self.now);
        Ok(())
    }

    /// Returns the registered key of a user who may approve a token: an administrator, or one of the
    /// key's users.
    fn approver(&self, claim: &Claim, name: &str, role: Option<Role>) -> Option<&TokenKey> {
        let user = self.state.users.record(name)?;
        let wanted = claim.service.role()?;
        if user.role() != wanted || role.is_some_and(|role| role != wanted) {
            return None;
        }
        if let Some(handle) = claim.handle {
            let key = self.state.keys.any(handle)?;
            if key.owner != name && !key.shared.contains(name) {
                return None;
            }
        }
        user.quorum.as_ref()
    }

    fn register(
        &mut self,
        caller: &Caller,
        public_key: &[u8],
        approval_data: &[u8],
        signature: &[u8],
    ) -> Result<(), Fault> {
        let key = TokenKey::new(public_key)?;
        let digest: Digest = Sha256::digest(approval_data).into();
        let token = self
            .token_of(caller, &digest)
            .filter(|token| token.claim.service == Service::Registration);
        // The signature proves that the user has the private key.
        if token.is_none() || !key.verifies(&digest, signature) {
            return Err(Fault::Quorum(QuorumFault::InvalidSignature));
        }
        let user = self.state.users.record_mut(&caller.username)?;
        if user.mfa.as_ref().is_some_and(|mfa| *mfa != key) {
            return Err(Fault::Quorum(QuorumFault::OtherKey));
        }
        user.quorum = Some(key);
        self.tokens.spend(&[digest]);
        Ok(())
    }

    fn list_tokens(&self) -> QuorumReply {
        let lifetimes = self.state.quorum.lifetimes();
        let tokens = self
            .tokens
            .alive(lifetimes, self.now)
            .map(|(digest, token, seconds)| TokenInfo {
                username: token.claim.owner.clone(),
                service: token.claim.service,
                handle: token.claim.handle,
                required: self.required(&token.claim),
                approvals: token.approved.map_or(0, |(_, approvals)| approvals),
                seconds,
                token: digest.to_vec(),
            });
        QuorumReply::Tokens(tokens.collect())
    }
}

fn admin(caller: &Caller) -> Result<(), Fault> {
    if caller.role == Role::Admin {
        Ok(())
    } else {
        Err(Fault::WrongRole(Role::Admin))
    }
}
