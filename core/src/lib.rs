//! `hsmlab-core`: the simulated AWS CloudHSM world.
//!
//! Pure and deterministic: no browser, no wall clock, no I/O, no global state. The same seed and the
//! same journal give the same world, byte for byte, natively and in WebAssembly. Drivers use only
//! [`session`]; ARCHITECTURE.md describes the modules from bottom to top.
#![forbid(unsafe_code)]

pub mod fabric;
pub mod lab;
pub mod programs;
pub mod session;
pub mod world;
