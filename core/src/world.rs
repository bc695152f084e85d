//! The struct that owns all parts of the world. It routes and contains no rules.

pub mod faults;
mod hosts;
mod jobs;
mod sys;
pub mod traffic;
mod watch;

use crate::programs::SOFTWARE;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use hsmlab_protocol::moments::Moment;
use serde_json::Value;

use crate::fabric::Fabric;
use hsmlab_api::HOME_REGION;
use hsmlab_api::{Call, ServiceError};
use hsmlab_aws::wire::{self};
use hsmlab_aws::{Cloud, Env};
use hsmlab_hsm::Fleet;
use hsmlab_shell::host::{CLOUDSHELL, Host, Os};
use hsmlab_sim::ids::Ids;
use hsmlab_sim::{Seed, SimDuration, SimTime};

/// The Internet address of the learner's own computer and of CloudShell (TEST-NET-3, RFC 5737). On AWS
/// the two differ; one address spares the learner a rule that teaches nothing.
pub const LEARNER_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 25));

/// The start of a world if the lab sets no other: 2026-11-24T10:00:00Z.
pub const START: SimTime = SimTime::from_unix_ms(1_795_514_400_000);

/// Maximum number of events in one step of time: stops a schedule that feeds itself.
const EVENTS_MAX: usize = 100_000;

/// A call to AWS and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// The service.
    pub service: String,
    /// The operation's model name.
    pub operation: String,
    /// The parameters.
    pub params: Value,
    /// The code and remedy, if the call was refused.
    pub refusal: Option<(String, String)>,
}

/// The result of letting time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The span that passed.
    pub span: SimDuration,
    /// True if anything visible happened.
    pub happened: bool,
    /// True if it stopped because a job ended.
    pub job_ended: bool,
}

/// The world. A clone is a separate world in the same state.
#[derive(Clone)]
pub struct World {
    /// The seed.
    pub seed: Seed,
    /// The simulated time.
    pub now: SimTime,
    /// The start of the world.
    pub start: SimTime,
    /// The region that the diagram shows and that CloudShell calls.
    pub region: String,
    /// The services.
    pub cloud: Cloud,
    /// The appliances.
    pub fleet: Fleet,
    /// The connections.
    pub fabric: Fabric,
    /// The events of the timeline.
    pub moments: Rc<Vec<Moment>>,
    /// The calls since the driver last took them.
    pub calls: Vec<CallRecord>,
    /// The recent traffic of the HSMs.
    pub traffic: traffic::Traffic,
    jobs: jobs::Jobs,
    ids: Ids,
    hosts: BTreeMap<String, Host>,
    checked_out: BTreeSet<String>,
    states: BTreeMap<String, String>,
    random_draws: BTreeMap<String, u64>,
}

impl World {
    /// Makes a world on its first day.
    #[must_use]
    pub fn new(seed: Seed, start: SimTime) -> Self {
        let mut ids = Ids::new(&seed);
        let cloud = Cloud::new(&seed, start, &mut ids);
        let mut cloudshell = Host::new(
            CLOUDSHELL,
            "cloudshell",
            Os::AmazonLinux2023,
            "cloudshell-user",
            start,
        );
        SOFTWARE.install(&mut cloudshell, start);
        // AWS CloudShell sets its console's region in both variables.
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            cloudshell
                .environment
                .insert(name.into(), HOME_REGION.into());
        }
        let mut world = Self {
            seed,
            now: start,
            start,
            region: HOME_REGION.to_owned(),
            cloud,
            fleet: Fleet::new(&seed),
            fabric: Fabric::default(),
            moments: Rc::default(),
            calls: Vec::new(),
            traffic: traffic::Traffic::default(),
            jobs: jobs::Jobs::default(),
            ids,
            hosts: BTreeMap::from([(CLOUDSHELL.to_owned(), cloudshell)]),
            checked_out: BTreeSet::new(),
            states: BTreeMap::new(),
            random_draws: BTreeMap::new(),
        };
        world.states = watch::states(&world);
        world
    }

    /// Selects the region that the diagram shows and that CloudShell calls.
    pub fn set_region(&mut self, region: &str) {
        region.clone_into(&mut self.region);
        if let Some(cloudshell) = self.hosts.get_mut(CLOUDSHELL) {
            for value in cloudshell.environment.values_mut() {
                region.clone_into(value);
            }
        }
    }

    /// Calls an AWS API and processes its consequences.
    ///
    /// # Errors
    /// The service's refusal.
    pub fn call(&mut self, call: &Call) -> Result<Value, ServiceError> {
        let result = {
            let mut env = Env {
                now: self.now,
                ids: &mut self.ids,
                seed: &self.seed,
                fleet: &mut self.fleet,
            };
            wire::call(&mut self.cloud, &mut env, call)
        };
        if self.calls.len() < EVENTS_MAX {
            self.calls.push(CallRecord {
                service: call.service.clone(),
                operation: call.operation.clone(),
                params: call.params.clone(),
                refusal: result
                    .as_ref()
                    .err()
                    .map(|error| (error.code.clone(), error.remedy.clone())),
            });
        }
        self.settle();
        result
    }

    /// Lets time pass and processes each due event at its own time. Returns whether anything happened.
    pub fn pass(&mut self, span: SimDuration) -> bool {
        let end = self.now + span;
        let mut happened = false;
        loop {
            let passed = self.pass_to_end_of_job(end.since(self.now));
            happened |= passed.happened;
            if !passed.job_ended {
                return happened;
            }
        }
    }

    /// The same, but stops when a job ends, because the caller that waits for the job must continue
    /// there.
    pub fn pass_to_end_of_job(&mut self, span: SimDuration) -> Passed {
        let start = self.now;
        let end = start + span;
        let mut happened = false;
        let mut events = 0;
        loop {
            let event = self.cloud.next_at().filter(|at| *at <= end);
            let job = self.jobs.next_due().filter(|(at, _)| *at <= end);
            match (event, job) {
                // Events of the services run before jobs that are due at the same time.
                (Some(at), job) if events < EVENTS_MAX && job.is_none_or(|(due, _)| at <= due) => {
                    events += 1;
                    self.now = self.now.max(at);
                    self.settle();
                    happened = true;
                }
                (_, Some((due, number))) => {
                    self.now = self.now.max(due);
                    let told = self.run_job(number);
                    happened |= told.news;
                    if told.ended {
                        return Passed {
                            span: self.now.since(start),
                            happened,
                            job_ended: true,
                        };
                    }
                }
                (_, None) => break,
            }
        }
        self.now = end;
        Passed {
            span,
            happened,
            job_ended: false,
        }
    }

    /// Runs what is due now, and updates hosts and the timeline from the services.
    fn settle(&mut self) {
        let mut env = Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        self.cloud.advance(&mut env);
        self.sync_hosts();
        self.watch();
    }

    /// Returns the host with an id if no program is using it.
    #[must_use]
    pub fn host(&self, id: &str) -> Option<&Host> {
        self.hosts.get(id)
    }

    /// Returns a host for modification: for uploads.
    pub fn host_mut(&mut self, id: &str) -> Option<&mut Host> {
        self.hosts.get_mut(id)
    }

    /// Iterates over the hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }
}
