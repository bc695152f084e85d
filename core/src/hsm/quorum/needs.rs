<<<<<<< ours
||||||| base
//! Which commands need approvals, of which service and how many (User Guide,
//! "quorum-auth-chsm-cli-service-names"). A command that is not named here needs none.

use super::Digest;
use hsmlab_hsm::appliance::Appliance;
use hsmlab_hsm::keys::Caller;
use hsmlab_hsm::users::fold;
use hsmlab_proto::cipher::CipherCommand;
use hsmlab_proto::key::Handle;
use hsmlab_proto::message::{Command, Fault, Role};
use hsmlab_proto::mfa::MfaCommand;
use hsmlab_proto::policy::PolicyCommand;
use hsmlab_proto::pure::PureCommand;
use hsmlab_proto::quorum::{QuorumCommand, QuorumFault, Service};
use hsmlab_proto::sdk3::Sdk3Command;

/// An approval that a command needs.
struct Need {
    service: Service,
    handle: Option<Handle>,
    approvals: u8,
}

impl Need {
    fn fault(&self) -> Fault {
        Fault::Quorum(if self.service.is_of_keys() {
            QuorumFault::KeyApprovalRequired
        } else {
            QuorumFault::ApprovalRequired
        })
    }
}

impl Appliance {
    /// The tokens that let a command pass, one for each approval that it needs; the command spends
    /// them.
    ///
    /// # Errors
    /// An approval is missing. What a command lacks besides is not looked at here.
    pub(in hsmlab_hsm) fn approved(
        &self,
        connection: u64,
        command: &Command,
    ) -> Result<Vec<Digest>, Fault> {
        let Ok(caller) = self.login(connection) else {
            return Ok(Vec::new());
        };
        let mut spent: Vec<Digest> = Vec::new();
        for need in self.needs(&caller, command) {
            let lifetimes = self.state.quorum.lifetimes();
            let token = self
                .tokens
                .alive(lifetimes, self.now)
                .filter(|(digest, token, _)| {
                    let claim = &token.claim;
                    token.is_of(&caller)
                        && (claim.service, claim.handle) == (need.service, need.handle)
                        && !spent.contains(*digest)
                })
                .filter_map(|(digest, token, _)| Some((token.approved?.1, *digest)))
                .max_by_key(|(approvals, _)| *approvals);
            let (have, digest) = token.ok_or_else(|| need.fault())?;
            if have < need.approvals {
                let need = need.approvals;
                return Err(Fault::Quorum(QuorumFault::TooFew { have, need }));
            }
            spent.push(digest);
        }
        Ok(spent)
    }

    /// What a command needs approvals for. A user without the right to give it is refused elsewhere.
    fn needs(&self, caller: &Caller, command: &Command) -> Vec<Need> {
        if caller.role == Role::Admin {
            return self.needs_of_admin(caller, command).into_iter().collect();
        }
        let used: &[(Service, &Handle)] = match command {
            Command::Wrap {
                payload, wrapping, ..
            } => &[
                (Service::KeyManagement, payload),
                (Service::KeyManagement, wrapping),
            ],
            Command::Unwrap {
                wrapping: handle, ..
            }
            | Command::Share { handle, .. }
            | Command::Unshare { handle, .. }
            | Command::SetAttribute { handle, .. }
            | Command::Sdk3(
                Sdk3Command::AesWrap {
                    wrapping: handle, ..
                }
                | Sdk3Command::AesUnwrap {
                    wrapping: handle, ..
                },
            ) => &[(Service::KeyManagement, handle)],
            // Guess: what only other tools than the CLI do with a key counts as its use. They cannot
            // show an approval, so such a key serves them not at all.
            Command::Sign { handle, .. }
            | Command::Pure(PureCommand::Sign { handle, .. })
            | Command::Cipher(
                CipherCommand::Encrypt { handle, .. }
                | CipherCommand::Decrypt { handle, .. }
                | CipherCommand::Mac { handle, .. }
                | CipherCommand::VerifyMac { handle, .. }
                | CipherCommand::Derive { handle, .. },
            ) => &[(Service::KeyUsage, handle)],
            _ => &[],
        };
        used.iter()
            .filter_map(|(service, handle)| self.need_of_key(caller, *service, **handle))
            .collect()
    }

    fn needs_of_admin(&self, caller: &Caller, command: &Command) -> Option<Need> {
        let value = |service| self.state.quorum.value(service);
        let (service, approvals) = match command {
            Command::CreateUser { .. } | Command::DeleteUser { .. } => {
                (Service::User, value(Service::User))
            }
            // User Guide, "quorum-auth-chsm-cli": changing a different user's password.
            Command::ChangePassword { username, .. } if fold(username) == caller.username => {
                return None;
            }
            // Guess: an administrator's own second factor and registration are covered too, for the
            // guide names `user change-mfa` without exception.
            Command::ChangePassword { .. }
            | Command::Mfa(MfaCommand::Set { .. } | MfaCommand::ChangePassword { .. }) => {
                (Service::User, value(Service::User))
            }
            // User Guide, "quorum-auth-chsm-cli-min-value": the approvals meet the value that is
            // changed, and a token needs that of `quorum` above 1.
            Command::Quorum(QuorumCommand::SetValue { service, .. }) => {
                (Service::Quorum, value(Service::Quorum).max(value(*service)))
            }
            // User Guide, "quorum-auth-chsm-cli-service-names".
            Command::Policy(
                PolicyCommand::RegisterAnchor { .. }
                | PolicyCommand::DeregisterAnchor { .. }
                | PolicyCommand::SetEnforcement(_),
            ) => (Service::Cluster, value(Service::Cluster)),
            _ => return None,
        };
        (approvals > 1).then_some(Need {
            service,
            handle: None,
            approvals,
        })
    }

    /// What the use or the management of a key that the caller may use or manage needs.
    fn need_of_key(&self, caller: &Caller, service: Service, handle: Handle) -> Option<Need> {
        let key = self.state.keys.get(handle, caller).ok()?;
        let values = key.quorum?;
        Some(Need {
            service,
            handle: Some(handle),
            approvals: match service {
                Service::KeyUsage => values.usage,
                _ => values.manage,
            },
        })
    }
}
=======
//! The table of commands that need approvals: the service and the number (User Guide,
//! "quorum-auth-chsm-cli-service-names"). A command that is not listed here needs none.

use super::Digest;
use hsmlab_hsm::appliance::Appliance;
use hsmlab_hsm::keys::Caller;
use hsmlab_hsm::users::fold;
use hsmlab_proto::cipher::CipherCommand;
use hsmlab_proto::key::Handle;
use hsmlab_proto::message::{Command, Fault, Role};
use hsmlab_proto::mfa::MfaCommand;
use hsmlab_proto::policy::PolicyCommand;
use hsmlab_proto::pure::PureCommand;
use hsmlab_proto::quorum::{QuorumCommand, QuorumFault, Service};
use hsmlab_proto::sdk3::Sdk3Command;

/// An approval that a command needs.
struct Need {
    service: Service,
    handle: Option<Handle>,
    approvals: u8,
}

impl Need {
    fn fault(&self) -> Fault {
        Fault::Quorum(if self.service.is_of_keys() {
            QuorumFault::KeyApprovalRequired
        } else {
            QuorumFault::ApprovalRequired
        })
    }
}

impl Appliance {
    /// Returns the tokens that let a command pass, one for each approval that it needs. The command uses
    /// them up.
    ///
    /// # Errors
    /// An approval is missing. Other reasons to refuse the command are not checked here.
    pub(in hsmlab_hsm) fn approved(
        &self,
        connection: u64,
        command: &Command,
    ) -> Result<Vec<Digest>, Fault> {
        let Ok(caller) = self.login(connection) else {
            return Ok(Vec::new());
        };
        let mut spent: Vec<Digest> = Vec::new();
        for need in self.needs(&caller, command) {
            let lifetimes = self.state.quorum.lifetimes();
            let token = self
                .tokens
                .alive(lifetimes, self.now)
                .filter(|(digest, token, _)| {
                    let claim = &token.claim;
                    token.is_of(&caller)
                        && (claim.service, claim.handle) == (need.service, need.handle)
                        && !spent.contains(*digest)
                })
                .filter_map(|(digest, token, _)| Some((token.approved?.1, *digest)))
                .max_by_key(|(approvals, _)| *approvals);
            let (have, digest) = token.ok_or_else(|| need.fault())?;
            if have < need.approvals {
                let need = need.approvals;
                return Err(Fault::Quorum(QuorumFault::TooFew { have, need }));
            }
            spent.push(digest);
        }
        Ok(spent)
    }

    /// Returns the approvals that a command needs. A user without the permission is refused elsewhere.
    fn needs(&self, caller: &Caller, command: &Command) -> Vec<Need> {
        if caller.role == Role::Admin {
            return self.needs_of_admin(caller, command).into_iter().collect();
        }
        let used: &[(Service, &Handle)] = match command {
            Command::Wrap {
                payload, wrapping, ..
            } => &[
                (Service::KeyManagement, payload),
                (Service::KeyManagement, wrapping),
            ],
            Command::Unwrap {
                wrapping: handle, ..
            }
            | Command::Share { handle, .. }
            | Command::Unshare { handle, .. }
            | Command::SetAttribute { handle, .. }
            | Command::Sdk3(
                Sdk3Command::AesWrap {
                    wrapping: handle, ..
                }
                | Sdk3Command::AesUnwrap {
                    wrapping: handle, ..
                },
            ) => &[(Service::KeyManagement, handle)],
            // Guess: the key operations that only other tools than the CLI offer count as use of the key.
            // Those tools cannot present an approval, so they cannot use such a key at all.
            Command::Sign { handle, .. }
            | Command::Pure(PureCommand::Sign { handle, .. })
            | Command::Cipher(
                CipherCommand::Encrypt { handle, .. }
                | CipherCommand::Decrypt { handle, .. }
                | CipherCommand::Mac { handle, .. }
                | CipherCommand::VerifyMac { handle, .. }
                | CipherCommand::Derive { handle, .. },
            ) => &[(Service::KeyUsage, handle)],
            _ => &[],
        };
        used.iter()
            .filter_map(|(service, handle)| self.need_of_key(caller, *service, **handle))
            .collect()
    }

    fn needs_of_admin(&self, caller: &Caller, command: &Command) -> Option<Need> {
        let value = |service| self.state.quorum.value(service);
        let (service, approvals) = match command {
            Command::CreateUser { .. } | Command::DeleteUser { .. } => {
                (Service::User, value(Service::User))
            }
            // User Guide, "quorum-auth-chsm-cli": changing a different user's password.
            Command::ChangePassword { username, .. } if fold(username) == caller.username => {
                return None;
            }
            // Guess: an administrator's own second factor and registration are covered too, because the guide
            // lists `user change-mfa` without exception.
            Command::ChangePassword { .. }
            | Command::Mfa(MfaCommand::Set { .. } | MfaCommand::ChangePassword { .. }) => {
                (Service::User, value(Service::User))
            }
            // User Guide, "quorum-auth-chsm-cli-min-value": the number of approvals is the value being
            // changed, and a token is needed if the value of `quorum` is above 1.
            Command::Quorum(QuorumCommand::SetValue { service, .. }) => {
                (Service::Quorum, value(Service::Quorum).max(value(*service)))
            }
            // User Guide, "quorum-auth-chsm-cli-service-names".
            Command::Policy(
                PolicyCommand::RegisterAnchor { .. }
                | PolicyCommand::DeregisterAnchor { .. }
                | PolicyCommand::SetEnforcement(_),
            ) => (Service::Cluster, value(Service::Cluster)),
            _ => return None,
        };
        (approvals > 1).then_some(Need {
            service,
            handle: None,
            approvals,
        })
    }

    /// Returns the approvals needed for the use or management of a key that the caller may use or manage.
    fn need_of_key(&self, caller: &Caller, service: Service, handle: Handle) -> Option<Need> {
        let key = self.state.keys.get(handle, caller).ok()?;
        let values = key.quorum?;
        Some(Need {
            service,
            handle: Some(handle),
            approvals: match service {
                Service::KeyUsage => values.usage,
                _ => values.manage,
            },
        })
    }
}
>>>>>>> theirs
