//! `configure-cli` and the other configure tools (User Guide, "configure-tool-syntax5",
//! "configure-tool-params5").

use std::net::IpAddr;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value, json};

use super::{Component, places};
use crate::usage;
use hsmlab_api::HOME_REGION;
use hsmlab_api::{Call, Credentials};
use hsmlab_client::config::{PLACEHOLDER, PORT};
use hsmlab_shell::fs;
use hsmlab_shell::host::Os;
use hsmlab_shell::process::Io;

/// The configuration file of the package, with a placeholder for the address.
pub(super) fn template(component: &Component, os: Os) -> String {
    let mut logging = Map::new();
    // Guess: the default level of logs on an application's terminal is "error".
    let level = if component.logs_to_file {
        logging.insert("log_type".into(), "file".into());
        logging.insert("log_file".into(), places::log(os, component.name).into());
        "info"
    } else {
        logging.insert("log_type".into(), "term".into());
        "error"
    };
    logging.insert("log_level".into(), level.into());
    logging.insert("log_interval".into(), "daily".into());
    let config = json!({
        "clusters": [cluster(os, None, &[PLACEHOLDER.to_owned()])],
        "logging": logging,
    });
    pretty(&config)
}

fn cluster(os: Os, id: Option<&str>, servers: &[String]) -> Value {
    let mut cluster = json!({
        "hsm_ca_file": places::trust_anchor(os),
        "servers": server_list(servers),
    });
    if let (Some(id), Some(map)) = (id, cluster.as_object_mut()) {
        // Guess: the name of the member with the cluster's id.
        map.insert("cluster_id".into(), id.into());
    }
    // The module is called hsm1 for all types.
    json!({ "type": "hsm1", "cluster": cluster })
}

fn server_list(servers: &[String]) -> Value {
    servers
        .iter()
        .map(|hostname| json!({ "hostname": hostname, "port": PORT, "enable": true }))
        .collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn tool(component: &str) -> &'static str {
    match component {
        "pkcs11" => "configure-pkcs11",
        "jce" => "configure-jce",
        "dyn" => "configure-dyn",
        "openssl-provider" => "configure-openssl-provider",
        "ksp" => "configure-ksp",
        _ => "configure-cli",
    }
}

fn command(component: &str) -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .help(help)
            .action(ArgAction::SetTrue)
    };
    let cluster_options = |command: Command| {
        command
            .arg(text(
                "endpoint",
                "ENDPOINT",
                "Specify the AWS CloudHSM API Endpoint",
            ))
            .arg(text("region", "REGION", "The region of the cluster"))
            .arg(text(
                "hsm-ca-cert",
                "HSM CA CERTIFICATE FILE",
                "The HSM CA certificate file",
            ))
            .arg(
                text(
                    "client-cert-hsm-tls-file",
                    "CLIENT CERTIFICATE FILE",
                    "The client certificate used for TLS client-hsm mutual authentication",
                )
                .requires("client-key-hsm-tls-file"),
            )
            .arg(
                text(
                    "client-key-hsm-tls-file",
                    "CLIENT KEY FILE",
                    "The client private key used for TLS client-hsm mutual authentication",
                )
                .requires("client-cert-hsm-tls-file"),
            )
    };
    let cluster_id = || {
        text(
            "cluster-id",
            "CLUSTER ID",
            "The id of the cluster containing the HSM instance(s)",
        )
    };
    let mut command = cluster_options(
        Command::new(tool(component))
            .arg(
                Arg::new("a")
                    .short('a')
                    .value_name("HSM ENI IP")
                    .num_args(1..)
                    .value_parser(clap::value_parser!(IpAddr))
                    .help("The address of the HSM instance"),
            )
            .arg(cluster_id().conflicts_with("a")),
    )
    .arg(
        switch(
            "disable-key-availability-check",
            "Disables key availability check during key use",
        )
        .conflicts_with("enable-key-availability-check"),
    )
    .arg(switch(
        "enable-key-availability-check",
        "Enables key availability check during key use",
    ))
    .arg(
        switch(
            "disable-validate-key-at-init",
            "Disables parameter validation during initialization of crypto operations",
        )
        .conflicts_with("enable-validate-key-at-init"),
    )
    .arg(switch(
        "enable-validate-key-at-init",
        "Enables parameter validation during initialization of crypto operations",
    ))
    .arg(switch(
        "enable-ecdsa-with-weak-hash-function",
        "Enables ECDSA with a hash function weaker than the key",
    ))
    .arg(
        text("log-type", "LOG TYPE", "The log type")
            .value_parser(PossibleValuesParser::new(["term", "file"])),
    )
    .arg(text("log-file", "LOG FILE", "The log file"))
    .arg(
        text("log-level", "LOG LEVEL", "The logging level").value_parser(
            PossibleValuesParser::new(["error", "warn", "info", "debug", "trace"]),
        ),
    )
    .arg(
        text("log-rotation", "LOG ROTATION", "The log rotation interval")
            .value_parser(PossibleValuesParser::new(["never", "hourly", "daily"])),
    )
    .arg(
        text(
            "default-retry-mode",
            "RETRY MODE",
            "The default method of retry to use for certain non-terminal failures",
        )
        .value_parser(PossibleValuesParser::new(["off", "standard"])),
    );
    if component == "pkcs11" {
        command = command
            .arg(switch(
                "enable-certificate-storage",
                "Enables certificate storage",
            ))
            .arg(switch(
                "disable-certificate-storage",
                "Disables certificate storage",
            ));
    }
    if matches!(component, "pkcs11" | "jce") {
        command = command.arg(switch(
            "enable-ecdh-without-kdf",
            "Permits ECDH derivation without a key derivation function",
        ));
    }
    if matches!(component, "pkcs11" | "cli") {
        command = command
            .subcommand(cluster_options(
                Command::new("add-cluster")
                    .about("Add a cluster to the configuration")
                    .arg(cluster_id().required(true)),
            ))
            .subcommand(
                Command::new("remove-cluster")
                    .about("Remove a cluster from the configuration")
                    .arg(cluster_id().required(true)),
            );
    }
    command.arg_required_else_help(true)
}

/// Candidates for the last word.
pub(super) fn complete(component: &str, last: &str) -> Vec<String> {
    let command = command(component);
    let options = command
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(|name| format!("--{name}")));
    let mut found: Vec<String> = options.filter(|name| name.starts_with(last)).collect();
    found.sort();
    found
}

/// Runs a tool.
pub(super) fn run(component: &str, argv: &[String], io: &mut Io<'_>) -> i32 {
    let words = [tool(component).to_owned()]
        .into_iter()
        .chain(argv.iter().skip(1).cloned());
    let matches = match command(component).try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return usage::show(io, &error),
    };
    match configure(component, &matches, io) {
        Ok(()) => 0,
        Err(text) => {
            io.err(format!("{text}\n"));
            1
        }
    }
}

fn configure(component: &str, matches: &ArgMatches, io: &mut Io<'_>) -> Result<(), String> {
    let os = io.host.os;
    let path = places::config(os, component);
    let mut config = read(io, component, &path)?;
    match matches.subcommand() {
        Some(("add-cluster", arguments)) => add_cluster(&mut config, arguments, io)?,
        Some(("remove-cluster", arguments)) => remove_cluster(&mut config, arguments)?,
        _ => set_options(&mut config, matches, io)?,
    }
    io.write_file(&path, pretty(&config).into_bytes())
        // Guess: not published.
        .map_err(|error| format!("Failed to write {path}: {}", error.text()))
}

/// The current content of the file; a new one if there is none.
fn read(io: &Io<'_>, component: &str, path: &str) -> Result<Value, String> {
    let Ok(bytes) = io.read_file(path) else {
        return Component::named(component)
            .and_then(|component| serde_json::from_str(&template(component, io.host.os)).ok())
            .ok_or_else(|| format!("Failed to read {path}"));
    };
    serde_json::from_slice::<Value>(&bytes)
        .ok()
        .filter(|config| config.get("clusters").is_some_and(Value::is_array))
        .ok_or_else(|| {
            "Unable to read config JSON. Caused by: Config does not satisfy the required \
             CloudHsmConfig data structure"
                .to_owned()
        })
}

fn text<'a>(arguments: &'a ArgMatches, name: &str) -> Option<&'a str> {
    arguments
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map(String::as_str)
}

fn clusters(config: &mut Value) -> Option<&mut Vec<Value>> {
    config.get_mut("clusters").and_then(Value::as_array_mut)
}

fn cluster_id_of(entry: &Value) -> Option<&str> {
    entry
        .get("cluster")
        .and_then(|cluster| cluster.get("cluster_id"))
        .and_then(Value::as_str)
}

fn add_cluster(config: &mut Value, arguments: &ArgMatches, io: &mut Io<'_>) -> Result<(), String> {
    let id = text(arguments, "cluster-id").unwrap_or_default();
    let addresses = describe(id, arguments, io)?;
    let mut entry = cluster(io.host.os, Some(id), &addresses);
    set_files(&mut entry, arguments, io)?;
    let clusters = clusters(config).ok_or("Unable to read config JSON")?;
    if clusters
        .iter()
        .any(|entry| cluster_id_of(entry) == Some(id))
    {
        // Guess: not published.
        return Err(format!("Cluster {id} is already in the configuration"));
    }
    clusters.retain(|entry| !entry.to_string().contains(PLACEHOLDER));
    clusters.push(entry);
    Ok(())
}

fn remove_cluster(config: &mut Value, arguments: &ArgMatches) -> Result<(), String> {
    let id = text(arguments, "cluster-id").unwrap_or_default();
    let clusters = clusters(config).ok_or("Unable to read config JSON")?;
    let before = clusters.len();
    clusters.retain(|entry| cluster_id_of(entry) != Some(id));
    if clusters.len() == before {
        // Guess: not published.
        return Err(format!("Cluster {id} is not in the configuration"));
    }
    Ok(())
}

fn set_options(config: &mut Value, arguments: &ArgMatches, io: &mut Io<'_>) -> Result<(), String> {
    let addresses: Option<Vec<String>> = match text(arguments, "cluster-id") {
        Some(id) => Some(describe(id, arguments, io)?),
        None => arguments
            .get_many::<IpAddr>("a")
            .map(|addresses| addresses.map(ToString::to_string).collect()),
    };
    let os = io.host.os;
    let entries = clusters(config).ok_or("Unable to read config JSON")?;
    if entries.len() > 1 {
        // Guess: the refusal was observed, its text is not published.
        return Err(
            "The configuration holds more than one cluster. Use add-cluster and \
                    remove-cluster"
                .into(),
        );
    }
    if entries.is_empty() {
        entries.push(cluster(os, None, &[PLACEHOLDER.to_owned()]));
    }
    let entry = entries.first_mut().ok_or("Unable to read config JSON")?;
    set_files(entry, arguments, io)?;
    with_object(entry, "cluster", |cluster| {
        let Some(addresses) = addresses else { return };
        cluster.insert("servers".into(), server_list(&addresses));
        match text(arguments, "cluster-id") {
            Some(id) => cluster.insert("cluster_id".into(), id.into()),
            None => cluster.shift_remove("cluster_id"),
        };
    });
    set_switches(entry, arguments);
    with_object(config, "logging", |logging| {
        for (option, name) in [
            ("log-type", "log_type"),
            ("log-file", "log_file"),
            ("log-level", "log_level"),
            ("log-rotation", "log_interval"),
        ] {
            if let Some(value) = text(arguments, option) {
                logging.insert(name.into(), value.into());
            }
        }
    });
    Ok(())
}

/// Changes the member `name` of `value` as an object; creates both if they are not objects.
fn with_object(value: &mut Value, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    if !value.is_object() {
        *value = json!({});
    }
    let Some(outer) = value.as_object_mut() else {
        return;
    };
    let member = outer.entry(name).or_insert_with(|| json!({}));
    if !member.is_object() {
        *member = json!({});
    }
    if let Some(member) = member.as_object_mut() {
        change(member);
    }
}

fn set_switches(entry: &mut Value, arguments: &ArgMatches) {
    let given = |name: &str| arguments.try_get_one::<bool>(name).ok().flatten() == Some(&true);
    let mut options = Vec::new();
    // Guess: only the first name is published.
    for (on, off, name) in [
        (
            "disable-key-availability-check",
            "enable-key-availability-check",
            "disable_key_availability_check",
        ),
        (
            "disable-validate-key-at-init",
            "enable-validate-key-at-init",
            "disable_validate_key_at_init",
        ),
        (
            "enable-ecdsa-with-weak-hash-function",
            "",
            "enable_ecdsa_with_weak_hash_function",
        ),
        (
            "enable-certificate-storage",
            "disable-certificate-storage",
            "enable_certificate_storage",
        ),
        ("enable-ecdh-without-kdf", "", "enable_ecdh_without_kdf"),
    ] {
        if given(on) {
            options.push((name, Value::from(true)));
        } else if !off.is_empty() && given(off) {
            options.push((name, Value::from(false)));
        }
    }
    if let Some(mode) = text(arguments, "default-retry-mode") {
        options.push(("default_retry_mode", mode.into()));
    }
    if options.is_empty() {
        return;
    }
    with_object(entry, "cluster", |cluster| {
        let mut members = Value::Object(std::mem::take(cluster));
        with_object(&mut members, "options", |map| {
            map.extend(
                options
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value)),
            );
        });
        if let Value::Object(members) = members {
            *cluster = members;
        }
    });
}

/// The certificate files; each must exist.
fn set_files(entry: &mut Value, arguments: &ArgMatches, io: &Io<'_>) -> Result<(), String> {
    // Guess: the last two names are not published.
    for (option, name) in [
        ("hsm-ca-cert", "hsm_ca_file"),
        ("client-cert-hsm-tls-file", "client_cert_hsm_tls_file"),
        ("client-key-hsm-tls-file", "client_key_hsm_tls_file"),
    ] {
        if let Some(file) = text(arguments, option) {
            let path = io.path(file);
            io.read_file(&path)
                .map_err(|error| format!("Failed to access file {file}: {}", error.text()))?;
            let shown = fs::windows_path(&path);
            with_object(entry, "cluster", |cluster| {
                cluster.insert(name.into(), shown.into());
            });
        }
    }
    Ok(())
}

/// The addresses of a cluster's HSMs, from `DescribeClusters`.
fn describe(id: &str, arguments: &ArgMatches, io: &mut Io<'_>) -> Result<Vec<String>, String> {
    let variable = |name: &str| {
        io.login
            .variable(name)
            .filter(|_| io.login.exported.contains(name))
            .map(str::to_owned)
    };
    let key = variable("AWS_ACCESS_KEY_ID")
        .or_else(|| io.sys.instance_credentials(&io.host.id))
        .ok_or("No credentials in the property bag")?;
    let region = text(arguments, "region")
        .map(str::to_owned)
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| variable("AWS_REGION"))
        .unwrap_or_else(|| HOME_REGION.to_owned());
    if !io.sys.has_internet(&io.host.id) {
        // Guess: the text of the timeout is not published.
        return Err("Failed to call DescribeClusters: connection timed out".into());
    }
    let call = Call {
        service: "cloudhsmv2".into(),
        operation: "DescribeClusters".into(),
        params: json!({ "Filters": { "clusterIds": [id] } }),
        region,
        credentials: Credentials { access_key_id: key },
        source_ip: io
            .sys
            .public_address(&io.host.id)
            .unwrap_or(IpAddr::from([127, 0, 0, 1])),
    };
    let answer = io
        .sys
        .aws(&call)
        .map_err(|error| format!("{}: {}", error.code, error.message))?;
    let addresses: Vec<String> = answer["Clusters"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|cluster| cluster["Hsms"].as_array().into_iter().flatten())
        .filter_map(|hsm| hsm["EniIp"].as_str().map(str::to_owned))
        .collect();
    if addresses.is_empty() {
        // Guess: not published.
        return Err(format!("No HSM was found in cluster {id}"));
    }
    Ok(addresses)
}
