//! Simulated time, the schedule of future events, seeded randomness and identifiers.
//!
//! Everything random or temporal in the world comes from here; nothing here reads a clock or an
//! operating system's random source.

pub mod ids;
pub mod rng;
pub mod schedule;
pub mod time;

pub use rng::{Rng, Seed};
pub use schedule::Schedule;
pub use time::{SimDuration, SimTime};
