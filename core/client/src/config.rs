//! The configuration file of a Client SDK 5 component (`/opt/cloudhsm/etc/cloudhsm-cli.cfg`).
//!
//! The shape is what the configure-* tools write, as found in public provisioning scripts.

use std::net::IpAddr;

use hsmlab_sim::SimTime;
use serde_json::Value;

/// The placeholder for the address in a template.
pub const PLACEHOLDER: &str = "%%HSM_IP_ADDRESS%%";
/// The client's port on an HSM (User Guide, "configure-sg").
pub const PORT: u16 = 2223;

/// A configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The clusters, usually one.
    pub clusters: Vec<ClusterConfig>,
    /// The log.
    pub logging: Logging,
}

/// One cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterConfig {
    /// The cluster's id, if configure was given it.
    pub cluster_id: Option<String>,
    /// The path of the trust anchor.
    pub hsm_ca_file: String,
    /// The HSMs to try, in this order.
    pub servers: Vec<(IpAddr, u16)>,
    /// True if keys that are on only one HSM may be used.
    pub disable_key_availability_check: bool,
    /// True if ECDSA may sign with a hash that is weaker than the curve.
    pub weak_hash: bool,
    /// True if ECDH may derive without a key derivation function.
    pub ecdh_without_kdf: bool,
    /// True if key and parameters are not checked when an operation starts.
    pub disable_validate_key_at_init: bool,
    /// True if temporary failures are retried: `--default-retry-mode standard`, the default since 5.8;
    /// false for `off`.
    pub retries: bool,
    /// The paths of the client's certificates and of its key, for HSMs that ask for them.
    pub client_tls: Option<(String, String)>,
}

/// The log settings of the component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// The file, without the time that its name ends with; `None` means the terminal.
    pub file: Option<String>,
    /// How often a new file begins.
    pub interval: Interval,
    /// The minimum level: `error`, `warn`, `info`, `debug`, `trace`.
    pub level: String,
}

/// How often a new log file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Each hour.
    Hourly,
    /// Each day.
    Daily,
    /// Never.
    Never,
}

impl Logging {
    /// The log settings of a configuration whose clusters need not be usable yet. `None`: not JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self::of(&serde_json::from_str(text).ok()?))
    }

    fn of(config: &Value) -> Self {
        let text = |name| config.get("logging")?.get(name)?.as_str();
        Self {
            file: text("log_file")
                .filter(|_| text("log_type").is_none_or(|kind| kind == "file"))
                .map(str::to_owned),
            interval: match text("log_interval") {
                Some("hourly") => Interval::Hourly,
                Some("never") => Interval::Never,
                _ => Interval::Daily,
            },
            level: text("log_level").unwrap_or("info").to_owned(),
        }
    }

    /// The file of an instant. Its name ends with the day, as in public transcripts
    /// (`cloudhsm-pkcs11.log.2022-02-02`). Guess: with the hour, if a new file begins each hour.
    #[must_use]
    pub fn file_at(&self, now: SimTime) -> Option<String> {
        let file = self.file.as_deref()?;
        let text = now.to_string();
        let ending = match self.interval {
            Interval::Hourly => text.get(..13).map(|hour| hour.replace('T', "-")),
            Interval::Daily => text.get(..10).map(str::to_owned),
            Interval::Never => None,
        };
        Some(ending.map_or_else(|| file.to_owned(), |ending| format!("{file}.{ending}")))
    }
}

/// The reasons that a configuration is not usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// Not JSON, or JSON of another shape.
    Shape,
    /// A host name that is not an address; includes the placeholder.
    Hostname(String),
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let value: Value = serde_json::from_str(text).map_err(|_| ConfigError::Shape)?;
        let clusters = value
            .get("clusters")
            .and_then(Value::as_array)
            .ok_or(ConfigError::Shape)?;
        if clusters.is_empty() {
            return Err(ConfigError::Shape);
        }
        Ok(Self {
            clusters: clusters
                .iter()
                .map(ClusterConfig::parse)
                .collect::<Result<_, _>>()?,
            logging: Logging::of(&value),
        })
    }
}

impl ClusterConfig {
    fn parse(value: &Value) -> Result<Self, ConfigError> {
        let cluster = value.get("cluster").ok_or(ConfigError::Shape)?;
        let text =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let servers = cluster
            .get("servers")
            .and_then(Value::as_array)
            .ok_or(ConfigError::Shape)?;
        let mut addresses = Vec::new();
        for server in servers {
            let hostname = text(server, "hostname").ok_or(ConfigError::Shape)?;
            let port = match server.get("port") {
                None => PORT,
                Some(port) => port
                    .as_u64()
                    .and_then(|port| u16::try_from(port).ok())
                    .ok_or(ConfigError::Shape)?,
            };
            let address = hostname
                .parse()
                .map_err(|_| ConfigError::Hostname(hostname))?;
            if server.get("enable").and_then(Value::as_bool) != Some(false) {
                addresses.push((address, port));
            }
        }
        if servers.is_empty() {
            return Err(ConfigError::Shape);
        }
        let option = |name: &str| {
            cluster
                .get("options")
                .and_then(|options| options.get(name))
                .and_then(Value::as_bool)
                == Some(true)
        };
        Ok(Self {
            cluster_id: text(cluster, "cluster_id").or_else(|| text(value, "cluster_id")),
            hsm_ca_file: text(cluster, "hsm_ca_file").ok_or(ConfigError::Shape)?,
            servers: addresses,
            disable_key_availability_check: option("disable_key_availability_check"),
            weak_hash: option("enable_ecdsa_with_weak_hash_function"),
            ecdh_without_kdf: option("enable_ecdh_without_kdf"),
            disable_validate_key_at_init: option("disable_validate_key_at_init"),
            retries: cluster
                .get("options")
                .and_then(|options| text(options, "default_retry_mode"))
                .is_none_or(|mode| mode != "off"),
            // Guess: the names of both members.
            client_tls: text(cluster, "client_cert_hsm_tls_file")
                .zip(text(cluster, "client_key_hsm_tls_file")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let cases = [
            ("", ConfigError::Shape),
            ("{}", ConfigError::Shape),
            (r#"{"clusters":[]}"#, ConfigError::Shape),
            (
                r#"{"clusters":[{"cluster":{"servers":[{"hostname":"10.0.0.1"}]}}]}"#,
                ConfigError::Shape,
            ),
            (
                r#"{"clusters":[{"cluster":{"hsm_ca_file":"/a","servers":[{"hostname":"%%HSM_IP_ADDRESS%%"}]}}]}"#,
                ConfigError::Hostname(PLACEHOLDER.into()),
            ),
        ];
        for (text, error) in cases {
            assert_eq!(Config::parse(text), Err(error), "{text}");
        }
    }
}
