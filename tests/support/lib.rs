//! What tests and developer tasks share.

pub mod appliances;
pub mod awscli;
pub mod figures;
pub mod learner;
pub mod vectors;
pub mod worlds;
