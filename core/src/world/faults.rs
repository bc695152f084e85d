//! Faults that a learner or a lab can cause: hardware, networks, zones, hardware shortage, maintenance.
//!
//! A fault has an id, `<kind>/<target>`. The target is an HSM, a zone or a cluster. For a fault of an HSM,
//! a zone name selects the oldest HSM in that zone, so that a lab can name one without knowing its id; an
//! empty target selects the oldest HSM of all.

use super::World;
use hsmlab_aws::Env;
use hsmlab_aws::cloudhsmv2::faults;
use hsmlab_aws::cloudhsmv2::lifecycle::{self, ClusterState, HsmState};
use hsmlab_aws::cloudhsmv2::state::Hsm;
use hsmlab_protocol::moments::MomentKind;

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// An HSM's hardware fails immediately.
    FailHsm,
    /// An HSM keeps running but is unreachable.
    CutHsm,
    /// A whole zone is lost.
    LoseZone,
    /// A zone has no hardware for new HSMs.
    NoHardware,
    /// AWS maintains a cluster.
    Maintenance,
}

/// The texts and properties of a kind of fault.
struct Words {
    /// The first part of its ids.
    name: &'static str,
    /// The title; `{}` is replaced by the target.
    title: &'static str,
    /// The consequences on AWS.
    about: &'static str,
    /// The timeline's texts for its beginning and its end.
    moments: (&'static str, &'static str),
    /// True if it lasts until it is ended.
    lasting: bool,
}

/// A fault that is possible or in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its kind.
    pub kind: FaultKind,
    /// The target: an HSM's or a cluster's id, or a zone's name.
    pub target: String,
    /// True if it is in force.
    pub active: bool,
}

/// The reasons that a fault cannot be started or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultError {
    /// There is no fault of that kind.
    NoSuchKind,
    /// There is no possible target of that name now.
    NoSuchTarget,
    /// There is nothing to end: it ended immediately, or is not in force.
    NotInForce,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::FailHsm,
        Self::CutHsm,
        Self::LoseZone,
        Self::NoHardware,
        Self::Maintenance,
    ];

    const fn words(self) -> Words {
        match self {
            Self::FailHsm => Words {
                name: "fail-hsm",
                title: "Fail the hardware of {}",
                about: "The HSM is lost, with everything that only it held. The cluster is DEGRADED; after some \
                        minutes AWS puts another HSM in its zone: a new id, a new serial number, a \
                        new address, and users and keys from a backup of a member that is alive. \
                        Clients continue with the other HSMs.",
                moments: ("{} failed", ""),
                lasting: false,
            },
            Self::CutHsm => Words {
                name: "cut-hsm",
                title: "Cut the network of {}",
                about: "The HSM keeps running but is unreachable. Changes of users and keys \
                        in the meantime do not reach it. Once it is back, AWS synchronises keys \
                        automatically; users stay out of step until someone repairs them.",
                moments: ("{} is cut off", "{} is back"),
                lasting: true,
            },
            Self::LoseZone => Words {
                name: "lose-zone",
                title: "Lose the zone {}",
                about: "All HSMs and instances of the zone are unreachable, and no HSM can be created \
                        in it. A cluster with HSMs in other zones keeps working; create-hsm in another \
                        zone restores its capacity.",
                moments: ("Zone {} is lost", "Zone {} is back"),
                lasting: true,
            },
            Self::NoHardware => Words {
                name: "no-hardware",
                title: "No free hardware in {}",
                about: "create-hsm in this zone is refused because there is no hardware, and a failed HSM \
                        there is not replaced until some is free. Other zones are not affected.",
                moments: ("Zone {} has no free hardware", "Zone {} has free hardware"),
                lasting: true,
            },
            Self::Maintenance => Words {
                name: "maintenance",
                title: "Begin AWS maintenance of {}",
                about: "AWS replaces the HSMs one by one, each with another that has its own id \
                        and address: the cluster is UPDATE_IN_PROGRESS and cannot be changed until \
                        the end. With a second HSM it keeps working.",
                moments: ("Maintenance of {} begins", ""),
                lasting: false,
            },
        }
    }

    /// Returns the kind with that name, for example `fail-hsm`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.words().name == name)
    }

    /// True if it lasts until it is ended.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        self.words().lasting
    }
}

impl Fault {
    /// Returns its id, for example `fail-hsm/hsm-…`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind.words().name, self.target)
    }

    /// Returns its title.
    #[must_use]
    pub fn title(&self) -> String {
        self.kind.words().title.replace("{}", &self.target)
    }

    /// Describes the consequences on AWS.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        self.kind.words().about
    }
}

impl World {
    /// Returns the faults that are possible now and those in force: first those of HSMs, oldest HSM
    /// first, then those of clusters and zones.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let service = &self.cloud.cloudhsmv2;
        let mut faults = Vec::new();
        let fault = |kind, target: &str, active| Fault {
            kind,
            target: target.to_owned(),
            active,
        };
        for cluster in service.clusters_in(&self.region) {
            for hsm in &cluster.hsms {
                let serves = hsm.state == HsmState::Active;
                if serves && lifecycle::allows("DeleteHsm", cluster.state) {
                    faults.push(fault(FaultKind::FailHsm, &hsm.id, false));
                }
                if serves || hsm.is_cut() {
                    faults.push(fault(FaultKind::CutHsm, &hsm.id, hsm.is_cut()));
                }
            }
        }
        for cluster in service.clusters_in(&self.region) {
            let maintained = cluster.state == ClusterState::UpdateInProgress;
            if cluster.state == ClusterState::Active || maintained {
                faults.push(fault(FaultKind::Maintenance, &cluster.id, maintained));
            }
        }
        for zone in self.zones_in_use() {
            let lost = service.is_lost(&self.region, &zone);
            faults.push(fault(FaultKind::LoseZone, &zone, lost));
            let exhausted = service.is_exhausted(&self.region, &zone);
            faults.push(fault(FaultKind::NoHardware, &zone, exhausted));
        }
        faults
    }

    /// Returns the zones of the region with a cluster's subnet or an instance, sorted.
    fn zones_in_use(&self) -> Vec<String> {
        let service = &self.cloud.cloudhsmv2;
        let of_clusters = service
            .clusters_in(&self.region)
            .filter(|cluster| cluster.state != ClusterState::Deleted)
            .flat_map(|cluster| cluster.subnets.keys().cloned());
        let region = self.cloud.ec2.region(&self.region);
        let of_interfaces = region.into_iter().flat_map(|region| {
            let network = &region.network;
            let subnets = network.interfaces.values();
            subnets.filter_map(|interface| Some(network.subnet(&interface.subnet_id)?.zone.clone()))
        });
        let mut zones: Vec<String> = of_clusters.chain(of_interfaces).collect();
        zones.sort();
        zones.dedup();
        zones
    }

    /// Returns the zone of an instance if that zone is lost.
    #[must_use]
    pub fn lost_zone_of(&self, host: &str) -> Option<String> {
        let (network, interface) = self.place(host)?;
        let zone = &network.subnet(&interface.subnet_id)?.zone;
        let lost = self.cloud.cloudhsmv2.is_lost(&network.region, zone);
        lost.then(|| zone.clone())
    }

    /// Starts or ends a fault. `id` is the id of a [`Fault`], or names its target as described at the
    /// top of this module.
    ///
    /// # Errors
    /// See [`FaultError`]; the world is then unchanged.
    pub fn fault(&mut self, id: &str, on: bool) -> Result<(), FaultError> {
        let (name, target) = id.split_once('/').unwrap_or((id, ""));
        let kind = FaultKind::named(name).ok_or(FaultError::NoSuchKind)?;
        if !on && !kind.is_lasting() {
            return Err(FaultError::NotInForce);
        }
        let named: Vec<Fault> = self
            .faults()
            .into_iter()
            .filter(|fault| fault.kind == kind && self.is_meant(&fault.target, target))
            .collect();
        let Some(fault) = named.iter().find(|fault| fault.active != on) else {
            let in_force = on || named.is_empty();
            return Err(if in_force {
                FaultError::NoSuchTarget
            } else {
                FaultError::NotInForce
            });
        };
        if !self.bring_about(kind, &fault.target, on) {
            return Err(FaultError::NoSuchTarget);
        }
        let (begins, ends) = kind.words().moments;
        let what = if on { begins } else { ends };
        let moment_kind = if on {
            MomentKind::Failure
        } else {
            MomentKind::Change
        };
        let what = what.replace("{}", &fault.target);
        self.note_moment(what, Some(fault.target.clone()), moment_kind);
        self.settle();
        Ok(())
    }

    /// True if the selector matches a fault's target: its id, its zone, its address, or an empty selector.
    fn is_meant(&self, target: &str, selector: &str) -> bool {
        let of_hsm = |hsm: &Hsm| hsm.id == target && (hsm.zone == selector || hsm.ip == selector);
        selector.is_empty()
            || target == selector
            || self
                .cloud
                .cloudhsmv2
                .clusters_in(&self.region)
                .any(|cluster| cluster.hsms.iter().any(of_hsm))
    }

    fn bring_about(&mut self, kind: FaultKind, target: &str, on: bool) -> bool {
        let env = &mut Env {
            now: self.now,
            ids: &mut self.ids,
            seed: &self.seed,
            fleet: &mut self.fleet,
        };
        let (parts, region) = (&mut self.cloud.for_cloudhsmv2(), self.region.as_str());
        match kind {
            FaultKind::FailHsm => faults::fail_hsm(parts, env, region, target),
            FaultKind::CutHsm => faults::cut_hsm(parts, env, region, target, on),
            FaultKind::Maintenance => faults::begin_maintenance(parts, env, region, target),
            FaultKind::LoseZone => {
                faults::lose_zone(parts, env, region, target, on);
                true
            }
            FaultKind::NoHardware => {
                parts.cloudhsmv2.set_capacity(region, target, !on);
                true
            }
        }
    }
}
