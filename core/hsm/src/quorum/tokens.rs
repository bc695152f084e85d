//! Quorum tokens of an appliance. They live in its memory, on the connection of the user who asked for
//! them; backups do not contain them.
//!
//! Every HSM of a cluster holds the same token: one HSM creates it and seals it for the others, and the
//! client carries it there. So one file of signatures is valid for all of them.

use std::collections::BTreeMap;

use rand_core::Rng as _;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::keys::Caller;
use crate::limits;
use hsmlab_proto::Handle;
use hsmlab_proto::message::Fault;
use hsmlab_proto::quorum::{QuorumFault, Service};
use hsmlab_proto::role::Role;
use hsmlab_sim::{Rng, SimDuration, SimTime};

/// The content of a token; its bytes are the approval data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Claim {
    pub(crate) owner: String,
    pub(crate) role: Role,
    pub(crate) service: Service,
    pub(crate) handle: Option<Handle>,
    pub(crate) made: SimTime,
    nonce: [u8; 32],
}

/// The first bytes of approval data. Guess: AWS only publishes that they are random and have at most
/// 245 bytes (User Guide, "quorum-auth-chsm-cli-first-time").
const MAGIC: &[u8; 4] = b"HQT1";

impl Claim {
    pub(super) fn new(
        caller: &Caller,
        service: Service,
        handle: Option<Handle>,
        made: SimTime,
        rng: &mut Rng,
    ) -> Self {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        Self {
            owner: caller.username.clone(),
            role: caller.role,
            service,
            handle,
            made,
            nonce,
        }
    }

    /// Encodes the approval data.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let service = Service::ALL.iter().position(|(it, _)| *it == self.service);
        let service = service.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
        let mut bytes = MAGIC.to_vec();
        bytes.extend([service, u8::from(self.role == Role::Admin)]);
        bytes.push(u8::from(self.handle.is_some()));
        bytes.extend(self.handle.unwrap_or(0).to_be_bytes());
        bytes.extend(self.made.unix_ms().to_be_bytes());
        bytes.extend(self.nonce);
        bytes.extend(self.owner.as_bytes());
        bytes
    }

    /// Parses approval data.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let ([service, admin, keyed], rest) = rest.split_first_chunk()?;
        let (handle, rest) = rest.split_first_chunk()?;
        let (made, rest) = rest.split_first_chunk()?;
        let (nonce, owner) = rest.split_first_chunk()?;
        let (service, _) = Service::ALL.get(usize::from(*service))?;
        let claim = Self {
            owner: std::str::from_utf8(owner).ok()?.to_owned(),
            role: if *admin == 1 {
                Role::Admin
            } else {
                Role::CryptoUser
            },
            service: *service,
            handle: (*keyed == 1).then_some(Handle::from_be_bytes(*handle)),
            made: SimTime::from_unix_ms(u64::from_be_bytes(*made)),
            nonce: *nonce,
        };
        (claim.to_bytes() == bytes).then_some(claim)
    }
}

/// A token.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Token {
    pub(crate) claim: Claim,
    /// The time and the number of approvals.
    pub(crate) approved: Option<(SimTime, u8)>,
    /// The connection that the token ends with.
    connection: u64,
}

impl Token {
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        let claim = &self.claim;
        self.connection == caller.connection
            && claim.owner == caller.username
            && claim.role == caller.role
    }
}

/// The SHA-256 digest of approval data: users sign it, and it identifies the token.
pub(crate) type Digest = [u8; 32];

/// The tokens of an appliance.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Tokens {
    living: Vec<(Digest, Token)>,
    /// Ended tokens that could still be inserted again, with their creation time.
    ended: BTreeMap<String, SimTime>,
}

/// The lifetimes of tokens, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    pub(crate) generated: u32,
    pub(crate) approved: u32,
}

impl Lifetimes {
    fn ends(self, token: &Token) -> SimTime {
        let (from, seconds) = match token.approved {
            None => (token.claim.made, self.generated),
            Some((at, _)) => (at, self.approved),
        };
        from + SimDuration::from_seconds(u64::from(seconds))
    }
}

impl Tokens {
    /// Returns a digest over all tokens; empty if there are none.
    pub(crate) fn digest(&self) -> Vec<u8> {
        if self.living.is_empty() && self.ended.is_empty() {
            return Vec::new();
        }
        Sha256::digest(serde_json::to_vec(self).unwrap_or_default()).to_vec()
    }

    /// Inserts a token for its owner's connection.
    pub(super) fn insert(
        &mut self,
        claim: Claim,
        caller: &Caller,
        lifetimes: Lifetimes,
        now: SimTime,
    ) -> Result<(), Fault> {
        self.forget(now);
        let digest: Digest = Sha256::digest(claim.to_bytes()).into();
        let refused = |fault| Err(Fault::Quorum(fault));
        if claim.owner != caller.username || claim.role != caller.role {
            return refused(QuorumFault::InvalidSignature);
        }
        if claim.made > now || now.since(claim.made) > placed_within() {
            return refused(QuorumFault::InvalidSignature);
        }
        if self.ended.contains_key(&hex::encode(digest)) {
            return refused(QuorumFault::InvalidSignature);
        }
        if self.living.iter().any(|(known, _)| *known == digest) {
            return Ok(());
        }
        let one_alone = claim.service.role() == Some(Role::Admin);
        let active = |token: &Token| {
            token.claim.owner == claim.owner
                && token.claim.service == claim.service
                && lifetimes.ends(token) > now
        };
        if one_alone && self.living.iter().any(|(_, token)| active(token)) {
            return refused(QuorumFault::ActiveToken);
        }
        let full = self.living.len() >= limits::TOKENS_MAX && !self.purge(lifetimes, now);
        if full || self.ended.len() >= limits::TOKENS_ENDED_MAX {
            return refused(QuorumFault::TooManyTokens);
        }
        let token = Token {
            claim,
            approved: None,
            connection: caller.connection,
        };
        self.living.push((digest, token));
        Ok(())
    }

    /// Removes one expired token to make room. Returns whether there was one.
    fn purge(&mut self, lifetimes: Lifetimes, now: SimTime) -> bool {
        let expired = |(_, token): &(Digest, Token)| lifetimes.ends(token) <= now;
        let Some(at) = self.living.iter().position(expired) else {
            return false;
        };
        let (digest, token) = self.living.remove(at);
        self.end(digest, &token);
        true
    }

    fn end(&mut self, digest: Digest, token: &Token) {
        self.ended.insert(hex::encode(digest), token.claim.made);
    }

    /// Forgets ended tokens that are too old for any HSM to accept.
    fn forget(&mut self, now: SimTime) {
        self.ended
            .retain(|_, made| now.since(*made) <= placed_within());
    }

    fn remove(&mut self, gone: impl Fn(&Digest, &Token) -> bool) -> usize {
        let (out, living) = std::mem::take(&mut self.living)
            .into_iter()
            .partition(|(digest, token)| gone(digest, token));
        self.living = living;
        let out: Vec<(Digest, Token)> = out;
        for (digest, token) in &out {
            self.end(*digest, token);
        }
        out.len()
    }

    /// Removes tokens that have been used.
    pub(crate) fn spend(&mut self, digests: &[Digest]) {
        if !digests.is_empty() {
            self.remove(|digest, _| digests.contains(digest));
        }
    }

    /// Ends the tokens of a connection.
    pub(crate) fn end_session(&mut self, connection: u64) {
        self.remove(|_, token| token.connection == connection);
    }

    /// Deletes the tokens of a user, or all.
    pub(super) fn delete(&mut self, owner: Option<&Caller>) {
        self.remove(|_, token| {
            owner.is_none_or(|caller| {
                token.claim.owner == caller.username && token.claim.role == caller.role
            })
        });
    }

    /// Deletes one of the caller's tokens, if it exists.
    pub(super) fn drop_one(&mut self, digest: &[u8], caller: &Caller) {
        self.remove(|each, token| each == digest && token.is_of(caller));
    }

    /// Returns the live tokens, with the seconds that each has left.
    pub(super) fn alive(
        &self,
        lifetimes: Lifetimes,
        now: SimTime,
    ) -> impl Iterator<Item = (&Digest, &Token, u32)> {
        self.living.iter().filter_map(move |(digest, token)| {
            let left = lifetimes.ends(token).since(now).as_ms();
            (left > 0).then(|| {
                let seconds = u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX);
                (digest, token, seconds)
            })
        })
    }

    /// Records that a token was approved. Its time of use runs from the first approval.
    pub(super) fn approve(&mut self, digest: &Digest, approvals: u8, now: SimTime) {
        let found = self.living.iter_mut().find(|(each, _)| each == digest);
        if let Some((_, token)) = found {
            let at = token.approved.map_or(now, |(at, _)| at);
            token.approved = Some((at, approvals));
        }
    }
}

const fn placed_within() -> SimDuration {
    SimDuration::from_seconds(limits::TOKEN_PLACED_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_sim::Seed;

    fn caller(name: &str) -> Caller {
        Caller {
            username: name.into(),
            role: Role::Admin,
            connection: 1,
        }
    }

    const LIFETIMES: Lifetimes = Lifetimes {
        generated: 600,
        approved: 600,
    };

    #[test]
    fn approval_data_are_read_back_and_nothing_else_is() {
        let mut rng = Seed::from_number(1).stream("token");
        let now = SimTime::from_unix_ms(1_000_000);
        for (service, handle) in [(Service::User, None), (Service::KeyUsage, Some(77))] {
            let name = "a".repeat(limits::USER_NAME_CHARS_MAX);
            let claim = Claim::new(&caller(&name), service, handle, now, &mut rng);
            let bytes = claim.to_bytes();
            assert!(bytes.len() <= 245);
            assert_eq!(Claim::parse(&bytes), Some(claim));
            assert_eq!(Claim::parse(&bytes[..50]), None);
            assert_eq!(Claim::parse(b"HQT1"), None);
        }
    }

    #[test]
    fn a_token_is_put_in_once_and_soon() {
        let mut rng = Seed::from_number(1).stream("token");
        let (mut tokens, caller) = (Tokens::default(), caller("admin"));
        let now = SimTime::from_unix_ms(1_000_000);
        let claim = Claim::new(&caller, Service::User, None, now, &mut rng);
        let digest: Digest = Sha256::digest(claim.to_bytes()).into();
        tokens
            .insert(claim.clone(), &caller, LIFETIMES, now)
            .unwrap();
        tokens.spend(&[digest]);
        let again = tokens.insert(claim.clone(), &caller, LIFETIMES, now);
        assert_eq!(again, Err(Fault::Quorum(QuorumFault::InvalidSignature)));
        let late = now + SimDuration::from_seconds(61);
        let mut other = Tokens::default();
        let late = other.insert(claim, &caller, LIFETIMES, late);
        assert_eq!(late, Err(Fault::Quorum(QuorumFault::InvalidSignature)));
    }

    #[test]
    fn the_store_is_full_until_a_token_expires() {
        let mut rng = Seed::from_number(1).stream("token");
        let (mut tokens, mut now) = (Tokens::default(), SimTime::from_unix_ms(1_000_000));
        let caller = caller("alice");
        let mut insert = |tokens: &mut Tokens, now| {
            let claim = Claim::new(&caller, Service::KeyUsage, Some(1), now, &mut rng);
            tokens.insert(claim, &caller, LIFETIMES, now)
        };
        for _ in 0..limits::TOKENS_MAX {
            insert(&mut tokens, now).unwrap();
        }
        let full = Err(Fault::Quorum(QuorumFault::TooManyTokens));
        assert_eq!(insert(&mut tokens, now), full);
        now += SimDuration::from_seconds(600);
        assert_eq!(insert(&mut tokens, now), Ok(()));
        assert_eq!(tokens.alive(LIFETIMES, now).count(), 1);
    }
}
