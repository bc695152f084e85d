//! The daemon `cloudhsm-client` of Client SDK 3 (User Guide of 2023, "configure-sdk-3",
//! "troubleshooting-lost-connection"). It reads its configuration at the start, connects to one
//! HSM, writes the cluster's HSMs to `cluster.info`, and retries every three seconds, forever.
//!
//! The lab runs no background processes on a host. A program that asks for the daemon's connections
//! triggers the work that the daemon would have done by now: one more attempt to connect.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::configure::places;
use hsmlab_client::LinkError;
use hsmlab_client::connection::ConnectError;
use hsmlab_client::nodes::Nodes;
use hsmlab_client::sdk3::ServerError;
use hsmlab_shell::host::{Host, Os, Service};
use hsmlab_shell::process::Io;

/// The service's name, and its package's.
pub const SERVICE: &str = "cloudhsm-client";
/// The name of the daemon's configuration file.
const CONFIG: &str = "cloudhsm_client.cfg";
/// The port of an HSM to which the daemon connects (User Guide of 2023, "configure-sg").
const PORT: u16 = 2223;
/// The maximum number of lines in the log: a limit of the lab.
const LOG_LINES_MAX: usize = 200;

/// The daemon's configuration.
struct Config {
    seed: IpAddr,
    port: u16,
    anchors: String,
    minimum: usize,
}

/// The daemon's connections, lent to a program.
#[derive(Clone)]
pub struct Lent {
    /// The connections to the HSMs.
    pub nodes: Nodes,
    /// The number of HSMs that must hold a new key (`create_object_minimum_nodes`).
    pub minimum: usize,
}

/// True if the package is installed.
pub fn installed(host: &Host) -> bool {
    host.packages.contains(SERVICE)
}

/// True if the daemon is running.
pub fn runs(host: &Host) -> bool {
    host.services
        .get(SERVICE)
        .is_some_and(|service| service.started.is_some())
}

/// The daemon's configuration file on a system.
pub fn config_path(os: Os) -> String {
    places::sdk3_setting(os, CONFIG)
}

/// The addresses in a `cluster.info`.
pub fn read_cluster_info(host: &Host, daemon: &str) -> Option<Vec<IpAddr>> {
    let path = places::kept(host.os, &places::cluster_info(host.os, daemon));
    let bytes = host.fs.read(&path, "root").ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    let servers = value.get("servers")?.as_array()?;
    let addresses: Vec<IpAddr> = servers
        .iter()
        .filter_map(|server| server.get("hostname")?.as_str()?.parse().ok())
        .collect();
    (!addresses.is_empty()).then_some(addresses)
}

/// Starts the daemon.
pub fn start(io: &mut Io<'_>) {
    if runs(io.host) {
        return;
    }
    let now = io.sys.now();
    let os = io.host.os;
    let config = io
        .host
        .fs
        .read(&places::kept(os, &config_path(os)), "root")
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let service = io.host.services.entry(SERVICE.to_owned()).or_default();
    service.failed = false;
    service.started = Some(now);
    service.config = config.unwrap_or_default();
    match parse(os, &service.config) {
        Ok(_) => {
            // The first attempt; the log shows the result.
            if let Some(mut lent) = connect(io) {
                let mut link = io.sys.link(&io.host.id);
                lent.nodes.close(&mut *link);
            }
        }
        Err(why) => {
            log(io, &format!("liquidSecurity ERR: {why}"));
            if let Some(service) = io.host.services.get_mut(SERVICE) {
                service.started = None;
                service.failed = true;
            }
        }
    }
}

/// Stops the daemon.
pub fn stop(host: &mut Host) {
    if let Some(service) = host.services.get_mut(SERVICE) {
        service.started = None;
        service.failed = false;
    }
}

/// Parses the configuration file: the settings, and the path of the trust anchor. Guess: the
/// daemon's messages for an unusable configuration are not published.
fn parse(os: Os, text: &str) -> Result<(IpAddr, u16, String, usize), String> {
    let value: Value =
        serde_json::from_str(text).map_err(|_| format!("{} cannot be read", config_path(os)))?;
    let at = |section: &str, name: &str| value.get(section).and_then(|part| part.get(name));
    let hostname = at("server", "hostname")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let seed = hostname
        .parse()
        .map_err(|_| format!("server hostname '{hostname}' is not valid: run configure -a"))?;
    let port = at("server", "port")
        .and_then(Value::as_u64)
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or(PORT);
    let anchor = at("client", "e2e_owner_crt_path")
        .and_then(Value::as_str)
        .map_or_else(|| places::trust_anchor(os), str::to_owned);
    let minimum = at("client", "create_object_minimum_nodes")
        .and_then(Value::as_u64)
        .and_then(|minimum| usize::try_from(minimum).ok())
        .unwrap_or(1);
    Ok((seed, port, anchor, minimum))
}

fn config(host: &Host, service: &Service) -> Result<Config, String> {
    let (seed, port, anchor, minimum) = parse(host.os, &service.config)?;
    let anchors = host
        .fs
        .read(&places::kept(host.os, &anchor), "root")
        .map_err(|_| format!("partition owner certificate {anchor} does not exist"))?;
    Ok(Config {
        seed,
        port,
        anchors: String::from_utf8_lossy(&anchors).into_owned(),
        minimum,
    })
}

/// The daemon's connections; `None`: it is not running, or reaches no HSM.
pub fn connect(io: &mut Io<'_>) -> Option<Lent> {
    let service = io.host.services.get(SERVICE)?;
    service.started?;
    let config = match config(io.host, service) {
        Ok(config) => config,
        Err(why) => {
            log(io, &format!("liquidSecurity ERR: {why}"));
            return None;
        }
    };
    // If there is a cluster.info, the daemon uses only that (User Guide, "ki-all": it looks for the
    // old addresses until the file is deleted).
    let seeds = read_cluster_info(io.host, "1").unwrap_or_else(|| vec![config.seed]);
    let opened = {
        let mut link = io.sys.link(&io.host.id);
        Nodes::open(&seeds, config.port, &config.anchors, &mut *link)
    };
    match opened {
        Ok(nodes) => {
            remember(io, &nodes.members);
            let count = nodes.members.len();
            log(
                io,
                &format!("liquidSecurity INF: connected, the cluster has {count} server(s)"),
            );
            Some(Lent {
                nodes,
                minimum: config.minimum,
            })
        }
        Err(failures) => {
            for (address, error) in failures {
                let why = reason(&error);
                log(io, &format!("liquidSecurity ERR: server {address}: {why}"));
            }
            None
        }
    }
}

/// Writes `cluster.info`. Guess: the file format is not published.
fn remember(io: &mut Io<'_>, members: &[IpAddr]) {
    let servers: Vec<Value> = members
        .iter()
        .map(|address| json!({ "hostname": address.to_string(), "port": PORT }))
        .collect();
    let text = serde_json::to_string_pretty(&json!({ "servers": servers })).unwrap_or_default();
    let now = io.sys.now();
    let path = places::kept(io.host.os, &places::cluster_info(io.host.os, "1"));
    if let Some((folder, _)) = path.rsplit_once('/') {
        io.host.fs.make_folders(folder, "root", now);
    }
    // On a full disk, the daemon knows its HSMs until it ends, as on a real system.
    let _ = io
        .host
        .fs
        .write(&path, (text + "\n").into_bytes(), "root", now);
}

/// The daemon's messages. Guess: not published.
fn reason(error: &ServerError) -> String {
    match error {
        ServerError::Link(LinkError::TimedOut) => {
            "connection timed out, trying again in 3 seconds".into()
        }
        ServerError::Link(LinkError::Refused) => {
            "connection refused, trying again in 3 seconds".into()
        }
        ServerError::Link(LinkError::Reset) => "connection reset by peer".into(),
        ServerError::Channel(ConnectError::Untrusted(error)) => {
            format!("E2E setup failed: Certificate ERROR: [{}]", error.reason)
        }
        ServerError::Channel(_) => "E2E setup failed".into(),
        ServerError::TooNew => "the server does not support this client's version".into(),
    }
}

/// Writes a line of the log.
fn log(io: &mut Io<'_>, line: &str) {
    let now = io.sys.now();
    let service = io.host.services.entry(SERVICE.to_owned()).or_default();
    service.log.push((now, line.to_owned()));
    let surplus = service.log.len().saturating_sub(LOG_LINES_MAX);
    service.log.drain(..surplus);
}
