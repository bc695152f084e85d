//! Simulated time, the schedule of future events, seeded randomness, identifiers, the map whose
//! copies share their entries, and wildcards.
//!
//! Everything random or temporal in the world comes from here; nothing here reads a clock or an
//! operating system's random source.
#![forbid(unsafe_code)]

pub mod ids;
pub mod rng;
pub mod schedule;
pub mod shared_map;
pub mod time;
pub mod wildcard;

pub use rng::{Rng, Seed};
pub use schedule::Schedule;
pub use shared_map::SharedMap;
pub use time::{SimDuration, SimTime};
