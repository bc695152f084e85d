//! The regions of AWS and which services have endpoints in them.

use serde::{Deserialize, Serialize};

use crate::model::Service;

/// The regions that have CloudHSM, by partition (endpoint rules of its service model and the AWS
/// General Reference).
const REGIONS: &[(Partition, &[&str])] = &[
    (
        Partition::Aws,
        &[
            "af-south-1",
            "ap-east-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    ),
    (Partition::UsGov, &["us-gov-east-1", "us-gov-west-1"]),
];

/// The names of all regions that have CloudHSM.
pub fn regions() -> impl Iterator<Item = &'static str> {
    REGIONS
        .iter()
        .flat_map(|(_, regions)| regions.iter().copied())
}

/// A partition of AWS. Backups cannot be copied between partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Partition {
    /// The public regions.
    Aws,
    /// AWS `GovCloud` (US).
    UsGov,
}

impl Partition {
    /// The partition of a region that has CloudHSM.
    #[must_use]
    pub fn of(region: &str) -> Option<Self> {
        REGIONS
            .iter()
            .find(|(_, regions)| regions.contains(&region))
            .map(|(part, _)| *part)
    }

    /// The name in ARNs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
        }
    }
}

/// True if a service has an endpoint in a region. Host names of other endpoints do not resolve.
#[must_use]
pub fn has_endpoint(service: &Service, region: &str) -> bool {
    is_global(service) || regions().any(|name| name == region)
}

/// True if a service has one endpoint for all regions.
#[must_use]
pub fn is_global(service: &Service) -> bool {
    service.endpoint_prefix == "iam"
}
