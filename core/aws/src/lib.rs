//! The AWS side of the world: service models, the JSON door, and one module per service.
//!
//! A service module has these parts: `shapes` (typed requests and answers), `service` (the
//! handlers), `lifecycle` (the states and the table of transitions), `error` (the refusals by
//! cause, each with its AWS code, status and message) and `limits` (quotas with their sources).
#![forbid(unsafe_code)]

pub mod cloudhsmv2;
pub mod ec2;
pub mod iam;
mod pages;
pub mod sts;
pub mod wire;

use hsmlab_hsm::Fleet;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};

/// The state of all services, in all regions, of the learner's account.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// EC2: networks, instances, security groups.
    pub ec2: ec2::Ec2,
    /// IAM: principals, roles and policies.
    pub iam: iam::Iam,
    /// `CloudHSM` V2: clusters, HSMs and backups.
    pub cloudhsmv2: cloudhsmv2::CloudHsm,
}

/// The context of a handler besides the services' own state.
#[derive(Debug)]
pub struct Env<'a> {
    /// The simulated instant of the call.
    pub now: SimTime,
    /// The maker of identifiers.
    pub ids: &'a mut Ids,
    /// The world's seed: a service derives its own random streams from it.
    pub seed: &'a Seed,
    /// The HSM appliances, with the operations for provisioning them.
    pub fleet: &'a mut Fleet,
}

impl Cloud {
    /// Creates the account of the first day: a default VPC in each region and an administrator.
    #[must_use]
    pub fn new(seed: &Seed, now: SimTime, ids: &mut Ids) -> Self {
        Self {
            ec2: ec2::Ec2::new(ids),
            iam: iam::Iam::new(seed, now, ids),
            cloudhsmv2: cloudhsmv2::CloudHsm::new(),
        }
    }

    /// The instant of the next scheduled event in any service.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        [self.ec2.next_at(), self.cloudhsmv2.next_at()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Runs all events that are due at `env.now`. The caller steps from one [`Cloud::next_at`] to
    /// the next, so that each event runs at its own instant.
    pub fn advance(&mut self, env: &mut Env<'_>) {
        ec2::advance(self, env);
        cloudhsmv2::advance(self, env);
    }
}
