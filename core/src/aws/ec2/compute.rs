//! Instances, images, key pairs and Elastic IP addresses of one region.

/// What runs in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compute {}

impl Compute {
    /// Whether an instance, image, key pair, volume or address has this id.
    #[must_use]
    pub fn has_resource(&self, _id: &str) -> bool {
        false
    }
}
