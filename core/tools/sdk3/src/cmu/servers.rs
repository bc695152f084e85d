//! The servers of CMU's configuration file, and the connections to them.

use std::net::IpAddr;

use serde_json::Value;

use hsmlab_client::LinkError;
use hsmlab_client::connection::ConnectError;
use hsmlab_client::sdk3::{MANAGEMENT_PORT, Server, ServerError};
use hsmlab_proto::message::{Answer, Command};
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;
use hsmlab_tool_software::configure::places;

/// All servers of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Servers {
    pub(super) all: Vec<Entry>,
    /// The server of server mode, if that is active.
    pub(super) mode: Option<usize>,
}

/// A server of the file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    anchor: String,
    enabled: bool,
    /// True if it answers on its port.
    pub(super) connected: bool,
    /// The connection with end-to-end encryption.
    pub(super) server: Option<Server>,
    pub(super) login: Option<(String, Role)>,
}

impl Entry {
    fn parse(value: &Value) -> Option<Self> {
        let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        let hostname = text(value, "hostname")?;
        let port = value.get("port").and_then(Value::as_u64);
        Some(Self {
            name: text(value, "name").unwrap_or_else(|| hostname.clone()),
            address: hostname.parse().ok()?,
            port: port.map_or(Some(MANAGEMENT_PORT), |port| u16::try_from(port).ok())?,
            anchor: value
                .get("e2e_encryption")
                .and_then(|part| text(part, "owner_cert_path"))
                .unwrap_or_else(|| "/opt/cloudhsm/etc/customerCA.crt".into()),
            enabled: text(value, "enable").as_deref() != Some("no"),
            connected: false,
            server: None,
            login: None,
        })
    }

    /// The tool's name for a server: `0(10.0.2.9)`.
    pub(super) fn label(&self, number: usize) -> String {
        format!("{number}({})", self.name)
    }
}

/// The message if no server can be asked. Guess: not published.
pub(super) fn nobody(io: &mut Io<'_>) {
    io.out("No server is connected with E2E enabled\n");
}

impl Servers {
    /// Reads the configuration file.
    ///
    /// # Errors
    /// The tool's message. Guess: not published.
    pub(super) fn configured(io: &Io<'_>, path: &str) -> Result<Self, String> {
        let bytes = io
            .read_file(path)
            .map_err(|error| format!("Failed to open config file {path}: {}", error.text()))?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|_| format!("Failed to parse config file {path}"))?;
        let listed = value.get("servers").and_then(Value::as_array);
        let listed = listed.ok_or_else(|| format!("Failed to parse config file {path}"))?;
        let all: Option<Vec<Entry>> = listed.iter().map(Entry::parse).collect();
        let mut all = all
            .filter(|all| !all.is_empty())
            .ok_or_else(|| format!("Invalid server hostname in config file {path}"))?;
        all.retain(|entry| entry.enabled);
        Ok(Self { all, mode: None })
    }

    /// Connects to all servers, then opens the encrypted channels.
    pub(super) fn connect(&mut self, io: &mut Io<'_>) {
        io.out(
            "Connecting to the server(s), it may take time\n\
             depending on the server(s) load, please wait...\n",
        );
        for entry in &mut self.all {
            let what = format!(
                "server '{}': hostname '{}', port {}",
                entry.name, entry.address, entry.port
            );
            io.out(format!("\nConnecting to {what}...\n"));
            let opened = {
                let mut link = io.sys.link(&io.host.id);
                let opened = link.connect(entry.address, entry.port);
                if let Ok(connection) = opened {
                    link.close(connection);
                }
                opened
            };
            entry.connected = opened.is_ok();
            match opened {
                Ok(_) => io.out(format!("Connected to {what}.\n")),
                // Guess: the guide says that the tool hangs here; how that ends is not published.
                Err(error) => io.out(format!(
                    "Failed to connect to server '{}': {}\n",
                    entry.name,
                    why(&error)
                )),
            }
        }
        if self.all.iter().any(|entry| entry.connected) {
            self.enable(io);
        }
    }

    /// `enable_e2e`: can be repeated.
    pub(super) fn enable(&mut self, io: &mut Io<'_>) {
        let mut failed = false;
        for (number, entry) in self.all.iter_mut().enumerate() {
            if !entry.connected {
                continue;
            }
            if entry.server.is_none() {
                match open(io, entry) {
                    Ok(server) => entry.server = Some(server),
                    Err(why) => {
                        failed = true;
                        io.out(why.replace("{server}", &entry.label(number)));
                        continue;
                    }
                }
            }
            io.out(format!("E2E enabled on server {}\n", entry.label(number)));
        }
        if failed {
            io.out("E2E Session failed: E2E setup failed\nEnabling E2E failed\n");
        }
    }

    /// The servers that commands go to: the one of server mode, or all that are connected.
    pub(super) fn targets(&self) -> Vec<usize> {
        let usable = |number: &usize| {
            self.all
                .get(*number)
                .is_some_and(|entry| entry.server.is_some())
        };
        match self.mode {
            Some(number) => Some(number).filter(usable).into_iter().collect(),
            None => (0..self.all.len()).filter(usable).collect(),
        }
    }

    /// Sends a command to a server; `None`: the connection is lost.
    pub(super) fn ask(
        &mut self,
        number: usize,
        io: &mut Io<'_>,
        command: &Command,
    ) -> Option<Answer> {
        let entry = self.all.get_mut(number)?;
        let server = entry.server.as_mut()?;
        let mut link = io.sys.link(&io.host.id);
        let answer = server.ask(command, &mut *link);
        if answer.is_none() {
            entry.connected = false;
            entry.login = None;
            if let Some(server) = entry.server.take() {
                server.close(&mut *link);
            }
        }
        answer
    }

    /// The same as [`Self::ask`], with a server's label, and the refusal as text.
    pub(super) fn try_ask(
        &mut self,
        number: usize,
        io: &mut Io<'_>,
        command: &Command,
    ) -> Result<hsmlab_proto::message::Reply, String> {
        match self.ask(number, io, command) {
            Some(Ok(reply)) => Ok(reply),
            Some(Err(fault)) => Err(words(&fault)),
            None => Err("server disconnected".to_owned()),
        }
    }

    /// The label of a server.
    pub(super) fn label(&self, number: usize) -> String {
        self.all
            .get(number)
            .map_or_else(|| number.to_string(), |entry| entry.label(number))
    }

    /// `server <number>`: server mode.
    pub(super) fn enter(&mut self, io: &mut Io<'_>, arguments: &[&str]) {
        let number: Option<usize> = arguments.first().and_then(|text| text.parse().ok());
        match number.filter(|number| *number < self.all.len()) {
            Some(number) => {
                let encrypted = self
                    .all
                    .get(number)
                    .is_some_and(|entry| entry.server.is_some());
                // Guess: the name of the mode without encryption.
                let mode = if encrypted { "E2" } else { "E1" };
                io.out(format!("\nServer is in '{mode}' mode...\n"));
                self.mode = Some(number);
            }
            None => io.out("Invalid server number\n"),
        }
    }

    /// Closes all connections.
    pub(super) fn close(&mut self, io: &mut Io<'_>) {
        let mut link = io.sys.link(&io.host.id);
        for server in self.all.iter_mut().filter_map(|entry| entry.server.take()) {
            server.close(&mut *link);
        }
    }
}

/// The tool's text for a refusal: a `RET_…` name without a prefix; everything else as an HSM error.
pub(super) fn words(fault: &hsmlab_proto::message::Fault) -> String {
    let (_, text) = crate::shared::codes::fault(fault);
    if text.starts_with("RET_") {
        text
    } else {
        format!("HSM Error: {text}")
    }
}

const fn why(error: &LinkError) -> &'static str {
    match error {
        LinkError::TimedOut => "Connection timed out",
        LinkError::Refused => "Connection refused",
        LinkError::Reset => "Connection reset by peer",
    }
}

/// Opens the encrypted channel; on failure, returns the tool's message without its last two lines.
fn open(io: &mut Io<'_>, entry: &Entry) -> Result<Server, String> {
    let path = places::kept(io.host.os, &entry.anchor);
    let Ok(anchors) = io.host.fs.read(&path, &io.login.user) else {
        // Public notes on an EKS and CloudHSM lab.
        return Err(format!(
            "{},\npartition owner certificate not exist at given path\n\
             Server {{server}} is in unencrypted mode now...\nrunning in limited commands mode\n\
             Error: partition owner certificate doesn't exist at given path.\n\
             Failed to create client ssl ctx\n",
            entry.anchor
        ));
    };
    let anchors = String::from_utf8_lossy(&anchors).into_owned();
    let opened = {
        let mut link = io.sys.link(&io.host.id);
        Server::open(entry.address, entry.port, &anchors, &mut *link)
    };
    let limited =
        "Server {server} is in unencrypted mode now...\nrunning in limited commands mode\n";
    opened.map_err(|error| match error {
        // Guess: another tool of the same vendor prints certificate errors like this.
        ServerError::Channel(ConnectError::Untrusted(error)) => {
            format!("Certificate ERROR: [{}]\n{limited}", error.reason)
        }
        // Guess: not published.
        ServerError::TooNew => format!(
            "Version mismatch: the server does not support this client's version\n{limited}"
        ),
        ServerError::Channel(_) => limited.to_owned(),
        ServerError::Link(error) => format!("{}\n{limited}", why(&error)),
    })
}
