//! Quorum authentication and second factors on all HSMs of a cluster.
//!
//! A token is made on one HSM and copied to the others as a masked object, like keys: so it is the same
//! everywhere, and one file of signatures is valid for all. Approvals go to every HSM before the operation.
//! An operation on one HSM uses up the token there, and the client then deletes it on the others. A second
//! factor is proven to each HSM separately.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{ClientError, Cluster, same};
use crate::Link;
use hsmlab_proto::Handle;
use hsmlab_proto::Secret;
use hsmlab_proto::message::{Answer, Command, Fault, Reply};
use hsmlab_proto::mfa::{Factor, MfaCommand};
use hsmlab_proto::quorum::{Approval, QuorumCommand, QuorumReply, Service, TokenInfo};
use hsmlab_proto::role::Role;

/// A token, merged from all HSMs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterToken {
    /// The token.
    pub info: TokenInfo,
    /// The number of tokens of this user, service and key on the HSM that has the fewest.
    pub fewest: usize,
    /// True if every HSM has it.
    pub everywhere: bool,
}

/// A registration, merged from all HSMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// Registered on no HSM.
    No,
    /// Registered on every HSM with the same key.
    Yes,
    /// HSMs differ.
    Inconsistent,
}

impl Registered {
    /// Merges the HSMs' answers, each with the key's fingerprint or without.
    pub(super) fn of<'a>(fingerprints: impl Iterator<Item = Option<&'a String>>) -> Self {
        match same(fingerprints) {
            Some(None) => Self::No,
            Some(Some(_)) => Self::Yes,
            None => Self::Inconsistent,
        }
    }
}

/// An HSM's challenge: 32 bytes to sign.
pub type Challenge = (IpAddr, Vec<u8>);

/// The user to log in or to change.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The name.
    pub username: String,
    /// The role.
    pub role: Role,
    /// The current password, or the new one.
    pub password: Secret,
}

impl Cluster {
    fn quorum_answers(
        &mut self,
        command: QuorumCommand,
        link: &mut dyn Link,
    ) -> Result<Vec<QuorumReply>, ClientError> {
        let mut replies = Vec::new();
        for (_, answer) in self.ask_all(&Command::Quorum(command), link) {
            replies.push(reply_of(answer)?);
        }
        if replies.is_empty() {
            return Err(ClientError::Disconnected);
        }
        Ok(replies)
    }

    /// Returns the quorum values of the services; `None` if the HSMs differ.
    ///
    /// # Errors
    /// No connection is left.
    pub fn quorum_values(
        &mut self,
        link: &mut dyn Link,
    ) -> Result<Vec<(Service, Option<u8>)>, ClientError> {
        let mut seen: BTreeMap<Service, Vec<u8>> = BTreeMap::new();
        for reply in self.quorum_answers(QuorumCommand::Values, link)? {
            if let QuorumReply::Values(values) = reply {
                for (service, value) in values {
                    seen.entry(service).or_default().push(value);
                }
            }
        }
        Ok(seen
            .into_iter()
            .map(|(service, values)| (service, same(values.into_iter())))
            .collect())
    }

    /// Returns the timeouts of generated and of approved tokens on the first HSM.
    ///
    /// # Errors
    /// No connection is left.
    pub fn token_timeouts(&mut self, link: &mut dyn Link) -> Result<(u32, u32), ClientError> {
        let replies = self.quorum_answers(QuorumCommand::Timeouts, link)?;
        match replies.first() {
            Some(QuorumReply::Timeouts {
                generated,
                approved,
            }) => Ok((*generated, *approved)),
            _ => Err(Fault::Malformed.into()),
        }
    }

    /// Executes a command on values, timeouts or tokens on every HSM.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn quorum_command(
        &mut self,
        command: QuorumCommand,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let all = self.addresses();
        self.everywhere(&all, &Command::Quorum(command), link)
    }

    /// Makes a token on one HSM and inserts it into the others. Returns the approval data.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn new_token(
        &mut self,
        service: Service,
        handle: Option<Handle>,
        link: &mut dyn Link,
    ) -> Result<Vec<u8>, ClientError> {
        let make = Command::Quorum(QuorumCommand::NewToken { service, handle });
        let mut addresses = self.own().into_iter();
        for address in addresses.by_ref() {
            let Some(answer) = self.ask(address, &make, link) else {
                continue;
            };
            let QuorumReply::Token {
                approval_data,
                masked,
            } = reply_of(answer)?
            else {
                return Err(Fault::Malformed.into());
            };
            let others: Vec<IpAddr> = addresses.collect();
            if !others.is_empty() {
                self.quorum_everywhere(&others, QuorumCommand::PlaceToken { masked }, link)?;
            }
            return Ok(approval_data);
        }
        Err(ClientError::Disconnected)
    }

    /// Returns the HSMs on which the user is logged in, since only they hold its tokens; all if none.
    fn own(&self) -> Vec<IpAddr> {
        let logged_in = self.members.iter().filter(|member| member.logged_in);
        let own: Vec<IpAddr> = logged_in.map(|member| member.address).collect();
        if own.is_empty() {
            self.addresses()
        } else {
            own
        }
    }

    fn quorum_everywhere(
        &mut self,
        addresses: &[IpAddr],
        command: QuorumCommand,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        match self.everywhere(addresses, &Command::Quorum(command), link) {
            // The connections broke: only the HSM that made the token is left.
            Err(ClientError::Disconnected) => Ok(()),
            done => done,
        }
    }

    /// Sends approvals to every HSM: the next operation that each is for may then run.
    ///
    /// # Errors
    /// The refusal, or that only some HSMs refuse.
    pub fn approve(
        &mut self,
        approvals: &[Approval],
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let own = self.own();
        for approval in approvals {
            let approve = QuorumCommand::Approve(approval.clone());
            self.everywhere(&own, &Command::Quorum(approve), link)?;
        }
        Ok(())
    }

    /// Deletes tokens whose operation is done from the HSMs that still have them.
    pub fn clear_tokens(&mut self, approvals: &[Approval], link: &mut dyn Link) {
        for approval in approvals {
            let token = approval.token.clone();
            self.ask_all(&Command::Quorum(QuorumCommand::DropToken { token }), link);
        }
    }

    /// Returns all tokens.
    ///
    /// # Errors
    /// No connection is left.
    pub fn tokens(&mut self, link: &mut dyn Link) -> Result<Vec<ClusterToken>, ClientError> {
        let replies = self.quorum_answers(QuorumCommand::Tokens, link)?;
        let lists: Vec<Vec<TokenInfo>> = replies
            .into_iter()
            .map(|reply| match reply {
                QuorumReply::Tokens(tokens) => tokens,
                _ => Vec::new(),
            })
            .collect();
        let mut seen: BTreeMap<Vec<u8>, (TokenInfo, usize)> = BTreeMap::new();
        for info in lists.iter().flatten() {
            let found = seen.entry(info.token.clone());
            found.or_insert_with(|| (info.clone(), 0)).1 += 1;
        }
        let alike = |a: &TokenInfo, b: &TokenInfo| {
            (&a.username, a.service, a.handle) == (&b.username, b.service, b.handle)
        };
        let mut tokens: Vec<ClusterToken> = seen
            .into_values()
            .map(|(info, holders)| {
                let counts = lists
                    .iter()
                    .map(|list| list.iter().filter(|other| alike(&info, other)).count());
                ClusterToken {
                    fewest: counts.min().unwrap_or(0),
                    everywhere: holders >= lists.len(),
                    info,
                }
            })
            .collect();
        tokens.sort_by(|a, b| a.info.cmp(&b.info));
        Ok(tokens)
    }

    /// Asks each HSM for the challenge that a second factor must sign.
    ///
    /// # Errors
    /// The refusal, or no connection is left.
    pub fn challenges(&mut self, link: &mut dyn Link) -> Result<Vec<Challenge>, ClientError> {
        let mut challenges = Vec::new();
        for (address, answer) in self.ask_all(&Command::Mfa(MfaCommand::Challenge), link) {
            match reply_of(answer)? {
                QuorumReply::Challenge(challenge) => challenges.push((address, challenge)),
                _ => return Err(Fault::Malformed.into()),
            }
        }
        if challenges.is_empty() {
            return Err(ClientError::Disconnected);
        }
        Ok(challenges)
    }

    /// Logs in on every HSM with a password and each HSM's signed challenge. Wrong credentials are only
    /// tried on the first HSM.
    ///
    /// # Errors
    /// The refusal.
    pub fn login_with_factor(
        &mut self,
        who: &Subject,
        signed: &[Challenge],
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let mut anywhere = false;
        for (address, signature) in signed {
            let command = Command::Mfa(MfaCommand::Login {
                username: who.username.clone(),
                role: who.role,
                password: who.password.clone(),
                signature: signature.clone(),
            });
            let answer = self.ask(*address, &command, link);
            if let (Some(Err(fault)), false) = (&answer, anywhere) {
                return Err(fault.clone().into());
            }
            anywhere |= answer.is_some();
            for member in &mut self.members {
                if member.address == *address {
                    member.logged_in = matches!(answer, Some(Ok(_)));
                }
            }
        }
        if anywhere {
            Ok(())
        } else {
            Err(ClientError::Disconnected)
        }
    }

    /// Sets a user's password and second factor on every HSM, each with its own proof; without a key it
    /// removes the second factor.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn set_factor(
        &mut self,
        who: &Subject,
        factor: Option<(&[u8], &[Challenge])>,
        quorum: bool,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let command = |factor| {
            Command::Mfa(MfaCommand::Set {
                username: who.username.clone(),
                role: who.role,
                password: who.password.clone(),
                factor,
                quorum,
            })
        };
        let Some((public_key, signed)) = factor else {
            return self.user_command(&command(None), link);
        };
        let (mut done, mut failed) = (0, 0);
        for (address, signature) in signed {
            let command = command(Some(Factor {
                public_key: public_key.to_vec(),
                signature: signature.clone(),
            }));
            match self.ask(*address, &command, link) {
                Some(Ok(_)) => done += 1,
                Some(Err(fault)) if done == 0 && failed == 0 => return Err(fault.into()),
                Some(Err(_)) => failed += 1,
                None => {}
            }
        }
        match (done, failed) {
            (0, _) => Err(ClientError::Disconnected),
            (_, 0) => Ok(()),
            (_, failed) => Err(ClientError::Partial {
                failed,
                of: done + failed,
            }),
        }
    }
}

fn reply_of(answer: Answer) -> Result<QuorumReply, ClientError> {
    match answer? {
        Reply::Quorum(reply) => Ok(reply),
        _ => Err(Fault::Malformed.into()),
    }
}
