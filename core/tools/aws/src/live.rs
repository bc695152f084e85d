//! Connects the `aws` command to the lab's services: credentials, connections and time.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::config::Config;
use super::failure::Problem;
use super::paramfile::Files;
use super::{ParsedCommand, Service, credentials};
use hsmlab_api::{Call, Credentials, ServiceError};
use hsmlab_shell::Sys;
use hsmlab_shell::process::Io;
use hsmlab_sim::SimDuration;

/// The number of connection attempts that the CLI makes.
const TRIES: u32 = 3;

/// Makes calls from one host.
pub(super) struct Live<'a, 'b> {
    io: &'a mut Io<'b>,
    region: String,
    access_key_id: String,
}

impl<'a, 'b> Live<'a, 'b> {
    pub(super) fn new(io: &'a mut Io<'b>) -> Self {
        Self {
            io,
            region: String::new(),
            access_key_id: String::new(),
        }
    }

    fn credentials(&mut self, command: &ParsedCommand) -> Result<String, Problem> {
        if command.globals.no_sign_request {
            return Ok(String::new());
        }
        let by_host = self.io.sys.instance_credentials(&self.io.host.id);
        let files = Files::of(self.io);
        let config = Config::read(&files);
        let found =
            credentials::find(&command.globals, &config, &files, by_host, &self.io.host.id)?;
        found
            .map(|found| found.access_key_id)
            .ok_or(Problem::NoCredentials)
    }
}

impl Service for Live<'_, '_> {
    fn prepare(&mut self, command: &ParsedCommand) -> Result<(), Problem> {
        let globals = &command.globals;
        self.region = globals
            .region
            .clone()
            .unwrap_or_else(|| hsmlab_api::HOME_REGION.into());
        self.access_key_id = self.credentials(command)?;
        let url = match (&globals.endpoint_url, &globals.region) {
            (Some(url), _) => url.clone(),
            (None, Some(region)) => command.service.endpoint(region),
            (None, None) => format!(
                "https://{}/",
                command
                    .service
                    .global_endpoint
                    .as_deref()
                    .unwrap_or_default()
            ),
        };
        let elsewhere = globals.endpoint_url.is_some()
            || !hsmlab_api::regions::has_endpoint(command.service, &self.region);
        if elsewhere {
            // The name does not resolve; the CLI fails immediately.
            return Err(Problem::General(format!(
                "Could not connect to the endpoint URL: \"{url}\""
            )));
        }
        if !self.io.sys.has_internet(&self.io.host.id) {
            for _ in 0..TRIES {
                self.io.sys.sleep(SimDuration::from_seconds(u64::from(
                    globals.connect_timeout_s,
                )));
            }
            return Err(Problem::General(format!(
                "Connect timeout on endpoint URL: \"{url}\""
            )));
        }
        Ok(())
    }

    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, ServiceError> {
        let source_ip = source_ip(self.io.sys, &self.io.host.id);
        self.io.sys.aws(&Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            params: params.clone(),
            region: self.region.clone(),
            credentials: Credentials {
                access_key_id: self.access_key_id.clone(),
            },
            source_ip,
        })
    }

    fn sleep(&mut self, seconds: u32) {
        self.io
            .sys
            .sleep(SimDuration::from_seconds(u64::from(seconds)));
    }

    fn token(&mut self) -> Option<String> {
        let mut bytes = [0; 16];
        let host = self.io.host.id.clone();
        self.io.sys.fill_random(&host, &mut bytes);
        // A version 4 UUID (RFC 9562).
        let mut hex = String::new();
        for (index, byte) in bytes.iter().enumerate() {
            let byte = match index {
                6 => (byte & 0x0f) | 0x40,
                8 => (byte & 0x3f) | 0x80,
                _ => *byte,
            };
            if matches!(index, 4 | 6 | 8 | 10) {
                hex.push('-');
            }
            hex += &format!("{byte:02x}");
        }
        Some(hex)
    }
}

/// The public address of a host.
fn source_ip(sys: &dyn Sys, host: &str) -> IpAddr {
    sys.public_address(host)
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Makes calls for completion: with the host's own credentials, and without advancing time.
pub struct Looking<'a> {
    /// The world.
    pub sys: &'a mut dyn Sys,
    /// The host's id.
    pub host: &'a str,
    /// The region to call.
    pub region: String,
}

impl Service for Looking<'_> {
    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, ServiceError> {
        let source_ip = source_ip(self.sys, self.host);
        let access_key_id = self.sys.instance_credentials(self.host).unwrap_or_default();
        self.sys.aws(&Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            params: params.clone(),
            region: self.region.clone(),
            credentials: Credentials { access_key_id },
            source_ip,
        })
    }
}

#[cfg(test)]
mod tests;
