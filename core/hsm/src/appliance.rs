//! One appliance: its state, its connections and its handling of commands.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::audit::{AuditLog, Details, Opcode, Response};
use super::capacity::{self, Queue};
use super::factor::Second;
use super::identity::ClusterIdentity;
use super::keys::{Caller, Keys};
use super::policies::Policies;
use super::quorum::settings::Settings;
use super::quorum::tokens::Tokens;
use super::table;
use super::users::{Users, fold};
use super::{ApplianceSpec, Served, Work, limits};
use hsmlab_proto::Secret;
use hsmlab_proto::channel::{self, Alert, Channel, ChannelError, ClientProof};
use hsmlab_proto::message::{Answer, Command, Fault, HsmInfo, Reply};
use hsmlab_proto::role::Role;
use hsmlab_sim::{Rng, SharedMap, SimTime};

/// The content of a backup: everything except the connections and what ends with them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) hsm_type: String,
    pub(super) fips: bool,
    pub(super) users: Users,
    pub(super) keys: Keys,
    pub(super) identity: ClusterIdentity,
    /// The cluster certificate, DER, once the cluster is initialized.
    pub(super) certificate: Option<Vec<u8>>,
    /// The trust anchor of the customer's certificates, PEM, as given at initialization.
    #[serde(default)]
    pub(super) trust_anchor: Option<String>,
    /// The key that masks keys exchanged between the HSMs of a cluster.
    pub(super) masking_key: Secret,
    /// Quorum values and timeouts.
    #[serde(default, skip_serializing_if = "Settings::is_default")]
    pub(super) quorum: Settings,
    /// The rules for accepting client certificates.
    #[serde(default, skip_serializing_if = "Policies::is_empty")]
    pub(super) policies: Policies,
}

/// An appliance.
#[derive(Clone, Debug)]
pub(super) struct Appliance {
    pub(super) spec: ApplianceSpec,
    pub(super) serial_number: String,
    pub(super) state: State,
    pub(super) address: Option<IpAddr>,
    pub(super) rng: Rng,
    pub(super) audit: AuditLog,
    /// The time of the message being answered.
    pub(super) now: SimTime,
    /// Quorum tokens: they end with their connections.
    pub(super) tokens: Tokens,
    /// The challenge that a second factor must sign, by connection.
    pub(super) challenges: BTreeMap<u64, [u8; 32]>,
    connections: SharedMap<u64, Connection>,
    queue: Queue,
    /// True from the moment the first administrator's password is set until the service has noticed.
    pub(super) newly_activated: bool,
}

#[derive(Clone, Debug)]
struct Connection {
    channel: Channel,
    login: Option<Caller>,
    /// The challenge that the client's proof must sign, until the proof arrives.
    proof_of: Option<[u8; 32]>,
    /// The trust anchor of the certificate that the client presented.
    anchor: Option<u32>,
}

impl Appliance {
    pub(super) fn new(
        spec: ApplianceSpec,
        serial_number: String,
        state: State,
        rng: Rng,
        audit: AuditLog,
    ) -> Self {
        Self {
            spec,
            serial_number,
            state,
            address: None,
            rng,
            audit,
            now: SimTime::default(),
            tokens: Tokens::default(),
            challenges: BTreeMap::new(),
            connections: SharedMap::default(),
            queue: Queue::default(),
            newly_activated: false,
        }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn knows(&self, connection: u64) -> bool {
        self.connections.contains_key(&connection)
    }

    /// Answers the next message of a connection. `members` are the addresses of the cluster's HSMs.
    /// If `at_us` is `None`, the command takes no time.
    pub(super) fn receive(
        &mut self,
        connection: u64,
        message: &[u8],
        members: &[IpAddr],
        at_us: Option<u64>,
    ) -> Served {
        let answered = if self.connections.contains_key(&connection) {
            self.record(connection, message, members, at_us)
        } else if channel::is_client_hello(message) {
            self.greet(connection, message).map(|bytes| Served {
                bytes,
                work: Work::Channel,
                micros: capacity::CHANNEL_US,
            })
        } else {
            Err(Alert::Malformed)
        };
        answered.unwrap_or_else(|alert| {
            self.disconnect(connection);
            Served {
                bytes: alert.to_bytes(),
                work: Work::Channel,
                micros: 0,
            }
        })
    }

    /// Forgets a connection, its login and its session keys.
    pub(super) fn disconnect(&mut self, connection: u64) {
        let closed = self.connections.remove(&connection);
        self.challenges.remove(&connection);
        self.tokens.end_session(connection);
        self.state.keys.end_session(connection);
        if let Some(caller) = closed.and_then(|open| open.login) {
            let user = Details::User(caller.username, caller.role);
            let opcode = Opcode::AppFinalize;
            self.audit.note(connection, opcode, Response::SUCCESS, user);
        }
        self.audit.end_session(connection);
    }

    /// Returns the user who is logged in on a connection.
    pub(super) fn who(&self, connection: u64) -> Option<(String, Role)> {
        let caller = self.connections.get(&connection)?.login.as_ref()?;
        Some((caller.username.clone(), caller.role))
    }

    fn greet(&mut self, connection: u64, hello: &[u8]) -> Result<Vec<u8>, Alert> {
        let certificate = self
            .state
            .certificate
            .as_ref()
            .ok_or(Alert::NotInitialized)?;
        if self.connections.len() >= limits::CONNECTIONS_MAX {
            return Err(Alert::Busy);
        }
        let identity = &self.state.identity;
        let wants_proof = self.state.policies.wants_proof();
        let sign = |rng: &mut Rng, bytes: &[u8]| identity.sign(rng, bytes);
        let (answer, opened) =
            channel::accept(hello, certificate, wants_proof, &mut self.rng, sign)
                .map_err(|_| Alert::Malformed)?;
        self.connections.insert(
            connection,
            Connection {
                channel: opened.channel,
                login: None,
                proof_of: wants_proof.then_some(opened.transcript),
                anchor: None,
            },
        );
        Ok(answer)
    }

    /// Accepts a client's certificate, or its statement that it has none.
    fn prove(&mut self, connection: u64, record: &[u8]) -> Result<Vec<u8>, Alert> {
        let open = self.connections.get_mut(&connection);
        let open = open.ok_or(Alert::Malformed)?;
        let message = open.channel.open_proof(record).map_err(alert_of)?;
        let proof = ClientProof::parse(&message).ok_or(Alert::Malformed)?;
        let transcript = open.proof_of.take().ok_or(Alert::Malformed)?;
        open.anchor = self.state.policies.judge(&proof, &transcript, self.now)?;
        open.channel.seal(&[]).map_err(|_| Alert::Malformed)
    }

    /// Closes the connections that the policies no longer allow.
    fn drop_unwelcome(&mut self) {
        let policies = &self.state.policies;
        let gone: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, open)| !policies.welcomes(open.anchor))
            .map(|(connection, _)| *connection)
            .collect();
        for connection in gone {
            self.disconnect(connection);
        }
    }

    fn record(
        &mut self,
        connection: u64,
        record: &[u8],
        members: &[IpAddr],
        at_us: Option<u64>,
    ) -> Result<Served, Alert> {
        let open = self
            .connections
            .get_mut(&connection)
            .ok_or(Alert::Malformed)?;
        if open.proof_of.is_some() {
            return self.prove(connection, record).map(|bytes| Served {
                bytes,
                work: Work::Channel,
                micros: 0,
            });
        }
        let message = open.channel.open(record).map_err(alert_of)?;
        let (answer, work, micros): (Answer, Work, u64) = match serde_json::from_slice(&message) {
            Ok(command) => match self.take_in(&command, at_us) {
                Some(micros) => (
                    self.run_noted(connection, command, members),
                    Work::Command,
                    micros,
                ),
                None => (Err(Fault::Busy), Work::Busy, 0),
            },
            Err(_) => (Err(Fault::Malformed), Work::Command, 0),
        };
        let bytes =
            zeroize::Zeroizing::new(serde_json::to_vec(&answer).map_err(|_| Alert::Malformed)?);
        let open = self
            .connections
            .get_mut(&connection)
            .ok_or(Alert::Malformed)?;
        let bytes = open.channel.seal(&bytes).map_err(|_| Alert::Malformed)?;
        if matches!(answer, Ok(Reply::Policy(_))) {
            self.drop_unwelcome();
        }
        Ok(Served {
            bytes,
            work,
            micros,
        })
    }

    /// Enqueues a command that arrives at this time. Returns its latency, or `None` if the queue is full.
    fn take_in(&mut self, command: &Command, at_us: Option<u64>) -> Option<u64> {
        let Some(at_us) = at_us else {
            return Some(0);
        };
        let cost = table::of(command).cost;
        let work = capacity::work_us(self.spec.is_hsm1(), cost, &self.state.keys);
        self.queue.take_in(at_us, work)
    }

    pub(super) fn login(&self, connection: u64) -> Result<Caller, Fault> {
        let open = self
            .connections
            .get(&connection)
            .ok_or(Fault::NotLoggedIn)?;
        open.login.clone().ok_or(Fault::NotLoggedIn)
    }

    /// Executes a command if it has its approvals; each approval is used once.
    pub(super) fn run(&mut self, connection: u64, command: Command, members: &[IpAddr]) -> Answer {
        let approved = self.approved(connection, &command)?;
        let answer = self.carry_out(connection, command, members);
        if answer.is_ok() {
            self.tokens.spend(&approved);
        }
        answer
    }

    fn carry_out(&mut self, connection: u64, command: Command, members: &[IpAddr]) -> Answer {
        use Command as C;
        let caller = self.login(connection);
        table::of(&command).access.check(&caller)?;
        match command {
            C::Info => Ok(Reply::Info(Box::new(self.info(members)))),
            C::Login {
                username,
                role,
                password,
            } => self.log_in(connection, &username, role, &password, None),
            C::Logout => Ok(self.log_out(connection)),
            C::Activate { password } => self.activate(&password),
            C::ListUsers => Ok(Reply::Users(self.state.users.list())),
            C::CreateUser {
                username,
                role,
                password,
            } => self.create_user(&username, role, &password),
            C::DeleteUser { username, role } => self.delete_user(&username, role),
            C::ChangePassword {
                username,
                role,
                password,
            } => self.change_password(connection, &username, role, &password),
            C::GenerateSymmetric {
                key_type,
                length_bytes,
                template,
            } => self.generate_symmetric(&caller?, key_type, length_bytes, &template),
            C::GeneratePair {
                kind,
                public,
                private,
            } => self.generate_pair(&caller?, &kind, &public, &private),
            C::FindKeys { terms, after } => Ok(self.find_keys(&caller?, &terms, after)),
            C::DeleteKey { handle } => self.delete_key(&caller?, handle),
            C::SetAttribute { handle, change } => self.set_attribute(&caller?, handle, change),
            C::Share { handle, username } => self.share(&caller?, handle, &username, true),
            C::Unshare { handle, username } => self.share(&caller?, handle, &username, false),
            C::ImportPublic { spki, template } => self.import_public(&caller?, &spki, &template),
            C::Sign {
                handle,
                mechanism,
                digest,
            } => self.sign(&caller?, handle, mechanism, &digest),
            C::Verify {
                handle,
                mechanism,
                digest,
                signature,
            } => self.verify(&caller?, handle, mechanism, (&digest, &signature)),
            C::Wrap {
                payload,
                wrapping,
                mechanism,
            } => self.wrap(&caller?, payload, wrapping, &mechanism),
            C::Unwrap {
                wrapping,
                mechanism,
                wrapped,
                kind,
                template,
            } => self.unwrap(&caller?, wrapping, (&mechanism, &wrapped), kind, template),
            C::ExtractMasked { handle } => self.extract_masked(&caller?, handle),
            C::InsertMasked { masked } => self.insert_masked(&caller?, &masked),
            C::Cipher(command) => self.run_cipher(&caller?, command),
            C::Pure(command) => self.run_pure(&caller?, command),
            C::Replicate(command) => self.run_replicate(&caller?, command),
            C::Mfa(command) => self.run_mfa(connection, command),
            C::Quorum(command) => self.run_quorum(connection, command),
            C::Policy(command) => self.run_policy(&caller, self.has_anchor(connection), command),
            C::Sdk3(command) => self.run_sdk3(caller.ok().as_ref(), command),
        }
    }

    /// True if a connection was opened with a client certificate.
    fn has_anchor(&self, connection: u64) -> bool {
        let open = self.connections.get(&connection);
        open.is_some_and(|open| open.anchor.is_some())
    }

    fn log_out(&mut self, connection: u64) -> Reply {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.login = None;
        }
        self.tokens.end_session(connection);
        self.state.keys.end_session(connection);
        Reply::Done
    }

    fn activate(&mut self, password: &Secret) -> Answer {
        self.state.users.activate(password, &mut self.rng)?;
        self.newly_activated = true;
        // A user with the factory's password is the first administrator from now on.
        let open: Vec<u64> = self.connections.keys().copied().collect();
        for connection in open {
            let open = self.connections.get_mut(&connection);
            if let Some(caller) = open.and_then(|open| open.login.as_mut())
                && caller.role == Role::UnactivatedAdmin
            {
                caller.role = Role::Admin;
            }
        }
        Ok(Reply::Done)
    }

    fn create_user(&mut self, username: &str, role: Role, password: &Secret) -> Answer {
        self.state.users.check_room(self.spec.is_hsm1())?;
        self.state
            .users
            .create(username, role, password, &mut self.rng)?;
        Ok(Reply::Done)
    }

    pub(super) fn log_in(
        &mut self,
        connection: u64,
        username: &str,
        role: Role,
        password: &Secret,
        second: Option<&Second>,
    ) -> Answer {
        if self.login(connection).is_ok() {
            return Err(Fault::AlreadyLoggedIn);
        }
        let username = self.state.users.login(username, role, password)?;
        self.state.users.check_second(&username, second)?;
        if let Some(open) = self.connections.get_mut(&connection) {
            open.login = Some(Caller {
                username,
                role,
                connection,
            });
        }
        Ok(Reply::Done)
    }

    /// True if a user is logged in on a connection other than `besides`.
    fn is_logged_in(&self, username: &str, besides: Option<u64>) -> bool {
        self.connections.iter().any(|(connection, open)| {
            Some(*connection) != besides
                && open
                    .login
                    .as_ref()
                    .is_some_and(|caller| caller.username == username)
        })
    }

    fn delete_user(&mut self, username: &str, role: Role) -> Answer {
        let name = self.state.users.find(username, role)?;
        if self.is_logged_in(&name, None) {
            return Err(Fault::UserLoggedIn);
        }
        if self.state.keys.owns_any(&name) {
            return Err(Fault::UserOwnsKeys);
        }
        self.state.users.delete(&name)?;
        self.state.keys.forget_sharer(&name);
        Ok(Reply::Done)
    }

    /// Changes a password. An administrator may change anyone's, another user only their own. It is
    /// refused if the user is logged in; the caller's own login does not count.
    pub(super) fn change_password(
        &mut self,
        connection: u64,
        username: &str,
        role: Role,
        password: &Secret,
    ) -> Answer {
        let caller = self.login(connection)?;
        if caller.role != Role::Admin && caller.username != fold(username) {
            return Err(Fault::WrongRole(Role::Admin));
        }
        let name = self.state.users.find(username, role)?;
        if self.is_logged_in(&name, Some(connection)) {
            return Err(Fault::UserLoggedIn);
        }
        self.state
            .users
            .change_password(&name, password, &mut self.rng)?;
        Ok(Reply::Done)
    }

    fn info(&self, members: &[IpAddr]) -> HsmInfo {
        let model = super::identity::model(&self.spec.hsm_type);
        HsmInfo {
            cluster_id: self.spec.cluster_id.clone(),
            members: members.to_vec(),
            vendor: model.vendor.into(),
            model: model.model.into(),
            serial_number: self.serial_number.clone(),
            hardware_version: (model.hardware.0.into(), model.hardware.1.into()),
            firmware_version: (
                model.firmware.0.into(),
                model.firmware.1.into(),
                model.firmware.2.into(),
            ),
            firmware_id: model.firmware_id.into(),
            fips: self.spec.fips,
            activated: self.state.users.activated(),
        }
    }
}

fn alert_of(error: ChannelError) -> Alert {
    match error {
        ChannelError::BadRecord => Alert::BadRecord,
        _ => Alert::Malformed,
    }
}
