//! Which commands need approvals, of which service and how many (User Guide,
//! "quorum-auth-chsm-cli-service-names"). A command that is not named here needs none.

use super::tokens::Digest;
use crate::appliance::Appliance;
use crate::keys::Caller;
use crate::table::{self, Need as Row};
use crate::users::fold;
use hsmlab_proto::Handle;
use hsmlab_proto::message::{Command, Fault};
use hsmlab_proto::quorum::{QuorumFault, Service};
use hsmlab_proto::role::Role;

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
    pub(crate) fn approved(
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

    /// The approvals that a command needs. A user without the right to give it is refused elsewhere.
    fn needs(&self, caller: &Caller, command: &Command) -> Vec<Need> {
        let need = table::of(command).approval;
        if caller.role == Role::Admin {
            return self.needs_of_admin(caller, need).into_iter().collect();
        }
        let of_key = |service, handle| self.need_of_key(caller, service, handle);
        match need {
            Row::Nothing | Row::Admin(_) | Row::PasswordOf(_) | Row::ValueOf(_) => Vec::new(),
            Row::Manage(handle) => of_key(Service::KeyManagement, handle).into_iter().collect(),
            Row::ManageBoth(one, other) => [one, other]
                .into_iter()
                .filter_map(|handle| of_key(Service::KeyManagement, handle))
                .collect(),
            Row::Use(handle) => of_key(Service::KeyUsage, handle).into_iter().collect(),
        }
    }

    fn needs_of_admin(&self, caller: &Caller, need: Row<'_>) -> Option<Need> {
        let value = |service| self.state.quorum.value(service);
        let (service, approvals) = match need {
            Row::Admin(service) => (service, value(service)),
            // User Guide, "quorum-auth-chsm-cli": changing a different user's password.
            Row::PasswordOf(name) if fold(name) == caller.username => return None,
            Row::PasswordOf(_) => (Service::User, value(Service::User)),
            // User Guide, "quorum-auth-chsm-cli-min-value": the approvals meet the value that is
            // changed, and a token needs that of `quorum` above 1.
            Row::ValueOf(service) => (Service::Quorum, value(Service::Quorum).max(value(service))),
            Row::Nothing | Row::Manage(_) | Row::ManageBoth(..) | Row::Use(_) => return None,
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
