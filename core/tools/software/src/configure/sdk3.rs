//! SDK 3's `configure` and its files (User Guide of 2023, "configure-sdk-3"; the files as in public
//! lab notes).

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{image, places, put};
use crate::daemon;
use hsmlab_client::sdk3::{MANAGEMENT_PORT, Server};
use hsmlab_shell::fs::windows_path;
use hsmlab_shell::host::{Host, Os};
use hsmlab_shell::process::Io;
use hsmlab_sim::SimTime;

/// The name of CMU's configuration file.
const MANAGEMENT: &str = "cloudhsm_mgmt_util.cfg";

fn client_path(os: Os) -> String {
    daemon::config_path(os)
}

fn management_path(os: Os) -> String {
    places::sdk3_setting(os, MANAGEMENT)
}

const USAGE: &str = "configure -h | --help
          -a <ENI IP address>
          -m [-i <daemon_id>]
          --ssl --pkey <private key file> --cert <certificate file>
          --cmu <ENI IP address>
";

/// The packages of Client SDK 3 and their tools.
const PACKAGES: [(&str, &[&str]); 2] = [
    (
        "client",
        &[
            "configure",
            "client_info",
            "cloudhsm_client",
            "cloudhsm_mgmt_util",
            "key_mgmt_util",
        ],
    ),
    // Guess: the socket's type on Windows (Linux has UNIXSOCKET). The package with only CMU also has
    // `configure`, because the guide uses it there.
    ("mgmt-util", &["configure", "cloudhsm_mgmt_util"]),
];

/// The tools of a package, by its name without `cloudhsm-`; `None`: not a package of Client SDK 3.
pub(super) fn tools(package: &str) -> Option<&'static [&'static str]> {
    PACKAGES
        .iter()
        .find(|(name, _)| *name == package)
        .map(|(_, tools)| *tools)
}

/// Writes a package's files to a host.
pub(super) fn install(host: &mut Host, package: &str, now: SimTime) {
    for tool in tools(package).unwrap_or_default() {
        put(
            host,
            &places::tool(host.os, tool),
            &image(host.os, tool),
            0o755,
            now,
        );
    }
    let os = host.os;
    let files = [
        (client_path(os), client(os, ""), package == "client"),
        (management_path(os), management(os, ""), true),
    ];
    for (path, config, wanted) in files {
        let path = places::kept(os, &path);
        if wanted && !host.fs.exists(&path) {
            put(host, &path, &pretty(&config), 0o644, now);
        }
    }
    if package == "client" && os.is_windows() {
        host.services.entry(daemon::SERVICE.to_owned()).or_default();
    } else if package == "client" {
        // Limits of the daemon's user (User Guide of 2023, "system-resources").
        let limits = "/etc/security/limits.d/cloudhsm.conf";
        put(
            host,
            limits,
            "hsmuser soft nofile 3000\nhsmuser hard nofile 3000\n",
            0o644,
            now,
        );
        host.services.entry(daemon::SERVICE.to_owned()).or_default();
    }
}

/// Removes a package's programs.
pub(super) fn uninstall(host: &mut Host, package: &str) {
    for tool in tools(package).unwrap_or_default() {
        let _ = host.fs.remove(&places::tool(host.os, tool), "root");
    }
    if package == "client" {
        host.services.remove(daemon::SERVICE);
    }
}

/// Runs the tool.
pub(super) fn run(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["-a", address] => with_address(io, address, |io, address| {
            update_client(io, &address) && update_management(io, &[address])
        }),
        ["--cmu", address] => with_address(io, address, |io, address| {
            // The named HSM is server 0.
            let mut members = members(io, address).unwrap_or_default();
            members.retain(|member| *member != address);
            members.sort();
            members.insert(0, address);
            let config = places::kept(io.host.os, &client_path(io.host.os));
            let client = !io.host.fs.exists(&config) || update_client(io, &address);
            client && update_management(io, &members)
        }),
        ["-m"] => from_daemon(io, "1"),
        ["-m", "-i", daemon] => from_daemon(io, daemon),
        ["--ssl", "--pkey", key, "--cert", certificate]
        | ["--ssl", "--cert", certificate, "--pkey", key] => ssl(io, key, certificate),
        ["-h" | "--help"] => {
            io.out(USAGE);
            0
        }
        _ => {
            io.err(USAGE);
            1
        }
    }
}

fn with_address(io: &mut Io<'_>, text: &str, act: impl FnOnce(&mut Io<'_>, IpAddr) -> bool) -> i32 {
    match text.parse() {
        Ok(address) => i32::from(!act(io, address)),
        Err(_) => {
            // Guess: not published.
            io.err(format!("Invalid IP address: {text}\n"));
            1
        }
    }
}

/// The HSMs of the cluster, from the HSM at an address: `--cmu` asks it instead of the daemon (User
/// Guide of 2023, "configure-sdk-3": it combines `-a` and `-m`). Guess: if the HSM cannot be asked,
/// only its own address is written.
fn members(io: &mut Io<'_>, address: IpAddr) -> Option<Vec<IpAddr>> {
    let anchor = places::kept(io.host.os, &places::trust_anchor(io.host.os));
    let anchors = io.host.fs.read(&anchor, &io.login.user).ok()?;
    let anchors = String::from_utf8_lossy(&anchors).into_owned();
    let mut link = io.sys.link(&io.host.id);
    let mut server = Server::open(address, MANAGEMENT_PORT, &anchors, &mut *link).ok()?;
    let info = server.info(&mut *link);
    server.close(&mut *link);
    info.map(|info| info.members).filter(|all| !all.is_empty())
}

/// `-m`: copies the HSMs that the daemon found to CMU's configuration.
fn from_daemon(io: &mut Io<'_>, number: &str) -> i32 {
    match daemon::read_cluster_info(io.host, number) {
        Some(members) => i32::from(!update_management(io, &members)),
        None => {
            // Guess: not published.
            io.err(format!(
                "Unable to open {}\n",
                places::cluster_info(io.host.os, number)
            ));
            1
        }
    }
}

/// The current content of a configuration file, or `fresh` if it cannot be read.
fn current(io: &Io<'_>, path: &str, fresh: Value) -> Value {
    io.host
        .fs
        .read(&places::kept(io.host.os, path), "root")
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .filter(Value::is_object)
        .unwrap_or(fresh)
}

fn save(io: &mut Io<'_>, path: &str, config: &Value) -> bool {
    io.out(format!("Updating server config in {path}\n"));
    match io.write_file(path, pretty(config).into_bytes()) {
        Ok(()) => true,
        Err(error) => {
            io.err(format!("Unable to write {path}: {}\n", error.text()));
            false
        }
    }
}

fn update_client(io: &mut Io<'_>, address: &IpAddr) -> bool {
    let (os, path) = (io.host.os, client_path(io.host.os));
    let mut config = current(io, &path, client(os, ""));
    let fresh = client(os, &address.to_string());
    if let (Some(config), Some(server)) = (config.as_object_mut(), fresh.get("server")) {
        config.insert("server".into(), server.clone());
    }
    save(io, &path, &config)
}

/// Writes the servers, each with the settings of the first one: configured certificates stay.
fn update_management(io: &mut Io<'_>, addresses: &[IpAddr]) -> bool {
    let (os, path) = (io.host.os, management_path(io.host.os));
    let mut config = current(io, &path, management(os, ""));
    let fresh = management(os, "");
    let pattern = [&config, &fresh].into_iter().find_map(|config| {
        config
            .get("servers")?
            .as_array()?
            .first()
            .filter(|server| server.is_object())
            .cloned()
    });
    let servers: Vec<Value> = addresses
        .iter()
        .map(|address| {
            let mut server = pattern.clone().unwrap_or_default();
            for name in ["hostname", "name"] {
                if let Some(server) = server.as_object_mut() {
                    server.insert(name.into(), address.to_string().into());
                }
            }
            server
        })
        .collect();
    if let Some(config) = config.as_object_mut() {
        config.insert("servers".into(), servers.into());
    }
    save(io, &path, &config)
}

/// `--ssl`: the client's key and certificate (User Guide of 2023, "getting-started-ssl").
fn ssl(io: &mut Io<'_>, key: &str, certificate: &str) -> i32 {
    for path in [key, certificate] {
        if let Err(error) = io.read_file(path) {
            // Guess: not published.
            io.err(format!("Unable to open {path}: {}\n", error.text()));
            return 1;
        }
    }
    let (key, certificate) = (
        windows_path(&io.path(key)),
        windows_path(&io.path(certificate)),
    );
    let set = |part: Option<&mut Value>| {
        if let Some(part) = part.and_then(Value::as_object_mut) {
            part.insert("certificate".into(), certificate.clone().into());
            part.insert("pkey".into(), key.clone().into());
        }
    };
    let os = io.host.os;
    let (client_path, management_path) = (client_path(os), management_path(os));
    let mut client = current(io, &client_path, client(os, ""));
    set(client.get_mut("ssl"));
    let mut management = current(io, &management_path, management(os, ""));
    if let Some(servers) = management.get_mut("servers").and_then(Value::as_array_mut) {
        for server in servers {
            set(Some(server));
        }
    }
    i32::from(!(save(io, &client_path, &client) && save(io, &management_path, &management)))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn client(os: Os, address: &str) -> Value {
    json!({
        "client": {
            "CriticalAlertScript": "",
            "create_object_minimum_nodes": 1,
            "daemon_id": 1,
            "e2e_owner_crt_path": places::trust_anchor(os),
            "enable_3des_key_reuse": "no",
            "log_level": "INFO",
            "reconnect_attempts": -1,
            "reconnect_interval": 3,
            "socket_type": if os.is_windows() { "TCPSOCKET" } else { "UNIXSOCKET" },
            "sslreneg": 0,
            "tcp_port": 1111,
            "workers": 1,
            "zoneid": 0,
        },
        "dualfactor": {
            "certificate": "certificate.crt",
            "dualfactor_ch_ssl_ciphers": "default",
            "dualfactor_ssl": "yes",
            "enable": "no",
            "pkey": "pkey.pem",
            "port": 2225,
        },
        "loadbalance": {
            "enable": "yes",
            "prefer_same_zone": "no",
            "relative_idleness_weight": 1,
            "sucess_rate_weight": 1,
        },
        "server": { "hostname": address, "port": 2223 },
        "ssl": {
            "CApath": places::setting(os, "certs"),
            "certificate": places::setting(os, "client.crt"),
            "pkey": places::setting(os, "client.key"),
            "server_ch_ssl_ciphers": "default",
            "server_ssl": "yes",
        },
    })
}

fn management(os: Os, address: &str) -> Value {
    json!({
        "scard": { "certificate": "cert-sc", "enable": "no", "pkey": "pkey-sc", "port": 2225 },
        "servers": [{
            "CAfile": "",
            "CApath": places::setting(os, "certs"),
            "certificate": places::setting(os, "client.crt"),
            "e2e_encryption": {
                "enable": "yes",
                "owner_cert_path": places::trust_anchor(os),
            },
            "enable": "yes",
            "hostname": address,
            "name": address,
            "pkey": places::setting(os, "client.key"),
            "port": 2225,
            "server_ssl": "yes",
            "ssl_ciphers": "",
        }],
    })
}
