//! The `aws` program(s).

pub mod data;
pub mod output;
pub mod query;
