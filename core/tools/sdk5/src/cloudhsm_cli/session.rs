//! The state that the tool keeps between commands: configuration, connections, logged-in users.

use std::collections::{BTreeMap, BTreeSet};

use super::texts;
use hsmlab_client::Link;
use hsmlab_client::cluster::{Challenge, ClientError, Cluster, ClusterKey, LogLine, Subject};
use hsmlab_client::config::{ClusterConfig, Config, Logging};
use hsmlab_client::connection::ConnectError;
use hsmlab_proto::Secret;
use hsmlab_proto::message::Command;
use hsmlab_proto::quorum::Approval;
use hsmlab_proto::role::Role;
use hsmlab_shell::process::Io;
use hsmlab_tool_software::component;
use hsmlab_tool_software::configure::{identity, places};

/// A session of the tool.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    cluster: Option<Cluster>,
    config: Option<(ClusterConfig, Logging)>,
    /// The logged-in user and its role.
    login: Option<(String, Role)>,
    /// The cluster that interactive mode was started with.
    pub(super) cluster_id: Option<String>,
    /// The data that the HSMs want signed, while a command waits for the signatures.
    pub(super) challenges: Vec<Challenge>,
    /// The cluster of the first command that did not name one.
    home: Option<String>,
    /// The cluster of the current command, if it is known.
    wanted: Option<String>,
    /// The open clusters other than the current one, by their ids.
    parked: BTreeMap<String, Parked>,
    /// The names that were shown, for completion.
    pub(super) seen: Seen,
}

/// A cluster that another command has opened.
#[derive(Clone, Debug)]
struct Parked {
    cluster: Option<Cluster>,
    config: (ClusterConfig, Logging),
    login: Option<(String, Role)>,
}

/// Names that commands have shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Labels of keys.
    pub(super) labels: BTreeSet<String>,
    /// Names of users.
    pub(super) users: BTreeSet<String>,
}

/// The error message of a failed command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure(pub(super) String);

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self(texts::client(&error))
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Session {
    /// The prompt. Guess: it names user and cluster if the configuration has the cluster's id, as
    /// in the guide's samples with several clusters; otherwise it is as in all other samples.
    pub(super) fn prompt(&self) -> String {
        let at_hand = self
            .config
            .as_ref()
            .map(|(cluster, _)| (cluster, &self.login));
        let parked = self.parked.values();
        let mut logged_in: Vec<(&str, &str)> = parked
            .map(|parked| (&parked.config.0, &parked.login))
            .chain(at_hand)
            .filter_map(|(cluster, login)| {
                Some((cluster.cluster_id.as_deref()?, login.as_ref()?.0.as_str()))
            })
            .collect();
        let home = self.cluster_id.as_deref().or(self.home.as_deref());
        logged_in.sort_by_key(|(id, _)| Some(*id) != home);
        match logged_in.first() {
            Some((id, name)) => format!("{name}@{id} > "),
            None => "aws-cloudhsm > ".into(),
        }
    }

    /// Switches to the cluster that a command names with `--cluster-id`, or else to the one with
    /// which interactive mode was started. The connections of the previous cluster stay open.
    pub(super) fn choose(&mut self, asked: Option<&str>) {
        let home = self.cluster_id.as_deref().or(self.home.as_deref());
        let Some(id) = asked.or(home).map(str::to_owned) else {
            return;
        };
        let at_hand = self
            .config
            .as_ref()
            .map(|(cluster, _)| cluster.cluster_id.as_deref());
        self.wanted = Some(id.clone());
        match at_hand {
            // A configuration that was made only with addresses does not know its cluster's id.
            Some(None) => return,
            Some(Some(present)) if present == id => return,
            _ => {}
        }
        if let Some(config) = self.config.take()
            && let Some(present) = config.0.cluster_id.clone()
        {
            let parked = Parked {
                cluster: self.cluster.take(),
                config,
                login: self.login.take(),
            };
            self.parked.insert(present, parked);
        }
        if let Some(parked) = self.parked.remove(&id) {
            self.cluster = parked.cluster;
            self.config = Some(parked.config);
            self.login = parked.login;
        }
    }

    /// True if the configuration has several clusters and none has been chosen.
    pub(super) fn is_ambiguous(&self, io: &Io<'_>) -> bool {
        let text = read(io, &places::config(io.host.os, "cli")).unwrap_or_default();
        let clusters = Config::parse(&text).map_or(0, |config| config.clusters.len());
        clusters > 1 && self.cluster_id.is_none()
    }

    /// Reads the configuration.
    pub(super) fn configure(
        &mut self,
        io: &mut Io<'_>,
        asked: Option<&str>,
    ) -> Result<(), Failure> {
        if asked.is_some() {
            self.choose(asked);
        }
        if self.config.is_some() {
            return Ok(());
        }
        let text = read(io, &places::config(io.host.os, "cli"))?;
        let config = Config::parse(&text).map_err(|error| texts::config(&error))?;
        let wanted = self.wanted.as_deref().or(self.cluster_id.as_deref());
        let cluster = match (wanted, config.clusters.as_slice()) {
            (None, [one]) => one.clone(),
            (None, _) => return Err(texts::WHICH_CLUSTER.into()),
            // A configuration that was made only with addresses does not know its cluster's id.
            (Some(_), [one]) if one.cluster_id.is_none() => one.clone(),
            (Some(id), clusters) => clusters
                .iter()
                .find(|cluster| cluster.cluster_id.as_deref() == Some(id))
                .ok_or(texts::UNKNOWN_CLUSTER)?
                .clone(),
        };
        if self.wanted.is_none() {
            self.home.clone_from(&cluster.cluster_id);
        }
        self.config = Some((cluster, config.logging));
        Ok(())
    }

    /// True if ECDSA may sign with a weak hash.
    pub(super) fn weak_hash(&self) -> bool {
        self.config
            .as_ref()
            .is_some_and(|(cluster, _)| cluster.weak_hash)
    }

    /// Runs `act` on the cluster; connects first if there is no connection.
    pub(super) fn with<T>(
        &mut self,
        io: &mut Io<'_>,
        act: impl FnOnce(&mut Cluster, &mut dyn Link) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        self.connect(io)?;
        let Some(cluster) = self.cluster.as_mut() else {
            return Err(texts::NO_CONTEXT.into());
        };
        let done = {
            let mut link = io.sys.link(&io.host.id);
            act(cluster, &mut *link)
        };
        let log = std::mem::take(&mut cluster.log);
        self.write_log(io, &log);
        Ok(done?)
    }

    /// The same with approvals: it sends them to the HSMs first, and they are used up afterwards.
    pub(super) fn approved<T>(
        &mut self,
        io: &mut Io<'_>,
        approvals: &[Approval],
        act: impl FnOnce(&mut Cluster, &mut dyn Link) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        self.with(io, |cluster, link| {
            cluster.approve(approvals, link)?;
            let done = act(cluster, link)?;
            cluster.clear_tokens(approvals, link);
            Ok(done)
        })
    }

    fn connect(&mut self, io: &mut Io<'_>) -> Result<(), Failure> {
        self.configure(io, None)?;
        if self.cluster.as_ref().is_some_and(Cluster::is_open) {
            return Ok(());
        }
        self.login = None;
        let Some((config, _)) = self.config.clone() else {
            return Err(texts::NO_CONTEXT.into());
        };
        let mut log = Vec::new();
        // Without a trust anchor, no certificate is trusted.
        let opened = match (
            read(io, &config.hsm_ca_file),
            identity::load(io, &config).map_err(Failure),
        ) {
            (Ok(anchors), Ok(identity)) => {
                let mut link = io.sys.link(&io.host.id);
                let identity = identity.as_ref();
                Cluster::connect_as(&config, &anchors, identity, &mut *link, &mut log).map_err(
                    |error| match error {
                        // Observed with an enforced mTLS policy.
                        ConnectError::ClientRefused => (texts::DISCONNECTED, texts::cause(&error)),
                        _ => (texts::NO_CONTEXT, texts::cause(&error)),
                    },
                )
            }
            (Err(Failure(text)), _) | (_, Err(Failure(text))) => Err((texts::NO_CONTEXT, text)),
        };
        let opened = opened.map_err(|(reply, cause)| {
            log.push(LogLine {
                at: io.sys.now(),
                level: "ERROR",
                module: "hsm1",
                message: format!("{}: {cause}", texts::NO_CONTEXT),
            });
            Failure(reply.into())
        });
        self.write_log(io, &log);
        self.cluster = Some(opened?);
        Ok(())
    }

    /// Logs in.
    pub(super) fn login(
        &mut self,
        io: &mut Io<'_>,
        username: &str,
        role: Role,
        password: Secret,
    ) -> Result<(), Failure> {
        self.notice_changes(io)?;
        let command = Command::Login {
            username: username.to_owned(),
            role,
            password,
        };
        self.with(io, |cluster, link| cluster.login(&command, link))?;
        self.login = Some((username.to_ascii_lowercase(), role));
        Ok(())
    }

    /// Reconnects before a login if the set of HSMs has changed since the last command.
    pub(super) fn notice_changes(&mut self, io: &mut Io<'_>) -> Result<(), Failure> {
        if self.login.is_none() && self.with(io, |cluster, link| Ok(cluster.has_changed(link)))? {
            self.close(io);
        }
        Ok(())
    }

    /// Logs in with a second factor.
    pub(super) fn login_with_factor(
        &mut self,
        io: &mut Io<'_>,
        who: &Subject,
        signed: &[Challenge],
    ) -> Result<(), Failure> {
        self.with(io, |cluster, link| {
            cluster.login_with_factor(who, signed, link)
        })?;
        self.login = Some((who.username.to_ascii_lowercase(), who.role));
        Ok(())
    }

    /// The logged-in user.
    pub(super) fn user(&self) -> Option<&(String, Role)> {
        self.login.as_ref()
    }

    /// Logs out.
    pub(super) fn logout(&mut self, io: &mut Io<'_>) -> Result<(), Failure> {
        self.with(io, Cluster::logout)?;
        self.login = None;
        Ok(())
    }

    /// Logs out of every cluster. The connections end with the process, so a failed logout changes
    /// nothing.
    pub(super) fn logout_all(&mut self, io: &mut Io<'_>) {
        let parked: Vec<String> = self.parked.keys().cloned().collect();
        if self.login.is_some() {
            let _ = self.logout(io);
        }
        for id in parked {
            self.choose(Some(&id));
            if self.login.is_some() {
                let _ = self.logout(io);
            }
        }
    }

    /// The role of the logged-in user.
    pub(super) fn role(&self) -> Option<Role> {
        self.login.as_ref().map(|(_, role)| *role)
    }

    /// Remembers the labels of keys for completion.
    pub(super) fn saw(&mut self, keys: &[ClusterKey]) {
        let labels = keys.iter().map(|key| key.info.attributes.label.clone());
        self.seen
            .labels
            .extend(labels.filter(|label| !label.is_empty()));
    }

    /// Closes the connections to all clusters.
    pub(super) fn close_all(&mut self, io: &mut Io<'_>) {
        self.close(io);
        for (_, parked) in std::mem::take(&mut self.parked) {
            if let Some(mut cluster) = parked.cluster {
                let mut link = io.sys.link(&io.host.id);
                cluster.close(&mut *link);
            }
        }
    }

    /// Closes the connections to the current cluster.
    pub(super) fn close(&mut self, io: &mut Io<'_>) {
        if let Some(mut cluster) = self.cluster.take() {
            let mut link = io.sys.link(&io.host.id);
            cluster.close(&mut *link);
        }
        self.login = None;
    }

    /// Writes log lines. Ignores a log that cannot be written.
    fn write_log(&self, io: &mut Io<'_>, lines: &[LogLine]) {
        if let Some((_, logging)) = &self.config {
            component::write_log(io, logging, lines);
        }
    }
}

/// Reads a text file.
pub(super) fn read(io: &Io<'_>, path: &str) -> Result<String, Failure> {
    match io.read_file(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(Failure(texts::file(path, error.text()))),
    }
}
