//! What a package puts on a disk: the CloudHSM client's files, its configure tools and its daemon.
#![forbid(unsafe_code)]

pub mod archive;
pub mod component;
pub mod configure;
pub mod daemon;
pub mod usage;

/// The release of OpenSC that the lab has.
pub const OPENSC_VERSION: &str = "0.27.1";
