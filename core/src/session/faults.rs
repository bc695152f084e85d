//! The faults in the view and in requests.

use super::{Refusal, refuse};
use crate::world::World;
use crate::world::faults::FaultError;
use hsmlab_protocol::view::{FaultView, FaultsView};

/// The possible and active faults.
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

/// Starts or ends a fault.
pub(super) fn apply(world: &mut World, id: &str, on: bool) -> Result<(), Refusal> {
    world.fault(id, on).map_err(|error| match error {
        FaultError::NoSuchKind => refuse(
            format!("There is no fault {id}."),
            "Choose one from the list of faults.",
        ),
        FaultError::NoSuchTarget => refuse(
            format!("The fault {id} has no target now."),
            "It may be active already, or its target may not be in service.",
        ),
        FaultError::NotInForce => refuse(
            format!("The fault {id} is not active."),
            "Only a lasting fault can be ended, and only while it is active.",
        ),
    })
}
