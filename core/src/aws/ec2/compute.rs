//! Instances, images, key pairs and Elastic IP addresses of one region.

/// What runs in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compute {}
