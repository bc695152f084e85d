//! The machine images of the lab. Ids are the lab's own; they differ by region as on AWS.

use sha2::{Digest as _, Sha256};

use hsmlab_sim::SimTime;

/// The operating system of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    /// Amazon Linux 2023.
    AmazonLinux2023,
    /// Amazon Linux 2.
    AmazonLinux2,
    /// Ubuntu Server 24.04 LTS.
    Ubuntu2404,
    /// Ubuntu Server 22.04 LTS.
    Ubuntu2204,
    /// Red Hat Enterprise Linux 9.
    Rhel9,
    /// Red Hat Enterprise Linux 8.
    Rhel8,
    /// Microsoft Windows Server 2022.
    WindowsServer2022,
}

impl Platform {
    /// The name of the operating system.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AmazonLinux2023 => "Amazon Linux 2023",
            Self::AmazonLinux2 => "Amazon Linux 2",
            Self::Ubuntu2404 => "Ubuntu 24.04",
            Self::Ubuntu2204 => "Ubuntu 22.04",
            Self::Rhel9 => "Red Hat Enterprise Linux 9",
            Self::Rhel8 => "Red Hat Enterprise Linux 8",
            Self::WindowsServer2022 => "Windows Server 2022",
        }
    }

    /// The user name for logins with the key pair (EC2 user guide, "Manage system users").
    #[must_use]
    pub const fn login_user(self) -> &'static str {
        match self {
            Self::AmazonLinux2023 | Self::AmazonLinux2 | Self::Rhel9 | Self::Rhel8 => "ec2-user",
            Self::Ubuntu2404 | Self::Ubuntu2204 => "ubuntu",
            Self::WindowsServer2022 => "Administrator",
        }
    }

    /// True for Windows.
    #[must_use]
    pub const fn is_windows(self) -> bool {
        matches!(self, Self::WindowsServer2022)
    }

    /// The value of `PlatformDetails` in describe answers.
    pub(crate) const fn details(self) -> &'static str {
        match self {
            Self::Rhel9 | Self::Rhel8 => "Red Hat Enterprise Linux",
            Self::WindowsServer2022 => "Windows",
            _ => "Linux/UNIX",
        }
    }

    /// The value of `UsageOperation` in describe answers (EC2 user guide, "AMI billing information
    /// fields").
    pub(crate) const fn usage_operation(self) -> &'static str {
        match self {
            Self::Rhel9 | Self::Rhel8 => "RunInstances:0010",
            Self::WindowsServer2022 => "RunInstances:0002",
            _ => "RunInstances",
        }
    }
}

/// An image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// The name that the owner gave it.
    pub name: &'static str,
    /// The operating system.
    pub platform: Platform,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// The account that publishes it.
    pub owner_id: &'static str,
    /// The owner's alias, if the owner is verified by Amazon.
    pub owner_alias: Option<&'static str>,
    /// The description.
    pub description: &'static str,
    /// The time of publication, RFC 3339.
    pub created: &'static str,
    /// The root volume's device.
    pub root_device: &'static str,
    /// The root volume's size.
    pub root_gib: u32,
    /// The public parameters that refer to it, without a region.
    pub parameters: &'static [&'static str],
}

const AMAZON: (&str, Option<&str>) = ("137112412989", Some("amazon"));
const WINDOWS: (&str, Option<&str>) = ("801119661308", Some("amazon"));
const CANONICAL: (&str, Option<&str>) = ("099720109477", None);
const RED_HAT: (&str, Option<&str>) = ("309956199498", None);

/// The newest image of each system and architecture.
const NEWEST: [Image; 13] = [
    Image {
        name: "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64",
        platform: Platform::AmazonLinux2023,
        architecture: "x86_64",
        owner_id: AMAZON.0,
        owner_alias: AMAZON.1,
        description: "Amazon Linux 2023 AMI 2023.9.20251117.1 x86_64 HVM kernel-6.1",
        created: "2025-11-14T19:42:17.000Z",
        root_device: "/dev/xvda",
        root_gib: 8,
        parameters: &[
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64",
        ],
    },
    Image {
        name: "al2023-ami-2023.9.20251117.1-kernel-6.1-arm64",
        platform: Platform::AmazonLinux2023,
        architecture: "arm64",
        owner_id: AMAZON.0,
        owner_alias: AMAZON.1,
        description: "Amazon Linux 2023 AMI 2023.9.20251117.1 arm64 HVM kernel-6.1",
        created: "2025-11-14T19:41:49.000Z",
        root_device: "/dev/xvda",
        root_gib: 8,
        parameters: &[
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64",
        ],
    },
    Image {
        name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251022",
        platform: Platform::Ubuntu2404,
        architecture: "x86_64",
        owner_id: CANONICAL.0,
        owner_alias: CANONICAL.1,
        description: "Canonical, Ubuntu, 24.04, amd64 noble image",
        created: "2025-10-22T07:27:55.000Z",
        root_device: "/dev/sda1",
        root_gib: 8,
        parameters: &[
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        ],
    },
    Image {
        name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251022",
        platform: Platform::Ubuntu2404,
        architecture: "arm64",
        owner_id: CANONICAL.0,
        owner_alias: CANONICAL.1,
        description: "Canonical, Ubuntu, 24.04, arm64 noble image",
        created: "2025-10-22T07:31:04.000Z",
        root_device: "/dev/sda1",
        root_gib: 8,
        parameters: &[
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
        ],
    },
    Image {
        name: "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251015",
        platform: Platform::Ubuntu2204,
        architecture: "x86_64",
        owner_id: CANONICAL.0,
        owner_alias: CANONICAL.1,
        description: "Canonical, Ubuntu, 22.04, amd64 jammy image",
        created: "2025-10-15T16:03:21.000Z",
        root_device: "/dev/sda1",
        root_gib: 8,
        parameters: &[
            "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
        ],
    },
    Image {
        name: "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20251015",
        platform: Platform::Ubuntu2204,
        architecture: "arm64",
        owner_id: CANONICAL.0,
        owner_alias: CANONICAL.1,
        description: "Canonical, Ubuntu, 22.04, arm64 jammy image",
        created: "2025-10-15T16:10:46.000Z",
        root_device: "/dev/sda1",
        root_gib: 8,
        parameters: &[
            "/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
        ],
    },
    Image {
        name: "RHEL-9.6.0_HVM-20250910-x86_64-0-Hourly2-GP3",
        platform: Platform::Rhel9,
        architecture: "x86_64",
        owner_id: RED_HAT.0,
        owner_alias: RED_HAT.1,
        description: "Provided by Red Hat, Inc.",
        created: "2025-09-10T08:33:09.000Z",
        root_device: "/dev/sda1",
        root_gib: 10,
        parameters: &[],
    },
    Image {
        name: "Windows_Server-2022-English-Full-Base-2025.11.12",
        platform: Platform::WindowsServer2022,
        architecture: "x86_64",
        owner_id: WINDOWS.0,
        owner_alias: WINDOWS.1,
        description: "Microsoft Windows Server 2022 Full Locale English AMI provided by Amazon",
        created: "2025-11-12T22:28:35.000Z",
        root_device: "/dev/sda1",
        root_gib: 30,
        parameters: &["/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"],
    },
    Image {
        name: "amzn2-ami-kernel-5.10-hvm-2.0.20251110.1-x86_64-gp2",
        platform: Platform::AmazonLinux2,
        architecture: "x86_64",
        owner_id: AMAZON.0,
        owner_alias: AMAZON.1,
        description: "Amazon Linux 2 Kernel 5.10 AMI 2.0.20251110.1 x86_64 HVM gp2",
        created: "2025-11-07T20:31:12.000Z",
        root_device: "/dev/xvda",
        root_gib: 8,
        parameters: &[
            "/aws/service/ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-x86_64-gp2",
            "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2",
        ],
    },
    Image {
        name: "amzn2-ami-kernel-5.10-hvm-2.0.20251110.1-arm64-gp2",
        platform: Platform::AmazonLinux2,
        architecture: "arm64",
        owner_id: AMAZON.0,
        owner_alias: AMAZON.1,
        description: "Amazon Linux 2 LTS Arm64 Kernel 5.10 AMI 2.0.20251110.1 arm64 HVM gp2",
        created: "2025-11-07T20:32:40.000Z",
        root_device: "/dev/xvda",
        root_gib: 8,
        parameters: &[
            "/aws/service/ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-arm64-gp2",
            "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-arm64-gp2",
        ],
    },
    Image {
        name: "RHEL-8.10.0_HVM-20250910-x86_64-0-Hourly2-GP3",
        platform: Platform::Rhel8,
        architecture: "x86_64",
        owner_id: RED_HAT.0,
        owner_alias: RED_HAT.1,
        description: "Provided by Red Hat, Inc.",
        created: "2025-09-10T07:58:24.000Z",
        root_device: "/dev/sda1",
        root_gib: 10,
        parameters: &[],
    },
    Image {
        name: "RHEL-8.10.0_HVM-20250910-arm64-0-Hourly2-GP3",
        platform: Platform::Rhel8,
        architecture: "arm64",
        owner_id: RED_HAT.0,
        owner_alias: RED_HAT.1,
        description: "Provided by Red Hat, Inc.",
        created: "2025-09-10T08:02:53.000Z",
        root_device: "/dev/sda1",
        root_gib: 10,
        parameters: &[],
    },
    Image {
        name: "RHEL-9.6.0_HVM-20250910-arm64-0-Hourly2-GP3",
        platform: Platform::Rhel9,
        architecture: "arm64",
        owner_id: RED_HAT.0,
        owner_alias: RED_HAT.1,
        description: "Provided by Red Hat, Inc.",
        created: "2025-09-10T08:36:47.000Z",
        root_device: "/dev/sda1",
        root_gib: 10,
        parameters: &[],
    },
];

/// Earlier images, for worlds that start on an earlier day.
const EARLIER: [Image; 15] = [
    NEWEST[0].earlier(
        "al2023-ami-2023.5.20240805.0-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.5.20240805.0 x86_64 HVM kernel-6.1",
        "2024-08-02T22:57:02.000Z",
    ),
    NEWEST[0].earlier(
        "al2023-ami-2023.1.20230705.0-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.1.20230705.0 x86_64 HVM kernel-6.1",
        "2023-07-05T20:24:43.000Z",
    ),
    NEWEST[1].earlier(
        "al2023-ami-2023.5.20240805.0-kernel-6.1-arm64",
        "Amazon Linux 2023 AMI 2023.5.20240805.0 arm64 HVM kernel-6.1",
        "2024-08-02T22:56:52.000Z",
    ),
    NEWEST[1].earlier(
        "al2023-ami-2023.1.20230705.0-kernel-6.1-arm64",
        "Amazon Linux 2023 AMI 2023.1.20230705.0 arm64 HVM kernel-6.1",
        "2023-07-05T20:24:18.000Z",
    ),
    NEWEST[2].earlier(
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20240801",
        NEWEST[2].description,
        "2024-08-01T06:17:50.000Z",
    ),
    NEWEST[3].earlier(
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20240801",
        NEWEST[3].description,
        "2024-08-01T06:20:12.000Z",
    ),
    NEWEST[4].earlier(
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20240801",
        "Canonical, Ubuntu, 22.04 LTS, amd64 jammy image build on 2024-08-01",
        "2024-08-01T05:13:29.000Z",
    ),
    NEWEST[4].earlier(
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20230516",
        "Canonical, Ubuntu, 22.04 LTS, amd64 jammy image build on 2023-05-16",
        "2023-05-16T03:12:26.000Z",
    ),
    NEWEST[5].earlier(
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20240801",
        "Canonical, Ubuntu, 22.04 LTS, arm64 jammy image build on 2024-08-01",
        "2024-08-01T05:15:31.000Z",
    ),
    NEWEST[6].earlier(
        "RHEL-9.4.0_HVM-20240605-x86_64-82-Hourly2-GP3",
        NEWEST[6].description,
        "2024-06-05T13:13:25.000Z",
    ),
    NEWEST[6].earlier(
        "RHEL-9.2.0_HVM-20230503-x86_64-41-Hourly2-GP2",
        NEWEST[6].description,
        "2023-05-03T14:49:12.000Z",
    ),
    NEWEST[7].earlier(
        "Windows_Server-2022-English-Full-Base-2024.08.14",
        NEWEST[7].description,
        "2024-08-14T23:16:23.000Z",
    ),
    NEWEST[7].earlier(
        "Windows_Server-2022-English-Full-Base-2023.06.14",
        NEWEST[7].description,
        "2023-06-14T22:51:03.000Z",
    ),
    NEWEST[8].earlier(
        "amzn2-ami-kernel-5.10-hvm-2.0.20230119.1-x86_64-gp2",
        "Amazon Linux 2 Kernel 5.10 AMI 2.0.20230119.1 x86_64 HVM gp2",
        "2023-01-20T19:30:12.000Z",
    ),
    NEWEST[10].earlier(
        "RHEL-8.6.0_HVM-20220503-x86_64-2-Hourly2-GP2",
        NEWEST[10].description,
        "2022-05-03T15:02:31.000Z",
    ),
];

fn all() -> impl Iterator<Item = &'static Image> {
    NEWEST.iter().chain(&EARLIER)
}

/// The images that are current at `now`: the newest published one of each system and architecture.
/// Older ones are deprecated and not listed.
pub fn current(now: SimTime) -> impl Iterator<Item = &'static Image> {
    NEWEST.iter().filter_map(move |newest| {
        all()
            .filter(|image| {
                (image.platform, image.architecture) == (newest.platform, newest.architecture)
                    && image.is_published(now)
            })
            .max_by_key(|image| image.created)
    })
}

impl Image {
    const fn earlier(
        self,
        name: &'static str,
        description: &'static str,
        created: &'static str,
    ) -> Self {
        Self {
            name,
            description,
            created,
            ..self
        }
    }

    fn is_published(&self, now: SimTime) -> bool {
        SimTime::parse_rfc3339(self.created).is_some_and(|day| day <= now)
    }

    /// The image's id in a region: every region has its own copy.
    #[must_use]
    pub fn id(&self, region: &str) -> String {
        self.number("ami", region)
    }

    /// The id of the root volume's snapshot.
    #[must_use]
    pub fn snapshot_id(&self, region: &str) -> String {
        self.number("snap", region)
    }

    fn number(&self, prefix: &str, region: &str) -> String {
        let hash = Sha256::digest(format!("hsmlab {prefix} {region} {}", self.name));
        let digits: String = hex::encode(hash).chars().take(16).collect();
        format!("{prefix}-0{digits}")
    }
}

/// The image of this id in a region.
#[must_use]
pub fn find(region: &str, id: &str) -> Option<&'static Image> {
    all().find(|image| image.id(region) == id)
}

/// The image of this id in a region, if it is published at `now`.
#[must_use]
pub fn find_published(region: &str, id: &str, now: SimTime) -> Option<&'static Image> {
    find(region, id).filter(|image| image.is_published(now))
}

/// The image that a public parameter of Systems Manager refers to at `now`.
#[must_use]
pub fn of_parameter(path: &str, now: SimTime) -> Option<&'static Image> {
    // A path may end with a colon and a version; each parameter has only one version.
    let path = path.split_once(':').map_or(path, |(path, _)| path);
    current(now).find(|image| image.parameters.contains(&path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_region_has_its_own_ids() {
        let ids: BTreeSet<String> = ["us-east-1", "us-west-2"]
            .iter()
            .flat_map(|region| all().map(|image| image.id(region)))
            .collect();
        assert_eq!(ids.len(), all().count() * 2);
        assert!(ids.iter().all(|id| id.len() == 21));
        let id = NEWEST[0].id("us-east-1");
        assert_eq!(find("us-east-1", &id), Some(&NEWEST[0]));
        assert_eq!(find("us-west-2", &id), None);
    }

    #[test]
    fn a_day_has_the_images_of_its_time() {
        for (day, count) in [
            ("2022-01-01T00:00:00Z", 0),
            ("2023-08-01T00:00:00Z", 7),
            ("2024-09-01T00:00:00Z", 10),
            ("2026-11-24T00:00:00Z", 13),
        ] {
            let now = SimTime::parse_rfc3339(day).unwrap();
            let images: Vec<&Image> = current(now).collect();
            assert_eq!(images.len(), count, "{day}");
            assert!(images.iter().all(|image| image.created < day));
        }
    }
}
