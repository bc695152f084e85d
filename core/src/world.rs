//! The struct that owns all parts of the world; routing, no rules.

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

/// The address that the learner's own computer and CloudShell have in the Internet (TEST-NET-3,
/// RFC 5737). On AWS they differ; one address spares the learner a rule that teaches nothing.
pub const LEARNER_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 25));

/// The day on which a world begins that no lab gives another: 2026-11-24T10:00:00Z.
pub const START: SimTime = SimTime::from_unix_ms(1_795_514_400_000);

/// The most events that one step of time runs through: a stop for a schedule that feeds itself.
const EVENTS_MAX: usize = 100_000;

/// A call that was made to AWS, and its end.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// The call.
    pub service: String,
    /// The operation's model name.
    pub operation: String,
    /// The parameters.
    pub params: Value,
    /// The refusal's code and remedy, where it was refused.
    pub refusal: Option<(String, String)>,
}

/// How time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// How much.
    pub span: SimDuration,
    /// Whether anything happened that somebody may see.
    pub happened: bool,
    /// Whether it stopped because a job ended.
    pub job_ended: bool,
}

/// The world. A clone is another world in the same state.
#[derive(Clone)]
pub struct World {
    /// The seed.
    pub seed: Seed,
    /// The simulated time.
    pub now: SimTime,
    /// When the world began.
    pub start: SimTime,
    /// The region that the diagram shows and that CloudShell calls.
    pub region: String,
    /// The services.
    pub cloud: Cloud,
    /// The appliances.
    pub fleet: Fleet,
    /// The connections.
    pub fabric: Fabric,
    /// What has happened, for the timeline.
    pub moments: Rc<Vec<Moment>>,
    /// The calls since the driver took them.
    pub calls: Vec<CallRecord>,
    /// What the HSMs were asked for lately.
    pub traffic: traffic::Traffic,
    jobs: jobs::Jobs,
    ids: Ids,
    hosts: BTreeMap<String, Host>,
    checked_out: BTreeSet<String>,
    states: BTreeMap<String, String>,
    random_draws: BTreeMap<String, u64>,
}

impl World {
    /// A world on its first day.
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

    /// Chooses the region that the diagram shows and that CloudShell calls.
    pub fn set_region(&mut self, region: &str) {
        region.clone_into(&mut self.region);
        if let Some(cloudshell) = self.hosts.get_mut(CLOUDSHELL) {
            for value in cloudshell.environment.values_mut() {
                region.clone_into(value);
            }
        }
    }

    /// Calls an AWS API and lets the world settle.
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

    /// Lets time pass, with everything that is due in it, each thing at its own instant. Gives whether
    /// anything happened.
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

    /// The same, but only up to the instant at which a job ends, if one does: whoever waits for it is
    /// to go on there.
    pub fn pass_to_end_of_job(&mut self, span: SimDuration) -> Passed {
        let start = self.now;
        let end = start + span;
        let mut happened = false;
        let mut events = 0;
        loop {
            let event = self.cloud.next_at().filter(|at| *at <= end);
            let job = self.jobs.next_due().filter(|(at, _)| *at <= end);
            match (event, job) {
                // What the services do at an instant comes before what is done with them then.
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

    /// Runs what is due now, and brings hosts and the timeline in line with the services.
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

    /// The host of an id, while nobody works on it.
    #[must_use]
    pub fn host(&self, id: &str) -> Option<&Host> {
        self.hosts.get(id)
    }

    /// A host to be changed: for uploads.
    pub fn host_mut(&mut self, id: &str) -> Option<&mut Host> {
        self.hosts.get_mut(id)
    }

    /// The hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }
}
