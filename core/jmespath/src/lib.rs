//! `hsmlab-jmespath`: JMESPath as Python's jmespath 1.0 has it, and the data it works on.
#![forbid(unsafe_code)]

pub mod data;
pub mod json;
pub mod query;

pub use data::Data;
pub use query::Query;
