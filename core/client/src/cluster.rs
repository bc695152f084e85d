//! Connections to the HSMs of one cluster, and the operations on all of them, on those that hold a key,
//! or on one.
//!
//! Users and keys are written to every reachable HSM (client-side synchronisation, User Guide
//! "manage-key-sync"): a key is made on one HSM and copied to the others as a masked object. A key counts
//! as available if two HSMs hold it, unless the check is switched off.

mod policies;
mod quorum;
mod replicate;
mod users;

use std::collections::BTreeMap;
use std::net::IpAddr;

pub use self::policies::ClusterAnchor;
pub use self::quorum::{Challenge, ClusterToken, Registered, Subject};
use super::Link;
use super::config::ClusterConfig;
pub use super::connection::{ConnectError, LogLine};
use super::connection::{Member, OpenError, exchange, open};
use super::identity::ClientIdentity;
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Flag, KeyInfo, Term};
use hsmlab_proto::message::{Answer, Command, Fault, HsmInfo, Reply, UserInfo};
use hsmlab_proto::role::Role;
use hsmlab_sim::{SimDuration, SimTime};

/// The number of HSMs that must hold a key before it may be used.
pub const AVAILABLE_ON: usize = 2;

/// Retries of a command on a busy HSM, and the first delay; each further delay is twice as long (User
/// Guide, "troubleshoot-hsm-throttling": with back-off). Guess: AWS publishes neither number.
const BUSY_RETRIES: u32 = 5;
const BACK_OFF: SimDuration = SimDuration::from_ms(100);

/// An open cluster. A copy shares only the HSMs' view of the connections with the original.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The cluster's id, as its HSMs report it.
    pub id: String,
    /// Log lines, until someone takes them.
    pub log: Vec<LogLine>,
    members: Vec<Member>,
    /// The addresses of the cluster at the time of connecting.
    known: Vec<IpAddr>,
    check_availability: bool,
    retries: bool,
    turn: usize,
}

/// The reasons that a command fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// The HSM refused.
    Fault(Fault),
    /// No connection is left.
    Disconnected,
    /// The key is on too few HSMs.
    Unavailable(Option<Handle>),
    /// The command succeeded on some HSMs and failed on others.
    Partial {
        /// HSMs on which it failed.
        failed: usize,
        /// The number of HSMs.
        of: usize,
    },
    /// No key matches the filter.
    NoKey,
    /// More than one key matches the filter.
    ManyKeys(usize),
}

impl From<Fault> for ClientError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A user, merged from all HSMs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterUser {
    /// The name.
    pub username: String,
    /// The role; `None` if the HSMs differ.
    pub role: Option<Role>,
    /// True if locked; `None` if the HSMs differ.
    pub locked: Option<bool>,
    /// True if every HSM has the user.
    pub everywhere: bool,
    /// The registration of a second factor.
    pub mfa: Registered,
    /// The registration of a quorum key.
    pub quorum: Registered,
}

/// A key, merged from all HSMs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterKey {
    /// The key.
    pub info: KeyInfo,
    /// The HSMs that hold it.
    pub holders: Vec<IpAddr>,
    /// True if every HSM holds it.
    pub everywhere: bool,
}

impl Cluster {
    /// Connects to the first HSM of the configuration that answers, asks it for the others of its
    /// cluster, and connects to those.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn connect(
        config: &ClusterConfig,
        anchors: &str,
        link: &mut dyn Link,
        log: &mut Vec<LogLine>,
    ) -> Result<Self, ConnectError> {
        Self::connect_as(config, anchors, None, link, log)
    }

    /// The same, with a client certificate for the HSMs that ask for one.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub fn connect_as(
        config: &ClusterConfig,
        anchors: &str,
        identity: Option<&ClientIdentity>,
        link: &mut dyn Link,
        log: &mut Vec<LogLine>,
    ) -> Result<Self, ConnectError> {
        let mut failures = Vec::new();
        let mut cluster = Self {
            id: String::new(),
            log: Vec::new(),
            members: Vec::new(),
            known: Vec::new(),
            check_availability: !config.disable_key_availability_check,
            retries: config.retries,
            turn: 0,
        };
        for (address, port) in &config.servers {
            match open(*address, *port, anchors, identity, link, log) {
                Ok(member) => {
                    cluster.members.push(member);
                    break;
                }
                Err(OpenError::Link(error)) => failures.push((*address, error)),
                Err(OpenError::Connect(error)) => return Err(error),
            }
        }
        if cluster.members.is_empty() {
            return Err(ConnectError::Unreachable(failures));
        }
        let info = cluster.info_of_first(link).ok_or(ConnectError::Handshake)?;
        cluster.known.clone_from(&info.members);
        let failed: Vec<IpAddr> = failures.iter().map(|(address, _)| *address).collect();
        for address in info.members {
            let open_already = cluster
                .members
                .iter()
                .any(|member| member.address == address);
            // An address that just timed out is not tried again.
            if open_already || failed.contains(&address) {
                continue;
            }
            let port = super::config::PORT;
            if let Ok(member) = open(address, port, anchors, identity, link, log) {
                cluster.members.push(member);
            }
        }
        cluster.id = info.cluster_id;
        cluster.members.sort_by_key(|member| member.address);
        Ok(cluster)
    }

    fn info_of_first(&mut self, link: &mut dyn Link) -> Option<HsmInfo> {
        let address = self.members.first()?.address;
        match self.ask(address, &Command::Info, link) {
            Some(Ok(Reply::Info(info))) => Some(*info),
            _ => None,
        }
    }

    /// Returns its connections, for a client that keeps using them.
    pub(super) fn into_members(self) -> Vec<Member> {
        self.members
    }

    /// Closes all connections.
    pub fn close(&mut self, link: &mut dyn Link) {
        for member in self.members.drain(..) {
            link.close(member.connection);
        }
    }

    /// True if any connection is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.members.is_empty()
    }

    /// True if the cluster has other HSMs now than at the time of connecting: time to connect again.
    pub fn has_changed(&mut self, link: &mut dyn Link) -> bool {
        self.info_of_first(link)
            .is_none_or(|info| info.members != self.known)
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.members.iter().map(|member| member.address).collect()
    }

    /// Sends a command to one HSM; retries after a pause if it is busy; drops a broken connection.
    fn ask(&mut self, address: IpAddr, command: &Command, link: &mut dyn Link) -> Option<Answer> {
        let mut pause = BACK_OFF;
        for _ in 0..BUSY_RETRIES {
            match self.ask_once(address, command, link) {
                Some(Err(Fault::Busy)) if self.retries => link.sleep(pause),
                other => return other,
            }
            pause = pause + pause;
        }
        self.ask_once(address, command, link)
    }

    fn ask_once(
        &mut self,
        address: IpAddr,
        command: &Command,
        link: &mut dyn Link,
    ) -> Option<Answer> {
        let at = self
            .members
            .iter()
            .position(|member| member.address == address)?;
        let member = self.members.get_mut(at)?;
        match exchange(member, command, link) {
            Some(answer) => Some(answer),
            None => {
                let member = self.members.remove(at);
                link.close(member.connection);
                self.log.push(LogLine {
                    at: link.now(),
                    level: "WARN",
                    module: "hsm1::connection::connection_pool",
                    message: format!("Connection to HSM {address} was lost"),
                });
                None
            }
        }
    }

    /// Sends a command to every HSM; returns the answers that arrived.
    fn ask_all(&mut self, command: &Command, link: &mut dyn Link) -> Vec<(IpAddr, Answer)> {
        self.addresses()
            .into_iter()
            .filter_map(|address| {
                self.ask(address, command, link)
                    .map(|answer| (address, answer))
            })
            .collect()
    }

    /// Does something on every HSM that must have the same effect on all. If the first HSM refuses, the
    /// others are not asked.
    fn everywhere(
        &mut self,
        holders: &[IpAddr],
        command: &Command,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let (mut done, mut failed) = (0, 0);
        for address in holders {
            match self.ask(*address, command, link) {
                Some(Ok(_)) => done += 1,
                Some(Err(fault)) if done == 0 && failed == 0 => return Err(fault.into()),
                Some(Err(_)) => failed += 1,
                None => {}
            }
        }
        match (done, failed) {
            (0, _) => Err(ClientError::Disconnected),
            (_, 0) => Ok(()),
            (_, failed) => Err(ClientError::Partial {
                failed,
                of: done + failed,
            }),
        }
    }

    /// Returns what each HSM reports about itself.
    ///
    /// # Errors
    /// No connection is left.
    pub fn info(&mut self, link: &mut dyn Link) -> Result<Vec<HsmInfo>, ClientError> {
        let infos: Vec<HsmInfo> = self
            .ask_all(&Command::Info, link)
            .into_iter()
            .filter_map(|(_, answer)| match answer {
                Ok(Reply::Info(info)) => Some(*info),
                _ => None,
            })
            .collect();
        if infos.is_empty() {
            Err(ClientError::Disconnected)
        } else {
            Ok(infos)
        }
    }

    /// Returns the users of all HSMs, by name.
    ///
    /// # Errors
    /// No connection is left.
    pub fn users(&mut self, link: &mut dyn Link) -> Result<Vec<ClusterUser>, ClientError> {
        let mut seen: BTreeMap<String, Vec<UserInfo>> = BTreeMap::new();
        let answers = self.ask_all(&Command::ListUsers, link);
        let of = answers.len();
        for (_, answer) in answers {
            if let Reply::Users(users) = answer? {
                for user in users {
                    seen.entry(user.username.clone()).or_default().push(user);
                }
            }
        }
        if of == 0 {
            return Err(ClientError::Disconnected);
        }
        Ok(seen
            .into_iter()
            .map(|(username, users)| ClusterUser {
                username,
                role: same(users.iter().map(|user| user.role)),
                locked: same(users.iter().map(|user| user.locked)),
                everywhere: users.len() == of,
                mfa: Registered::of(users.iter().map(|user| user.mfa.as_ref())),
                quorum: Registered::of(users.iter().map(|user| user.quorum.as_ref())),
            })
            .collect())
    }

    /// Returns the keys that match all terms, by handle.
    ///
    /// # Errors
    /// Nobody is logged in, or no connection is left.
    pub fn find(
        &mut self,
        terms: &[Term],
        link: &mut dyn Link,
    ) -> Result<Vec<ClusterKey>, ClientError> {
        let mut found: BTreeMap<Handle, ClusterKey> = BTreeMap::new();
        // An HSM that does not know the user holds none of the user's keys.
        let all = self.logged_in_or_all();
        for address in &all {
            let mut after = 0;
            loop {
                let command = Command::FindKeys {
                    terms: terms.to_vec(),
                    after,
                };
                let Some(answer) = self.ask(*address, &command, link) else {
                    break;
                };
                let Reply::Keys { keys, more } = answer? else {
                    break;
                };
                for info in keys {
                    after = info.handle;
                    let key = found.entry(info.handle).or_insert_with(|| ClusterKey {
                        info,
                        holders: Vec::new(),
                        everywhere: false,
                    });
                    key.holders.push(*address);
                }
                if !more {
                    break;
                }
            }
        }
        if self.members.is_empty() {
            return Err(ClientError::Disconnected);
        }
        let of = self.members.len();
        Ok(found
            .into_values()
            .map(|key| ClusterKey {
                everywhere: key.holders.len() >= of,
                ..key
            })
            .collect())
    }

    /// Returns the only key that matches all terms.
    ///
    /// # Errors
    /// No key matches, or several do.
    pub fn find_one(
        &mut self,
        terms: &[Term],
        link: &mut dyn Link,
    ) -> Result<ClusterKey, ClientError> {
        let mut keys = self.find(terms, link)?;
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => Ok(key),
            (0, _) | (_, None) => Err(ClientError::NoKey),
            (many, _) => Err(ClientError::ManyKeys(many)),
        }
    }

    /// Checks that a key is on enough HSMs to be used.
    ///
    /// # Errors
    /// [`ClientError::Unavailable`].
    pub fn check_available(&mut self, key: &ClusterKey, now: SimTime) -> Result<(), ClientError> {
        let token = key.info.attributes.flags.has(Flag::Token);
        if !token || !self.check_availability || key.holders.len() >= AVAILABLE_ON {
            return Ok(());
        }
        self.log_unavailable(Some(key.info.handle), now);
        Err(ClientError::Unavailable(Some(key.info.handle)))
    }

    fn log_unavailable(&mut self, handle: Option<Handle>, at: SimTime) {
        let key = handle.map_or_else(|| "<key handle>".to_owned(), |handle| handle.to_string());
        self.log.push(LogLine {
            at,
            level: "ERROR",
            module: "hsm1::session",
            message: format!(
                "Key {key} does not meet the availability requirements - The key must be available \
                 on at least 2 HSMs before being used."
            ),
        });
    }

    /// Changes a key on every HSM that holds it.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn change_key(
        &mut self,
        key: &ClusterKey,
        command: &Command,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        self.everywhere(&key.holders, command, link)
    }

    /// Uses a key on one of the HSMs that hold all of `keys`, round robin; tries the next one if a
    /// connection breaks, unless retries are off.
    ///
    /// # Errors
    /// The refusal, or that the key is on too few HSMs.
    pub fn use_keys(
        &mut self,
        keys: &[&ClusterKey],
        command: &Command,
        link: &mut dyn Link,
    ) -> Result<Reply, ClientError> {
        for key in keys {
            self.check_available(key, link.now())?;
        }
        let mut holders: Vec<IpAddr> = self.addresses();
        holders.retain(|address| keys.iter().all(|key| key.holders.contains(address)));
        if !holders.is_empty() {
            let turn = self.turn % holders.len();
            holders.rotate_left(turn);
            self.turn = self.turn.wrapping_add(1);
        }
        for address in holders {
            match self.ask(address, command, link) {
                Some(answer) => return Ok(answer?),
                None if self.retries => {}
                None => break,
            }
        }
        Err(ClientError::Disconnected)
    }

    /// Makes, imports or unwraps keys on one HSM and then copies token keys to the others. With `from`
    /// it chooses an HSM that holds that key.
    ///
    /// # Errors
    /// The refusal; for token keys, too few HSMs.
    pub fn make_keys(
        &mut self,
        from: Option<&ClusterKey>,
        command: &Command,
        session: bool,
        link: &mut dyn Link,
    ) -> Result<Vec<ClusterKey>, ClientError> {
        if let Some(key) = from {
            self.check_available(key, link.now())?;
        }
        let able: Vec<IpAddr> = self
            .members
            .iter()
            .filter(|member| member.logged_in)
            .map(|member| member.address)
            .collect();
        if !able.is_empty() && !session && self.check_availability && able.len() < AVAILABLE_ON {
            self.log_unavailable(None, link.now());
            return Err(ClientError::Unavailable(None));
        }
        let candidates: Vec<IpAddr> = match from {
            Some(key) => key.holders.clone(),
            None if able.is_empty() => self.addresses(),
            None => able,
        };
        for address in candidates {
            let infos = match self.ask(address, command, link) {
                None if self.retries => continue,
                None => break,
                Some(Err(fault)) => return Err(fault.into()),
                Some(Ok(Reply::Key(info))) => vec![*info],
                Some(Ok(Reply::Pair(pair))) => vec![pair.0, pair.1],
                Some(Ok(_)) => return Err(Fault::Malformed.into()),
            };
            return Ok(infos
                .into_iter()
                .map(|info| self.spread(info, address, session, link))
                .collect());
        }
        Err(ClientError::Disconnected)
    }

    /// Copies a key that `at` holds to the other HSMs.
    fn spread(
        &mut self,
        info: KeyInfo,
        at: IpAddr,
        session: bool,
        link: &mut dyn Link,
    ) -> ClusterKey {
        let mut holders = vec![at];
        let others: Vec<IpAddr> = self
            .addresses()
            .into_iter()
            .filter(|address| *address != at)
            .collect();
        if !session && !others.is_empty() {
            let extract = Command::ExtractMasked {
                handle: info.handle,
            };
            if let Some(Ok(Reply::Bytes(masked))) = self.ask(at, &extract, link) {
                let insert = Command::InsertMasked { masked };
                for address in others {
                    if let Some(Ok(_)) = self.ask(address, &insert, link) {
                        holders.push(address);
                    }
                }
            }
        }
        let everywhere = session || holders.len() >= self.members.len();
        ClusterKey {
            info,
            holders,
            everywhere,
        }
    }
}

/// Returns the common value of all, if they agree.
fn same<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}
