//! The AWS side of the world: the JSON door for calls, the list of services, and one folder per
//! service.
//!
//! A service's folder has these parts: `shapes` (typed requests and answers), the handlers by
//! subject, `permissions` (the resources of each operation), `lifecycle` (the states and the table
//! of transitions), `error` (the refusals by cause, each with its AWS code, status and message) and
//! `limits` (quotas with their sources). [`services`] has its row.
//!
//! Calls go down: [`wire`] reads [`services`], which names the folders; a folder receives the state
//! that it may touch and knows neither of the two.
#![forbid(unsafe_code)]

pub mod cloudhsmv2;
pub mod ec2;
pub mod iam;
mod pages;
mod params;
pub mod request;
pub mod services;
pub mod sts;
pub mod wire;

pub use request::Env;
pub use services::Cloud;
