//! The system interface of programs: the world as a program sees it.

use std::net::IpAddr;

use rand_core::Rng as _;
use serde_json::Value;

use super::hosts::is_cloudshell;
use super::{LEARNER_ADDRESS, World, watch};
use crate::fabric::{Carried, Peer, Ways};
use crate::programs::SOFTWARE;
use hsmlab_api::CLOUDSHELL_ACCESS_KEY_ID;
use hsmlab_api::{Call, ServiceError};
use hsmlab_client::{Link, LinkError};
use hsmlab_protocol::Reach;
use hsmlab_shell::Sys;
use hsmlab_shell::host::{Host, Login};
use hsmlab_shell::job::{Job, News};
use hsmlab_shell::software::Software;
use hsmlab_sim::{SimDuration, SimTime};
use hsmlab_tool_unix::{packages, zip};

/// An address of AWS's API endpoints, to decide whether a host can reach the Internet.
const API_ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(52, 94, 76, 1));

/// Host names that the simulated Internet knows.
const NAMES: [&str; 6] = [
    "awscli.amazonaws.com",
    "checkip.amazonaws.com",
    "s3.amazonaws.com",
    "cloudhsmv2-software.s3.amazonaws.com",
    "docs.aws.amazon.com",
    "www.marvell.com",
];

/// The name of the AWS root certificate's file without its extension: the User Guide's page
/// verify-hsm-identity has a zip archive of this name that contains the certificate (`.crt`). The lab
/// has both.
const AWS_ROOT: &str = "AWS_CloudHSM_Root-G1";
/// The same for the manufacturer's root certificate: the names for hsm1.medium and for hsm2m.medium.
const MANUFACTURER_ROOTS: [&str; 2] = ["liquid_security_certificate", "liquidsecurity2_ar_v1"];

impl Sys for World {
    fn software(&self) -> &'static Software {
        &SOFTWARE
    }

    fn now(&self) -> SimTime {
        self.now
    }

    fn sleep(&mut self, span: SimDuration) {
        self.pass(span);
    }

    fn next_change(&self) -> Option<(SimTime, String)> {
        watch::upcoming(self)
    }

    fn aws(&mut self, call: &Call) -> Result<Value, ServiceError> {
        self.call(call)
    }

    fn link(&mut self, host: &str) -> Box<dyn Link + '_> {
        Box::new(WorldLink {
            world: self,
            host: host.to_owned(),
        })
    }

    fn reach(&self, host: &str, to: IpAddr, port: u16) -> Reach {
        Ways::reach(self, host, to, port)
    }

    fn last_reach(&self, host: &str) -> Option<(IpAddr, u16, Reach)> {
        let attempt = self.fabric.last_attempt(host)?;
        Some((attempt.to, attempt.port, attempt.reach.clone()))
    }

    fn has_internet(&self, host: &str) -> bool {
        is_cloudshell(host) || Ways::reach(self, host, API_ADDRESS, 443).reachable
    }

    fn host_at(&self, host: &str, address: IpAddr) -> Option<String> {
        match self.peer(host, address, 22)? {
            Peer::Host(id) => Some(id),
            Peer::Hsm(_) => None,
        }
    }

    fn accepts_login(&self, host: &str, user: &str, private_key: &str) -> bool {
        let Some((region, instance)) = self.instance(host) else {
            return false;
        };
        let login = self.hosts.get(host).map(|host| host.login.as_str());
        let Some(key_name) = instance.key_name.as_deref() else {
            return false;
        };
        login == Some(user)
            && self
                .cloud
                .ec2
                .region(region)
                .is_some_and(|region| region.compute.accepts_key(key_name, private_key))
    }

    fn check_out(&mut self, host: &str, user: &str) -> Option<(Host, Login)> {
        let host = self.hosts.remove(host)?;
        self.checked_out.insert(host.id.clone());
        let login = host.log_in_as(user);
        Some((host, login))
    }

    fn check_in(&mut self, host: Host) {
        self.checked_out.remove(&host.id);
        let alive = is_cloudshell(&host.id) || self.instance(&host.id).is_some();
        if alive {
            self.hosts.insert(host.id.clone(), host);
        }
    }

    fn download(&self, url: &str) -> Option<Vec<u8>> {
        if let Some(package) = packages::package_at(url) {
            return Some(packages::package_file(&package));
        }
        let file = url.rsplit('/').next()?;
        let (name, ending) = file.rsplit_once('.')?;
        let certificate = match name {
            AWS_ROOT => self.fleet.aws_root().into_bytes(),
            name if MANUFACTURER_ROOTS.contains(&name) => {
                self.fleet.manufacturer_root().into_bytes()
            }
            _ => return None,
        };
        match ending {
            "crt" => Some(certificate),
            "zip" => Some(zip::archive(&format!("{name}.crt"), &certificate)),
            _ => None,
        }
    }

    fn has_host(&self, name: &str) -> bool {
        NAMES.contains(&name)
    }

    fn public_address(&self, host: &str) -> Option<IpAddr> {
        if is_cloudshell(host) {
            return Some(LEARNER_ADDRESS);
        }
        let (_, interface) = self.place(host)?;
        interface
            .public_ip
            .as_ref()
            .map(|public| IpAddr::V4(public.address))
    }

    fn own_address(&self, host: &str) -> Option<(std::net::Ipv4Addr, ipnet::Ipv4Net)> {
        let (network, interface) = self.place(host)?;
        let subnet = network.subnets.get(&interface.subnet_id)?;
        Some((interface.private_ip, subnet.cidr))
    }

    fn instance_credentials(&mut self, host: &str) -> Option<String> {
        if is_cloudshell(host) {
            return Some(CLOUDSHELL_ACCESS_KEY_ID.to_owned());
        }
        let (_, instance) = self.instance(host)?;
        let profile = instance.iam_instance_profile.clone()?;
        self.cloud.iam.instance_profile_credentials(&profile, host)
    }

    fn start_job(&mut self, host: &str, job: Box<dyn Job>) -> Option<u64> {
        self.add_job(host, job)
    }

    fn job_news(&mut self, number: u64) -> Option<News> {
        self.news_of_job(number)
    }

    fn end_job(&mut self, number: u64) -> Option<News> {
        self.stop_job(number)
    }

    fn fill_random(&mut self, host: &str, bytes: &mut [u8]) {
        let draws = self.random_draws.entry(host.to_owned()).or_default();
        *draws += 1;
        self.seed
            .stream(&format!("host/{host}/{draws}"))
            .fill_bytes(bytes);
    }
}

/// The network as one host sees it.
struct WorldLink<'a> {
    world: &'a mut World,
    host: String,
}

impl WorldLink<'_> {
    fn carry(&mut self, connection: u64, message: &[u8], at_us: u64, quietly: bool) -> Carried {
        let world = &mut *self.world;
        let Some((host, to, port)) = world.fabric.ends(connection) else {
            return Carried::broken();
        };
        let reach = Ways::reach(world, host, to, port);
        let fleet = &mut world.fleet;
        let carried = world
            .fabric
            .exchange(reach, fleet, connection, message, at_us, quietly);
        world.note_carried(&carried, at_us);
        carried
    }
}

/// Returns the span in whole milliseconds, rounded up, so that nothing ends early.
fn span_of(micros: u64) -> SimDuration {
    SimDuration::from_ms(micros.div_ceil(1000))
}

impl Link for WorldLink<'_> {
    fn connect(&mut self, to: IpAddr, port: u16) -> Result<u64, LinkError> {
        let world = &mut *self.world;
        let mut fabric = std::mem::take(&mut world.fabric);
        let (result, micros) = fabric.connect(world, &self.host, to, port, world.now);
        world.fabric = fabric;
        world.pass(span_of(micros));
        result
    }

    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        let at_us = self.world.now.unix_ms().saturating_mul(1000);
        let carried = self.carry(connection, message, at_us, false);
        self.world.settle();
        self.world.pass(span_of(carried.micros));
        carried.result
    }

    fn try_connect(&mut self, to: IpAddr, port: u16) -> (Result<u64, LinkError>, u64) {
        let world = &mut *self.world;
        let mut fabric = std::mem::take(&mut world.fabric);
        let tried = fabric.connect_quietly(world, &self.host, to, port);
        world.fabric = fabric;
        tried
    }

    fn post(
        &mut self,
        connection: u64,
        message: &[u8],
        at_us: u64,
    ) -> (Result<Vec<u8>, LinkError>, u64) {
        let carried = self.carry(connection, message, at_us, true);
        (carried.result, carried.micros)
    }

    fn is_open(&self, connection: u64) -> bool {
        self.world.fabric.is_open(&self.world.fleet, connection)
    }

    fn close(&mut self, connection: u64) {
        let world = &mut *self.world;
        world.fabric.close(&mut world.fleet, connection);
    }

    fn now(&self) -> SimTime {
        self.world.now
    }

    fn sleep(&mut self, span: SimDuration) {
        self.world.pass(span);
    }

    fn fill_random(&mut self, bytes: &mut [u8]) {
        let host = self.host.clone();
        Sys::fill_random(self.world, &host, bytes);
    }
}
