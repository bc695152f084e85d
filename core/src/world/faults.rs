//! What can be broken on purpose, and how: hardware, networks, zones, maintenance, records on the way.
//!
//! A fault has an id, `<kind>/<target>`. The target is an HSM, a zone or a cluster; for a fault of an
//! HSM a zone's name means the oldest HSM there that it can befall, so that a lab can name one whose id
//! it does not know, and without a target the oldest of all is meant.

use super::World;
use hsmlab_aws::Env;
use hsmlab_aws::cloudhsmv2::faults;
use hsmlab_aws::cloudhsmv2::lifecycle::{self, ClusterState, HsmState};
use hsmlab_aws::cloudhsmv2::state::Hsm;
use hsmlab_protocol::moments::MomentKind;

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// An HSM's hardware fails at once.
    FailHsm,
    /// An HSM runs on and nobody reaches it.
    CutHsm,
    /// A zone is lost as a whole.
    LoseZone,
    /// A zone has no hardware for new HSMs.
    NoHardware,
    /// AWS maintains a cluster.
    Maintenance,
}

/// What a kind of fault is called.
struct Words {
    /// The first part of its ids.
    name: &'static str,
    /// `{}` stands for the target.
    title: &'static str,
    /// What happens on AWS in such a case.
    about: &'static str,
    /// The timeline's word when it begins, and when it ends.
    moments: (&'static str, &'static str),
    /// Whether it lasts until it is ended.
    lasting: bool,
}

/// A fault of the present world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its kind.
    pub kind: FaultKind,
    /// What it strikes: an HSM's or a cluster's id, or a zone's name.
    pub target: String,
    /// Whether it is in force.
    pub active: bool,
}

/// Why a fault could not be brought about or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultError {
    /// There is no fault of that kind.
    NoSuchKind,
    /// It can strike nothing of that name now.
    NoSuchTarget,
    /// It is over at once, or not in force: there is nothing to end.
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
                about: "The HSM is gone with what only it held. The cluster is DEGRADED; after some \
                        minutes AWS puts another HSM in its zone: a new id, a new serial number, a \
                        new address, and users and keys from a backup of a member that is alive. \
                        Clients go on with the other HSMs.",
                moments: ("{} failed", ""),
                lasting: false,
            },
            Self::CutHsm => Words {
                name: "cut-hsm",
                title: "Cut the network of {}",
                about: "The HSM runs on but nobody reaches it. What is done to users and keys \
                        meanwhile does not arrive there. Once it is back, keys are put right by \
                        themselves; users stay out of step until somebody repairs them.",
                moments: ("{} is cut off", "{} is back"),
                lasting: true,
            },
            Self::LoseZone => Words {
                name: "lose-zone",
                title: "Lose the zone {}",
                about: "All HSMs and instances of the zone are out of reach, and no HSM can be made \
                        in it. A cluster with HSMs in other zones serves on; create-hsm in another \
                        zone restores its capacity.",
                moments: ("Zone {} is lost", "Zone {} is back"),
                lasting: true,
            },
            Self::NoHardware => Words {
                name: "no-hardware",
                title: "No free hardware in {}",
                about: "create-hsm in this zone is refused for want of hardware, and a failed HSM \
                        there is not replaced until some is free. Other zones are not affected.",
                moments: ("Zone {} has no free hardware", "Zone {} has free hardware"),
                lasting: true,
            },
            Self::Maintenance => Words {
                name: "maintenance",
                title: "Begin AWS maintenance of {}",
                about: "AWS replaces the HSMs one after the other, each by another with its own id \
                        and address: the cluster is UPDATE_IN_PROGRESS and cannot be changed until \
                        the end. With a second HSM it serves on.",
                moments: ("Maintenance of {} begins", ""),
                lasting: false,
            },
        }
    }

    /// The kind of that name, as `fail-hsm`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.words().name == name)
    }

    /// Whether it lasts until it is ended.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        self.words().lasting
    }
}

impl Fault {
    /// As `fail-hsm/hsm-…`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind.words().name, self.target)
    }

    /// In words.
    #[must_use]
    pub fn title(&self) -> String {
        self.kind.words().title.replace("{}", &self.target)
    }

    /// What happens on AWS in such a case.
    #[must_use]
    pub const fn about(&self) -> &'static str {
        self.kind.words().about
    }
}

impl World {
    /// The faults that can be brought about now, and those that are in force: those of HSMs first,
    /// oldest HSM first, then those of clusters and zones.
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

    /// The zones of the region in which a cluster's subnet or an instance stands, sorted.
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

    /// The zone of an instance, if it is lost.
    #[must_use]
    pub fn lost_zone_of(&self, host: &str) -> Option<String> {
        let (network, interface) = self.place(host)?;
        let zone = &network.subnet(&interface.subnet_id)?.zone;
        let lost = self.cloud.cloudhsmv2.is_lost(&network.region, zone);
        lost.then(|| zone.clone())
    }

    /// Brings a fault about, or ends one. `id` is that of a [`Fault`], or names its target as the
    /// module's head says.
    ///
    /// # Errors
    /// See [`FaultError`]; the world is then as it was.
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

    /// Whether a fault's target is what the selector names: itself, its zone, its address, or any.
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
