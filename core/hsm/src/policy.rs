//! Which client certificates an appliance takes, and whether it wants one (User Guide,
//! "getting-started-setup-mtls", "`cloudhsm_cli-cluster-mtls`"). Policies are kept in an HSM as its
//! users are: the client writes them to every HSM in reach, and backups carry them.

use super::appliance::Appliance;
use super::keys::Caller;
use super::users::FIRST_ADMIN;
use hsmlab_proto::message::{Answer, Fault, Reply};
use hsmlab_proto::policy::{Anchor, Enforcement, PolicyCommand, PolicyFault, PolicyReply};
use hsmlab_proto::role::Role;

impl Appliance {
    /// Carries out a command on policies for whoever is logged in, if anyone is.
    pub(super) fn run_policy(
        &mut self,
        caller: &Result<Caller, Fault>,
        mtls: bool,
        command: PolicyCommand,
    ) -> Answer {
        if self.spec.is_hsm1() {
            return Err(Fault::Policy(PolicyFault::NotOffered));
        }
        let admin = || match caller {
            Ok(caller) if caller.role == Role::Admin => Ok(caller),
            Ok(_) => Err(Fault::WrongRole(Role::Admin)),
            Err(fault) => Err(fault.clone()),
        };
        let policies = &mut self.state.policies;
        let reply = match command {
            PolicyCommand::Anchors => PolicyReply::Anchors(
                policies
                    .anchors
                    .iter()
                    .map(|(reference, certificate)| Anchor {
                        reference: *reference,
                        certificate: certificate.clone(),
                    })
                    .collect(),
            ),
            PolicyCommand::Enforcement => PolicyReply::Enforcement(policies.enforcement),
            PolicyCommand::RegisterAnchor { certificate } => {
                admin()?;
                let anchor = policies.register(certificate, self.now);
                PolicyReply::Anchor(anchor.map_err(Fault::Policy)?)
            }
            PolicyCommand::DeregisterAnchor { reference } => {
                admin()?;
                // Guess: nobody could ever connect again.
                let enforced = policies.enforcement == Enforcement::Cluster;
                if enforced && policies.anchors.keys().eq([&reference]) {
                    return Err(Fault::Policy(PolicyFault::LastAnchor));
                }
                let gone = policies.anchors.remove(&reference);
                let certificate = gone.ok_or(Fault::Policy(PolicyFault::NoSuchAnchor))?;
                PolicyReply::Anchor(Anchor {
                    reference,
                    certificate,
                })
            }
            PolicyCommand::SetEnforcement(level) => {
                if admin()?.username != FIRST_ADMIN {
                    return Err(Fault::Policy(PolicyFault::NotFirstAdmin));
                }
                // Guess: only to demand certificates must one show one.
                if level == Enforcement::Cluster && !mtls {
                    return Err(Fault::Policy(PolicyFault::NotMtls));
                }
                policies.enforcement = level;
                PolicyReply::Enforcement(level)
            }
        };
        Ok(Reply::Policy(reply))
    }
}
