//! Which commands the audit log has: those that manage users, keys and sessions (User Guide,
//! "cloudhsm-audit-log-reference"). What uses a key, and what asks only, leaves nothing.

use super::{Details, Opcode, Response};
use crate::appliance::Appliance;
use crate::limits::USER_NAME_CHARS_MAX;
use crate::table::{self, Entry};
use crate::users::{FIRST_ADMIN, fold};
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Class, KeyInfo, WrapMechanism};
use hsmlab_proto::message::{Answer, Command, Reply};
use hsmlab_proto::role::Role;

/// What will be noted of a command; its answer has the rest.
struct Pending {
    opcode: Opcode,
    details: Details,
    /// Whether a step of AES key wrap is noted before it, or after it.
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
    /// Carries out a command of a connection and notes it.
    pub(crate) fn run_noted(
        &mut self,
        connection: u64,
        command: Command,
        members: &[std::net::IpAddr],
    ) -> Answer {
        let pending = self.pending(connection, table::of(&command).entry);
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

    /// The entry of a command; `None` for one that is not logged.
    fn pending(&self, connection: u64, entry: Entry<'_>) -> Option<Pending> {
        let none = Details::Keys(0, 0);
        Some(match entry {
            Entry::Silent => return None,
            Entry::User(opcode, name, role) => Pending::new(opcode, user(name, role)),
            Entry::FirstAdmin(opcode) => {
                Pending::new(opcode, user(FIRST_ADMIN, Role::UnactivatedAdmin))
            }
            Entry::Caller(opcode) => {
                let (name, role) = self.who(connection)?;
                Pending::new(opcode, user(&name, role))
            }
            Entry::Made(opcode) => Pending::new(opcode, none),
            Entry::Key(opcode, handle) => Pending::new(opcode, self.key(handle)),
            Entry::Deleted(handle) => {
                let opcode = if self.state.keys.is_of_session(handle) {
                    Opcode::DestroyObject
                } else {
                    Opcode::TombstoneObject
                };
                Pending::new(opcode, self.key(handle))
            }
            Entry::Wrapped(handle, mechanism) => {
                let details = self.key(handle);
                Pending::wrapping(Opcode::WrapKey, details, mechanism, Step::After)
            }
            Entry::Unwrapped(mechanism) => {
                Pending::wrapping(Opcode::UnwrapKey, none, mechanism, Step::Before)
            }
            Entry::Minimal(opcode) => Pending::new(opcode, Details::Minimal),
            Entry::Unknown(opcode) => Pending::new(opcode, Details::Unknown),
        })
    }

    /// A key for an entry: its handle in the place of its class.
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

fn user(name: &str, role: Role) -> Details {
    let name = fold(name).chars().take(USER_NAME_CHARS_MAX).collect();
    Details::User(name, role)
}

/// The keys of an answer.
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
