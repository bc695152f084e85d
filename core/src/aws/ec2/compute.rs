//! Instances, images, key pairs and Elastic IP addresses of one region.
//
// NOTE FROM THE INTEGRATOR (remove when built): world/hosts.rs, world/sys.rs, world/watch.rs and
// session/draw.rs call exactly this: keep the names, add what you need.
//   compute.instances() -> impl Iterator<Item = &Instance>
//   compute.upcoming() -> Option<(SimTime, String)>   // next transition in progress, in words: "i-… becomes running"
//   compute.next_at() -> Option<SimTime>
//   compute.accepts_key(key_name, private_key_pem) -> bool   // does this PEM private key belong to the key pair?
//   Instance fields: id, state, interface_id (primary ENI), platform, key_name: Option<String>, iam_instance_profile: Option<String> (ARN)
//   instance.system_name() -> &str  ("Amazon Linux 2023"); InstanceState::name() -> "running"; enums below
//   Iam::instance_profile_credentials(&self, profile_arn, instance_id) -> Option<String>

use crate::sim::SimTime;

/// What runs in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compute {}

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// As `i-…`.
    pub id: String,
    /// Where its life stands.
    pub state: InstanceState,
    /// Its primary interface, `eni-…`.
    pub interface_id: String,
    /// What runs on it.
    pub platform: Platform,
    /// Its key pair.
    pub key_name: Option<String>,
    /// The ARN of its instance profile.
    pub iam_instance_profile: Option<String>,
}

/// Where an instance's life stands (EC2 API reference, InstanceState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// 0.
    Pending,
    /// 16.
    Running,
    /// 32.
    ShuttingDown,
    /// 48.
    Terminated,
    /// 64.
    Stopping,
    /// 80.
    Stopped,
}

/// What runs on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Amazon Linux 2023.
    AmazonLinux2023,
    /// Ubuntu Server 24.04 LTS.
    Ubuntu2404,
    /// Ubuntu Server 22.04 LTS.
    Ubuntu2204,
    /// Red Hat Enterprise Linux 9.
    Rhel9,
    /// Microsoft Windows Server 2022.
    WindowsServer2022,
}

impl InstanceState {
    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

impl Instance {
    /// The system in words.
    #[must_use]
    pub const fn system_name(&self) -> &'static str {
        match self.platform {
            Platform::AmazonLinux2023 => "Amazon Linux 2023",
            Platform::Ubuntu2404 => "Ubuntu 24.04",
            Platform::Ubuntu2204 => "Ubuntu 22.04",
            Platform::Rhel9 => "Red Hat Enterprise Linux 9",
            Platform::WindowsServer2022 => "Windows Server 2022",
        }
    }
}

impl Compute {
    /// Whether this id is one of its resources (instances, images, key pairs, addresses): for tags.
    #[must_use]
    pub fn has_resource(&self, id: &str) -> bool {
        self.instances().any(|instance| instance.id == id)
    }

    /// The instances, oldest first.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        std::iter::empty()
    }

    /// The next transition that is in progress, in words.
    #[must_use]
    pub fn upcoming(&self) -> Option<(SimTime, String)> {
        None
    }

    /// Whether a private key (PEM) belongs to a key pair.
    #[must_use]
    pub fn accepts_key(&self, key_name: &str, private_key: &str) -> bool {
        let _ = (key_name, private_key);
        false
    }
}
