//! The data plane without the rest of the world: appliances, client, `cloudhsm-cli` and the configure
//! tools on a network without obstacles.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub,
    reason = "a test panics with the reason, and is not documented"
)]

mod appliance;
mod applications;
mod channel;
mod cli;
mod cmu;
mod configure;
mod help;
mod history;
mod kmu;
mod limits;
mod mtls;
mod permissions;
mod pure;
mod quorum;
mod replicate;
mod support_tools;
mod transport;
mod world;
