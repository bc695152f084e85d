//! The commands in the audit log: those that manage users, keys and sessions (User Guide,
//! "cloudhsm-audit-log-reference"). Use of a key and read-only commands are not logged.

use super::{Details, Opcode, Response};
use crate::hsm::appliance::Appliance;
use crate::hsm::limits::USER_NAME_CHARS_MAX;
use crate::hsm::users::{FIRST_ADMIN, fold};
use crate::proto::cipher::CipherCommand;
use crate::proto::key::{Class, Handle, KeyInfo, WrapMechanism};
use crate::proto::message::{Answer, Command, Reply, Role};
use crate::proto::mfa::MfaCommand;
use crate::proto::quorum::QuorumCommand;
use crate::proto::replicate::ReplicateCommand;
use crate::proto::sdk3::Sdk3Command;

/// The part of an entry that is known before the command runs; the rest comes from its answer.
struct Pending {
    opcode: Opcode,
    details: Details,
    /// The step of AES key wrap that is logged in addition, before or after.
    aes_step: Option<Step>,
}

enum Step {
    Before,
    After,
}

impl Pending {
    const fn new(opcode: Opcode, details: Details) -> Self {
        Self {
            opcode,
            details,
            aes_step: None,
        }
    }

    fn wrapping(opcode: Opcode, details: Details, mechanism: &WrapMechanism, step: Step) -> Self {
        let rsa = matches!(
            mechanism,
            WrapMechanism::RsaOaep { .. } | WrapMechanism::RsaAes { .. } | WrapMechanism::RsaPkcs
        );
        Self {
            aes_step: (!rsa).then_some(step),
            ..Self::new(opcode, details)
        }
    }
}

impl Appliance {
    /// Executes a command of a connection and logs it.
    pub(in crate::hsm) fn run_noted(
        &mut self,
        connection: u64,
        command: Command,
        members: &[std::net::IpAddr],
    ) -> Answer {
        let pending = self.pending(connection, &command);
        let answer = self.run(connection, command, members);
        self.state.keys.settle();
        if let Some(pending) = pending {
            self.note(connection, pending, &answer);
        }
        answer
    }

    fn note(&mut self, connection: u64, pending: Pending, answer: &Answer) {
        let response = match answer {
            Ok(_) => Response::SUCCESS,
            Err(fault) => Response::of(fault),
        };
        let details = match answer {
            Ok(Reply::Key(info)) => keys_of(&[info]),
            Ok(Reply::Pair(pair)) => keys_of(&[&pair.0, &pair.1]),
            _ => pending.details,
        };
        let log = &mut self.audit;
        let aes = Opcode::NistAesWrap;
        if matches!(pending.aes_step, Some(Step::Before)) {
            log.note(connection, aes, response, Details::Minimal);
        }
        log.note(connection, pending.opcode, response, details);
        if matches!(pending.aes_step, Some(Step::After)) && response.is_success() {
            log.note(connection, aes, response, Details::Minimal);
        }
    }

    /// Returns the pending entry of a command; `None` if it is not logged.
    fn pending(&self, connection: u64, command: &Command) -> Option<Pending> {
        let user = |opcode, name: &str, role| Some(Pending::new(opcode, user(name, role)));
        let key = |opcode, handle| Some(Pending::new(opcode, self.key(handle)));
        let none = Details::Keys(0, 0);
        match command {
            Command::Login { username, role, .. } => user(Opcode::Login, username, *role),
            Command::Logout => {
                let (name, role) = self.who(connection)?;
                user(Opcode::Logout, &name, role)
            }
            Command::Activate { .. } => {
                user(Opcode::ChangePassword, FIRST_ADMIN, Role::UnactivatedAdmin)
            }
            Command::CreateUser { username, role, .. } => {
                let opcode = match role {
                    Role::CryptoUser => Opcode::CreateUser,
                    _ => Opcode::CreateCo,
                };
                user(opcode, username, *role)
            }
            Command::DeleteUser { username, role } => user(Opcode::DeleteUser, username, *role),
            Command::ChangePassword { username, role, .. } => {
                user(Opcode::ChangePassword, username, *role)
            }
            Command::GenerateSymmetric { .. } => Some(Pending::new(Opcode::GenerateKey, none)),
            Command::GeneratePair { .. } => Some(Pending::new(Opcode::GenerateKeyPair, none)),
            Command::ImportPublic { .. } => Some(Pending::new(Opcode::CreateObject, none)),
            Command::Cipher(CipherCommand::Derive { .. }) => {
                Some(Pending::new(Opcode::DeriveKey, none))
            }
            Command::DeleteKey { handle } => {
                let of_session = self.state.keys.is_of_session(*handle);
                let opcode = if of_session {
                    Opcode::DestroyObject
                } else {
                    Opcode::TombstoneObject
                };
                key(opcode, *handle)
            }
            Command::SetAttribute { handle, .. } => key(Opcode::ModifyObject, *handle),
            Command::Share { .. } | Command::Unshare { .. } => {
                Some(Pending::new(Opcode::ShareObject, Details::Unknown))
            }
            Command::Wrap {
                payload, mechanism, ..
            } => Some(Pending::wrapping(
                Opcode::WrapKey,
                self.key(*payload),
                mechanism,
                Step::After,
            )),
            Command::Unwrap { mechanism, .. } => Some(Pending::wrapping(
                Opcode::UnwrapKey,
                none,
                mechanism,
                Step::Before,
            )),
            Command::ExtractMasked { handle } => key(Opcode::ExtractMasked, *handle),
            Command::InsertMasked { .. } => Some(Pending::new(Opcode::InsertMasked, none)),
            Command::Sdk3(command) => of_sdk3(command),
            Command::Quorum(command) => of_quorum(command),
            Command::Mfa(MfaCommand::Login { username, role, .. }) => {
                user(Opcode::Login, username, *role)
            }
            Command::Mfa(MfaCommand::ChangePassword { username, role, .. }) => {
                user(Opcode::ChangePassword, username, *role)
            }
            Command::Replicate(ReplicateCommand::InsertKey { .. }) => {
                Some(Pending::new(Opcode::InsertMasked, none))
            }
            _ => None,
        }
    }

    /// Returns the details for a key: its handle in the field of its class.
    fn key(&self, handle: Handle) -> Details {
        let public = self
            .state
            .keys
            .any(handle)
            .is_some_and(|key| key.attributes.class == Class::PublicKey);
        if public {
            Details::Keys(0, handle)
        } else {
            Details::Keys(handle, 0)
        }
    }
}

fn of_quorum(command: &QuorumCommand) -> Option<Pending> {
    let opcode = match command {
        QuorumCommand::SetValue { .. } => Opcode::SetMValue,
        QuorumCommand::NewToken { .. } => Opcode::GetToken,
        QuorumCommand::Approve(_) => Opcode::ApproveToken,
        QuorumCommand::DeleteTokens { .. } => Opcode::DeleteToken,
        _ => return None,
    };
    Some(Pending::new(opcode, Details::Minimal))
}

fn of_sdk3(command: &Sdk3Command) -> Option<Pending> {
    let opcode = match command {
        Sdk3Command::AesWrap { .. } | Sdk3Command::AesUnwrap { .. } => Opcode::NistAesWrap,
        // Guess: AWS does not publish how copying a user to another HSM is logged.
        Sdk3Command::ExtractUser { .. } => Opcode::ExtractMasked,
        Sdk3Command::InsertUser { .. } => Opcode::InsertMasked,
        _ => return None,
    };
    Some(Pending::new(opcode, Details::Minimal))
}

fn user(name: &str, role: Role) -> Details {
    let name = fold(name).chars().take(USER_NAME_CHARS_MAX).collect();
    Details::User(name, role)
}

/// Returns the details for the keys of an answer.
fn keys_of(infos: &[&KeyInfo]) -> Details {
    let (mut other, mut public) = (0, 0);
    for info in infos {
        if info.attributes.class == Class::PublicKey {
            public = info.handle;
        } else {
            other = info.handle;
        }
    }
    Details::Keys(other, public)
}
