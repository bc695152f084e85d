//! Instances, images, key pairs and Elastic IP addresses of one region, and their scheduled
//! changes.

pub mod images;
pub mod lifecycle;
pub(in crate::ec2) mod made;
mod openssh;
pub(in crate::ec2) mod ppk;
pub mod ssh_key;
pub mod types;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

pub use self::images::Platform;
pub use self::lifecycle::InstanceState;
use self::lifecycle::Transition;
use self::ssh_key::SshPublicKey;
use hsmlab_net::{Interface, Network, PublicIp};
use hsmlab_sim::SimTime;

/// The compute resources of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compute {
    /// Instances, oldest first; terminated ones stay for an hour.
    pub(super) instances: Vec<Instance>,
    /// Key pairs by name.
    pub(super) key_pairs: BTreeMap<String, KeyPair>,
    /// Elastic IP addresses by allocation id. Their associations are stored in the interfaces.
    pub(super) addresses: BTreeMap<String, Ipv4Addr>,
    /// The associations with instance profiles, by id.
    pub(super) profile_associations: BTreeMap<String, ProfileAssociation>,
}

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Such as `i-…`.
    pub id: String,
    /// The current state.
    pub state: InstanceState,
    /// The instant at which the current state ends automatically.
    pub until: Option<SimTime>,
    /// Its primary interface, `eni-…`; deleted once the instance is terminated.
    pub interface_id: String,
    /// The operating system.
    pub platform: Platform,
    /// Its key pair.
    pub key_name: Option<String>,
    /// The ARN of its instance profile.
    pub iam_instance_profile: Option<String>,
    /// The time of the launch or of the last start.
    pub launched: SimTime,
    /// The image.
    pub image_id: String,
    /// Such as `t3.micro`.
    pub instance_type: &'static str,
    /// The availability zone.
    pub zone: String,
    /// The request that launched it, `r-…`.
    pub(super) reservation_id: String,
    pub(super) launch_index: u64,
    pub(super) client_token: String,
    /// True if it gets a public address from Amazon's pool at each start.
    pub(super) auto_public_ip: bool,
    pub(super) volumes: Vec<Volume>,
    pub(super) options: Options,
    pub(super) state_reason: Option<(&'static str, &'static str)>,
    pub(super) transition_reason: String,
    /// The time of the last boot of the operating system.
    pub(super) booted: SimTime,
}

/// The settable attributes of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) tenancy: String,
    pub(super) monitoring: bool,
    pub(super) ebs_optimized: bool,
    pub(super) disable_api_termination: bool,
    pub(super) disable_api_stop: bool,
    pub(super) shutdown_behavior: String,
    /// Base64, as the request had it.
    pub(super) user_data: Option<String>,
    pub(super) metadata: MetadataOptions,
}

/// The options of the instance metadata service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MetadataOptions {
    pub(super) http_tokens: String,
    pub(super) hop_limit: u64,
    pub(super) http_endpoint: String,
    pub(super) http_protocol_ipv6: String,
    pub(super) instance_metadata_tags: String,
}

/// A volume of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Volume {
    pub(super) device_name: String,
    pub(super) id: String,
    pub(super) attached: SimTime,
    pub(super) delete_on_termination: bool,
}

/// A key pair: EC2 keeps the public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyPair {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) fingerprint: String,
    pub(super) public_key: SshPublicKey,
    pub(super) created: SimTime,
}

/// The association of an instance with an instance profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProfileAssociation {
    pub(super) id: String,
    pub(super) instance_id: String,
    pub(super) profile_arn: String,
    pub(super) profile_id: String,
    pub(super) since: SimTime,
}

impl Instance {
    /// The name of the operating system.
    #[must_use]
    pub const fn system_name(&self) -> &'static str {
        self.platform.name()
    }

    /// The user name for logins with the key pair.
    #[must_use]
    pub const fn login_user(&self) -> &'static str {
        self.platform.login_user()
    }

    /// The user data from the launch request, base64.
    #[must_use]
    pub fn user_data(&self) -> Option<&str> {
        self.options.user_data.as_deref()
    }
}

impl Compute {
    /// True if this id is one of its resources (instances, volumes, key pairs, addresses): for
    /// tags.
    #[must_use]
    pub fn has_resource(&self, id: &str) -> bool {
        let volume = |each: &Instance| each.volumes.iter().any(|volume| volume.id == id);
        self.instances
            .iter()
            .any(|each| each.id == id || volume(each))
            || self.key_pairs.values().any(|pair| pair.id == id)
            || self.addresses.contains_key(id)
    }

    /// The instances, oldest first, terminated ones included.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter()
    }

    /// The instance `id`.
    #[must_use]
    pub fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances.iter().find(|each| each.id == id)
    }

    pub(super) fn instance_mut(&mut self, id: &str) -> Option<&mut Instance> {
        self.instances.iter_mut().find(|each| each.id == id)
    }

    /// The instant of the next event.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        self.instances.iter().filter_map(|each| each.until).min()
    }

    /// The next transition that is in progress, in words.
    #[must_use]
    pub fn upcoming(&self) -> Option<(SimTime, String)> {
        let going = self
            .instances
            .iter()
            .filter(|each| each.state.is_transient());
        let next = going
            .filter_map(|each| Some((each.until?, each)))
            .min_by_key(|(at, _)| *at);
        let (at, instance) = next?;
        let Transition::To(state) = lifecycle::after(instance.state) else {
            return None;
        };
        Some((at, format!("{} becomes {}", instance.id, state.name())))
    }

    /// The public key of a key pair, `ssh-rsa AAAA… name`, as a line of `authorized_keys`.
    #[must_use]
    pub fn public_key(&self, key_name: &str) -> Option<String> {
        self.key_pairs
            .get(key_name)
            .map(|pair| pair.public_key.line(key_name))
    }

    /// True if a private key (PEM) belongs to the key pair.
    #[must_use]
    pub fn accepts_key(&self, key_name: &str, private_key: &str) -> bool {
        let own = SshPublicKey::of_private_pem(private_key);
        let pair = self.key_pairs.get(key_name);
        pair.is_some_and(|pair| own.as_ref() == Some(&pair.public_key))
    }

    /// Runs what is due at `now`: ends states, and deletes the resources of terminated instances.
    /// Returns the ids of the deleted resources, so that their tags can be deleted too.
    pub(super) fn advance(&mut self, network: &mut Network, now: SimTime) -> Vec<String> {
        let mut gone = Vec::new();
        for instance in &mut self.instances {
            let Some(at) = instance.until.filter(|at| *at <= now) else {
                continue;
            };
            let Transition::To(state) = lifecycle::after(instance.state) else {
                continue;
            };
            instance.state = state;
            let span = lifecycle::lasts(state, &instance.id, instance.platform);
            instance.until = span.map(|span| at + span);
            match state {
                InstanceState::Running => {
                    instance.state_reason = None;
                    instance.booted = at;
                    network.set_host_running(&instance.id, true);
                }
                InstanceState::Stopped => release_public_ip(network, &instance.interface_id),
                InstanceState::Terminated => {
                    gone.extend(dismantle(network, instance));
                    instance.iam_instance_profile = None;
                    let id = &instance.id;
                    self.profile_associations
                        .retain(|_, each| each.instance_id != *id);
                }
                _ => {}
            }
        }
        let over = |each: &Instance| {
            each.state == InstanceState::Terminated && each.until.is_some_and(|at| at <= now)
        };
        let forgotten = self.instances.iter().filter(|each| over(each));
        gone.extend(forgotten.map(|each| each.id.clone()));
        self.instances.retain(|each| !over(each));
        gone
    }

    /// The interface that an Elastic IP address is associated with.
    pub(super) fn holder<'n>(
        &self,
        network: &'n Network,
        allocation_id: &str,
    ) -> Option<(&'n Interface, &'n PublicIp)> {
        network.interfaces.values().find_map(|interface| {
            let public = interface.public_ip.as_ref()?;
            (public.allocation_id.as_deref() == Some(allocation_id)).then_some((interface, public))
        })
    }
}

/// Releases an address of Amazon's pool when its instance stops; an Elastic IP address stays.
fn release_public_ip(network: &mut Network, interface_id: &str) {
    if let Some(interface) = network.interfaces.get_mut(interface_id) {
        interface
            .public_ip
            .take_if(|public| public.allocation_id.is_none());
    }
}

/// Deletes the interfaces and volumes of a terminated instance and returns their ids.
fn dismantle(network: &mut Network, instance: &mut Instance) -> Vec<String> {
    let mut gone = Vec::new();
    let own = network.interfaces_of(&instance.id);
    let ids: Vec<String> = own.iter().map(|each| each.id.clone()).collect();
    for id in ids {
        let Some(interface) = network.interfaces.get_mut(&id) else {
            continue;
        };
        let attachment = interface.attachment.take();
        if attachment.is_some_and(|each| each.delete_on_termination) {
            network.interfaces.remove(&id);
            gone.push(id);
        }
    }
    gone.extend(instance.volumes.drain(..).map(|volume| volume.id));
    gone
}
