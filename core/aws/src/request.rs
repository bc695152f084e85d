//! What a service's handler receives: the request, its caller, and the parts of the world that are
//! not the state of a service.

use hsmlab_hsm::Fleet;
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimTime};
use serde_json::Value;

/// The context of a call besides the services' own state.
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

/// The part of [`Env`] that every service may use: all but the appliances.
#[derive(Debug)]
pub struct Basics<'a> {
    /// The simulated instant of the call.
    pub now: SimTime,
    /// The maker of identifiers.
    pub ids: &'a mut Ids,
    /// The world's seed.
    pub seed: &'a Seed,
}

impl Env<'_> {
    /// The part for services without appliances.
    pub fn basics(&mut self) -> Basics<'_> {
        Basics {
            now: self.now,
            ids: self.ids,
            seed: self.seed,
        }
    }
}

/// The caller of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Such as `arn:aws:iam::111122223333:user/alice` or
    /// `arn:aws:sts::…:assumed-role/Role/session`.
    pub arn: String,
    /// The unique id that `get-caller-identity` calls `UserId`.
    pub user_id: String,
}

/// An authenticated call with parameters that satisfy the model: the input of a service's handler.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The operation's model name.
    pub operation: &'a str,
    /// The parameters.
    pub params: &'a Value,
    /// The region.
    pub region: &'a str,
    /// The caller: its ARN and the facts that policies need.
    pub principal: &'a Principal,
    /// The source address of the call.
    pub source_ip: std::net::IpAddr,
}
