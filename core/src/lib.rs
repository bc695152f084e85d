//! `hsmlab-core`: the simulated AWS CloudHSM world.
//!
//! Pure and deterministic: no browser, no wall clock, no I/O, no global state. The same seed and the
//! same journal give the same world, byte for byte, natively and in WebAssembly. Drivers use only
//! [`session`]; ARCHITECTURE.md describes the modules from bottom to top.
#![forbid(unsafe_code)]

pub mod aws;
pub mod client;
pub mod crypto;
pub mod fabric;
pub mod hsm;
pub mod lab;
pub mod net;
pub mod proto;
pub mod session;
pub mod shell;
pub mod sim;
pub mod world;
