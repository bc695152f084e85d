//! Changes since the last look: the timeline's moments, and the work in progress.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::World;
use hsmlab_protocol::moments::{MOMENTS_MAX, Moment, MomentKind};
use hsmlab_sim::SimTime;

/// States that mean a failure or a loss.
const FAILURES: [&str; 2] = ["DEGRADED", "failed"];

/// Returns the state of everything that has one, by id.
pub(super) fn states(world: &World) -> BTreeMap<String, String> {
    let mut states = BTreeMap::new();
    for region in world.cloud.ec2.regions.values() {
        for instance in region.compute.instances() {
            states.insert(instance.id.clone(), instance.state.name().to_owned());
        }
    }
    for region in world.cloud.ec2.regions.keys() {
        for cluster in world.cloud.cloudhsmv2.clusters_in(region) {
            states.insert(cluster.id.clone(), cluster.state.name().to_owned());
            for hsm in &cluster.hsms {
                states.insert(hsm.id.clone(), hsm.state.name().to_owned());
            }
        }
        for backup in world.cloud.cloudhsmv2.backups_in(region) {
            states.insert(backup.id.clone(), backup.state.name().to_owned());
        }
    }
    states
}

/// Describes the next thing in progress that ends automatically.
pub(super) fn upcoming(world: &World) -> Option<(SimTime, String)> {
    let clusters = world
        .cloud
        .ec2
        .regions
        .keys()
        .filter_map(|region| world.cloud.cloudhsmv2.upcoming(region))
        .min_by_key(|(at, _)| *at);
    let compute = world
        .cloud
        .ec2
        .regions
        .values()
        .flat_map(|region| [region.compute.upcoming(), region.insights.upcoming()])
        .flatten()
        .min_by_key(|(at, _)| *at);
    clusters
        .into_iter()
        .chain(compute)
        .min_by_key(|(at, _)| *at)
}

impl World {
    /// Records the changes since the last call.
    pub(super) fn watch(&mut self) {
        let states = states(self);
        let mut moments = Vec::new();
        for (id, state) in &states {
            match self.states.get(id) {
                Some(old) if old == state => {}
                _ => moments.push((id.clone(), format!("{id}: {state}"), failure(state))),
            }
        }
        for id in self.states.keys().filter(|id| !states.contains_key(*id)) {
            moments.push((id.clone(), format!("{id} is gone"), false));
        }
        self.states = states;
        for (id, what, failed) in moments {
            let kind = if failed {
                MomentKind::Failure
            } else {
                MomentKind::Change
            };
            self.note_moment(what, Some(id), kind);
        }
        for (id, done) in self.fleet.take_synchronised() {
            let (copied, deleted) = (done.copied, done.deleted);
            let what = format!("{id}: keys synchronised, {copied} copied, {deleted} deleted");
            self.note_moment(what, Some(id), MomentKind::Change);
        }
    }

    /// Adds a moment to the timeline.
    pub fn note_moment(&mut self, what: String, about: Option<String>, kind: MomentKind) {
        let moments = Rc::make_mut(&mut self.moments);
        if moments.len() >= MOMENTS_MAX {
            moments.remove(0);
        }
        moments.push(Moment {
            at_ms: self.now.unix_ms(),
            what,
            about,
            kind,
        });
    }
}

fn failure(state: &str) -> bool {
    FAILURES.contains(&state)
}
