//! A running component of Client SDK 5 on a host: its configuration, its trust anchor and its log,
//! as in the libraries that applications load.

use crate::configure::{identity, places};
use hsmlab_client::Link;
use hsmlab_client::cluster::{ConnectError, LogLine};
use hsmlab_client::config::{ClusterConfig, Config, ConfigError, Logging};
use hsmlab_client::cryptoki::Token;
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_shell::process::Io;

/// The size of a log file, in bytes, above which a new one is started: a limit of the lab.
const LOG_BYTES_MAX: usize = 256 * 1024;

/// The lab has no process ids, but the log format has one.
const PROCESS_ID: u32 = 1000;

/// A library that a program has loaded and that is connected to its cluster.
#[derive(Clone, Debug)]
pub struct Library {
    token: Token,
    logging: Logging,
}

/// The reason that a library cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLibrary {
    /// Its configuration is invalid: the reason.
    Config(String),
    /// There is no connection: the reason.
    Connection(String),
}

impl Library {
    /// Reads a component's configuration and connects.
    pub fn open(io: &mut Io<'_>, component: &str) -> Result<Self, NoLibrary> {
        let (config, logging) = configuration(io, component)?;
        let mut log = Vec::new();
        let opened = match io.read_file(&config.hsm_ca_file) {
            Ok(anchors) => {
                let anchors = String::from_utf8_lossy(&anchors).into_owned();
                identity::load(io, &config).and_then(|identity| {
                    let mut link = io.sys.link(&io.host.id);
                    Token::open(&config, &anchors, identity.as_ref(), &mut *link, &mut log)
                        .map_err(|error| cause(&error))
                })
            }
            // Without a trust anchor, no certificate is trusted.
            Err(error) => Err(format!("{}: {}", config.hsm_ca_file, error.text())),
        };
        let opened = opened.map_err(|cause| {
            log.push(LogLine {
                at: io.sys.now(),
                level: "ERROR",
                module: "hsm1",
                message: format!("Failed to initialize hsm1 context: {cause}"),
            });
            NoLibrary::Connection(cause)
        });
        write_log(io, &logging, &log);
        Ok(Self {
            token: opened?,
            logging,
        })
    }

    /// The token.
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// Runs an operation on the token and writes its log lines.
    pub fn with<T>(
        &mut self,
        io: &mut Io<'_>,
        act: impl FnOnce(&mut Token, &mut dyn Link) -> Result<T, Rv>,
    ) -> Result<T, Rv> {
        let done = {
            let mut link = io.sys.link(&io.host.id);
            act(&mut self.token, &mut *link)
        };
        let log = self.token.take_log();
        write_log(io, &self.logging, &log);
        done
    }

    /// Closes the connections.
    pub fn close(&mut self, io: &mut Io<'_>) {
        let mut link = io.sys.link(&io.host.id);
        self.token.close(&mut *link);
    }
}

/// A component's only cluster, and its logging.
pub fn configuration(io: &Io<'_>, component: &str) -> Result<(ClusterConfig, Logging), NoLibrary> {
    let path = places::config(io.host.os, component);
    let text = match io.read_file(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => return Err(NoLibrary::Config(format!("{path}: {}", error.text()))),
    };
    let config = Config::parse(&text).map_err(|error| {
        NoLibrary::Config(match error {
            ConfigError::Shape => "Unable to read config JSON. Caused by: Config does not satisfy \
                                   the required CloudHsmConfig data structure"
                .into(),
            ConfigError::Hostname(name) => {
                format!("Config key hostname has invalid value {name}")
            }
        })
    })?;
    // Guess: with several clusters, each is a slot; the lab's library opens the first.
    match config.clusters.into_iter().next() {
        Some(cluster) => Ok((cluster, config.logging)),
        None => Err(NoLibrary::Config("no cluster is configured".into())),
    }
}

/// The reason that there is no connection.
fn cause(error: &ConnectError) -> String {
    match error {
        ConnectError::Unreachable(_) => "no HSM of the configuration could be reached".into(),
        ConnectError::Untrusted(error) => format!(
            "Certificate verification error with error code {} and depth {}: {}",
            error.code, error.depth, error.reason
        ),
        ConnectError::NotInitialized => "the cluster is not initialized".into(),
        ConnectError::ClientRefused => "the HSM refused the client's certificate".into(),
        ConnectError::Handshake => "the end-to-end handshake failed".into(),
    }
}

/// Writes log lines in the SDK's form: `2021-10-07T02:52:10.204+00:00 INFO  [179] ThreadId(5)
/// [module][][] message`. A log that cannot be written is no failure.
pub fn write_log(io: &mut Io<'_>, logging: &Logging, lines: &[LogLine]) {
    let rank = |level: &str| {
        ["error", "warn", "info", "debug", "trace"]
            .iter()
            .position(|name| name.eq_ignore_ascii_case(level))
            .unwrap_or(2)
    };
    let text: String = lines
        .iter()
        .filter(|line| rank(line.level) <= rank(&logging.level))
        .map(|line| {
            format!(
                "{} {:<5} [{PROCESS_ID}] ThreadId(1) [cloudhsm_provider::{}][][] {}\n",
                line.at.to_string().replace('Z', "+00:00"),
                line.level,
                line.module,
                line.message
            )
        })
        .collect();
    match logging.file_at(io.sys.now()) {
        _ if text.is_empty() => {}
        None => io.err(text),
        Some(path) => {
            let path = io.path(&path);
            let user = io.login.user.clone();
            let mut bytes = io
                .host
                .fs
                .read(&path, "root")
                .map(|bytes| bytes.to_vec())
                .unwrap_or_default();
            if bytes.len() > LOG_BYTES_MAX {
                bytes.clear();
            }
            bytes.extend_from_slice(text.as_bytes());
            let now = io.sys.now();
            if io.host.fs.write(&path, bytes, &user, now).is_ok() {
                let _ = io.host.fs.set_mode(&path, 0o666, "root");
            }
        }
    }
}
