//! Worlds to begin a test in: a lab's, or a named one of `static/worlds/`.

#![allow(clippy::unwrap_used, reason = "a test helper panics with the reason")]

use hsmlab_core::session::drive::{Driver, Origin};
use hsmlab_protocol::request::Worlds;
use hsmlab_sim::Seed;

/// The id and the text of each file in `static/worlds/`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/worlds.rs"));

/// The named worlds of the checkout.
#[must_use]
pub fn worlds() -> Worlds {
    let own = |(id, text): &(&str, &str)| ((*id).to_owned(), (*text).to_owned());
    FILES.iter().map(own).collect()
}

/// The world of a lab file.
#[must_use]
pub fn in_lab(seed: u64, lab: &str) -> Driver {
    let origin = Origin {
        lab: Some(lab.to_owned()),
        world: None,
        worlds: worlds(),
    };
    Driver::start_in(Seed::from_number(seed), origin).unwrap()
}

/// A playground that begins in a named world.
#[must_use]
pub fn in_world(seed: u64, world: &str) -> Driver {
    let origin = Origin {
        lab: None,
        world: Some(world.to_owned()),
        worlds: worlds(),
    };
    Driver::start_in(Seed::from_number(seed), origin).unwrap()
}
