//! The faults as the view shows them and as requests name them.

use super::{Refusal, refuse};
use crate::world::World;
use crate::world::faults::FaultError;
use hsmlab_protocol::view::{FaultView, FaultsView};

/// What can be broken now, and what is broken.
pub(super) fn view(world: &World) -> FaultsView {
    let faults = world.faults().into_iter().map(|fault| FaultView {
        id: fault.id(),
        title: fault.title(),
        about: fault.about().to_owned(),
        active: fault.active,
        lasting: fault.kind.is_lasting(),
        target: fault.target,
    });
    FaultsView {
        faults: faults.collect(),
    }
}

/// Brings a fault about or ends it.
pub(super) fn apply(world: &mut World, id: &str, on: bool) -> Result<(), Refusal> {
    world.fault(id, on).map_err(|error| match error {
        FaultError::NoSuchKind => refuse(
            format!("There is no fault {id}."),
            "Choose one of the list of faults.",
        ),
        FaultError::NoSuchTarget => refuse(
            format!("The fault {id} can strike nothing now."),
            "It may be in force already, or what it names is not in service.",
        ),
        FaultError::NotInForce => refuse(
            format!("The fault {id} is not in force."),
            "Only a fault that lasts can be ended, and only while it does.",
        ),
    })
}
