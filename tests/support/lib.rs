//! What tests and developer tasks share.

pub mod awscli;
pub mod learner;
