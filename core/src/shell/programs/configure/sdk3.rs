//! SDK 3's `configure` and the files that it keeps (User Guide of 2023, "configure-sdk-3"; the files as
//! public lab notes show them).

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{PROGRAM, put};
use crate::shell::host::Host;
use crate::shell::process::Io;
use crate::sim::SimTime;

const CLIENT: &str = "/opt/cloudhsm/etc/cloudhsm_client.cfg";
const MANAGEMENT: &str = "/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg";

const USAGE: &str = "configure -h | --help
          -a <ENI IP address>
          -m [-i <daemon_id>]
          --ssl --pkey <private key file> --cert <certificate file>
          --cmu <ENI IP address>
";

/// Puts the package's files on a host.
pub(super) fn install(host: &mut Host, now: SimTime) {
    put(host, "/opt/cloudhsm/bin/configure", PROGRAM, 0o755, now);
    for (path, config) in [(CLIENT, client("")), (MANAGEMENT, management(""))] {
        if !host.fs.exists(path) {
            put(host, path, &pretty(&config), 0o644, now);
        }
    }
}

/// Runs the tool.
pub(super) fn run(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
    let (address, files): (&str, &[&str]) = match words.as_slice() {
        ["-a", address] => (address, &[CLIENT, MANAGEMENT]),
        ["--cmu", address] => (address, &[MANAGEMENT]),
        ["-m", ..] => {
            // Guess: the daemon, which writes this file, is not in the lab.
            io.err("Unable to open /opt/cloudhsm/daemon/1/cluster.info\n");
            return 1;
        }
        ["-h" | "--help"] => {
            io.out(USAGE);
            return 0;
        }
        _ => {
            io.err(USAGE);
            return 1;
        }
    };
    if address.parse::<IpAddr>().is_err() {
        // Guess: not published.
        io.err(format!("Invalid IP address: {address}\n"));
        return 1;
    }
    for path in files {
        io.out(format!("Updating server config in {path}\n"));
        let config = if *path == CLIENT {
            client(address)
        } else {
            management(address)
        };
        if let Err(error) = io.write_file(path, pretty(&config).into_bytes()) {
            io.err(format!("Unable to write {path}: {}\n", error.text()));
            return 1;
        }
    }
    0
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn client(address: &str) -> Value {
    json!({
        "client": {
            "CriticalAlertScript": "",
            "create_object_minimum_nodes": 1,
            "daemon_id": 1,
            "e2e_owner_crt_path": "/opt/cloudhsm/etc/customerCA.crt",
            "enable_3des_key_reuse": "no",
            "log_level": "INFO",
            "reconnect_attempts": -1,
            "reconnect_interval": 3,
            "socket_type": "UNIXSOCKET",
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
            "CApath": "/opt/cloudhsm/etc/certs",
            "certificate": "/opt/cloudhsm/etc/client.crt",
            "pkey": "/opt/cloudhsm/etc/client.key",
            "server_ch_ssl_ciphers": "default",
            "server_ssl": "yes",
        },
    })
}

fn management(address: &str) -> Value {
    json!({
        "scard": { "certificate": "cert-sc", "enable": "no", "pkey": "pkey-sc", "port": 2225 },
        "servers": [{
            "CAfile": "",
            "CApath": "/opt/cloudhsm/etc/certs",
            "certificate": "/opt/cloudhsm/etc/client.crt",
            "e2e_encryption": {
                "enable": "yes",
                "owner_cert_path": "/opt/cloudhsm/etc/customerCA.crt",
            },
            "enable": "yes",
            "hostname": address,
            "name": address,
            "pkey": "/opt/cloudhsm/etc/client.key",
            "port": 2225,
            "server_ssl": "yes",
            "ssl_ciphers": "",
        }],
    })
}
