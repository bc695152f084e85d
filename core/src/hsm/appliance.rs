//! One appliance: its state, its connections, and what it does with a command.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use rand_core::Rng as _;
use serde::{Deserialize, Serialize};

use super::identity::ClusterIdentity;
use super::keys::{Caller, Key, Keys, Origin};
use super::users::{Users, fold};
use super::{ApplianceSpec, limits, masking, material, wrap};
use crate::proto::Secret;
use crate::proto::channel::{self, Alert, Channel, ChannelError};
use crate::proto::key::{Class, Flag, Handle, KeyType, Template};
use crate::proto::message::{
    Answer, Command, Fault, HsmInfo, PairKind, Reply, Role, UnwrapKind,
};
use crate::sim::Rng;

/// What a backup holds: everything but the connections and what ends with them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) hsm_type: String,
    pub(super) fips: bool,
    pub(super) users: Users,
    pub(super) keys: Keys,
    pub(super) identity: ClusterIdentity,
    /// The cluster certificate, DER, once the cluster is initialized.
    pub(super) certificate: Option<Vec<u8>>,
    /// The key under which the HSMs of a cluster pass keys to one another.
    pub(super) masking_key: Secret,
}

/// An appliance.
#[derive(Clone, Debug)]
pub(super) struct Appliance {
    pub(super) spec: ApplianceSpec,
    pub(super) serial_number: String,
    pub(super) state: State,
    pub(super) address: Option<IpAddr>,
    pub(super) rng: Rng,
    connections: BTreeMap<u64, Connection>,
    /// Set when the first administrator's password was set, until the service has taken note.
    pub(super) newly_activated: bool,
}

#[derive(Clone, Debug)]
struct Connection {
    channel: Channel,
    login: Option<Caller>,
}

impl Appliance {
    pub(super) fn new(spec: ApplianceSpec, serial_number: String, state: State, rng: Rng) -> Self {
        Self {
            spec,
            serial_number,
            state,
            address: None,
            rng,
            connections: BTreeMap::new(),
            newly_activated: false,
        }
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Answers the next message of a connection. `members` are the addresses of the cluster's HSMs.
    pub(super) fn receive(&mut self, connection: u64, message: &[u8], members: &[IpAddr]) -> Vec<u8> {
        let answered = if self.connections.contains_key(&connection) {
            self.record(connection, message, members)
        } else if channel::is_client_hello(message) {
            self.greet(connection, message)
        } else {
            Err(Alert::Malformed)
        };
        answered.unwrap_or_else(|alert| {
            self.disconnect(connection);
            alert.to_bytes()
        })
    }

    /// Forgets a connection, its login and its session keys.
    pub(super) fn disconnect(&mut self, connection: u64) {
        self.connections.remove(&connection);
        self.state.keys.end_session(connection);
    }

    fn greet(&mut self, connection: u64, hello: &[u8]) -> Result<Vec<u8>, Alert> {
        let certificate = self.state.certificate.as_ref().ok_or(Alert::NotInitialized)?;
        if self.connections.len() >= limits::CONNECTIONS_MAX {
            return Err(Alert::Busy);
        }
        let identity = &self.state.identity;
        let (answer, channel) =
            channel::accept(hello, certificate, &mut self.rng, |rng, bytes| identity.sign(rng, bytes))
                .map_err(|_| Alert::Malformed)?;
        self.connections.insert(connection, Connection { channel, login: None });
        Ok(answer)
    }

    fn record(
        &mut self,
        connection: u64,
        record: &[u8],
        members: &[IpAddr],
    ) -> Result<Vec<u8>, Alert> {
        let open = self.connections.get_mut(&connection).ok_or(Alert::Malformed)?;
        let message = open.channel.open(record).map_err(|error| match error {
            ChannelError::BadRecord => Alert::BadRecord,
            _ => Alert::Malformed,
        })?;
        let answer: Answer = match serde_json::from_slice(&message) {
            Ok(command) => self.run(connection, command, members),
            Err(_) => Err(Fault::Malformed),
        };
        let bytes = zeroize::Zeroizing::new(
            serde_json::to_vec(&answer).map_err(|_| Alert::Malformed)?,
        );
        let open = self.connections.get_mut(&connection).ok_or(Alert::Malformed)?;
        open.channel.seal(&bytes).map_err(|_| Alert::Malformed)
    }

    fn login(&self, connection: u64) -> Result<Caller, Fault> {
        let open = self.connections.get(&connection).ok_or(Fault::NotLoggedIn)?;
        open.login.clone().ok_or(Fault::NotLoggedIn)
    }

    fn logged_in_as(&self, connection: u64, role: Role) -> Result<Caller, Fault> {
        let caller = self.login(connection)?;
        if caller.role == role { Ok(caller) } else { Err(Fault::WrongRole(role)) }
    }

    fn run(&mut self, connection: u64, command: Command, members: &[IpAddr]) -> Answer {
        match command {
            Command::Info => Ok(Reply::Info(Box::new(self.info(members)))),
            Command::Login { username, role, password } => {
                self.log_in(connection, &username, role, &password)
            }
            Command::Logout => {
                self.login(connection)?;
                if let Some(open) = self.connections.get_mut(&connection) {
                    open.login = None;
                }
                self.state.keys.end_session(connection);
                Ok(Reply::Done)
            }
            Command::Activate { password } => {
                self.state.users.activate(&password, &mut self.rng)?;
                self.newly_activated = true;
                Ok(Reply::Done)
            }
            Command::ListUsers => Ok(Reply::Users(self.state.users.list())),
            Command::CreateUser { username, role, password } => {
                self.logged_in_as(connection, Role::Admin)?;
                self.state.users.create(&username, role, &password, &mut self.rng)?;
                Ok(Reply::Done)
            }
            Command::DeleteUser { username, role } => self.delete_user(connection, &username, role),
            Command::ChangePassword { username, role, password } => {
                self.change_password(connection, &username, role, &password)
            }
            command => {
                let caller = self.login(connection)?;
                self.run_key(&caller, command)
            }
        }
    }

    fn log_in(
        &mut self,
        connection: u64,
        username: &str,
        role: Role,
        password: &Secret,
    ) -> Answer {
        if self.login(connection).is_ok() {
            return Err(Fault::AlreadyLoggedIn);
        }
        let username = self.state.users.login(username, role, password)?;
        if let Some(open) = self.connections.get_mut(&connection) {
            open.login = Some(Caller { username, role, connection });
        }
        Ok(Reply::Done)
    }

    /// Whether a user is logged in on a connection other than `besides`.
    fn is_logged_in(&self, username: &str, besides: Option<u64>) -> bool {
        self.connections.iter().any(|(connection, open)| {
            Some(*connection) != besides
                && open.login.as_ref().is_some_and(|caller| caller.username == username)
        })
    }

    fn delete_user(&mut self, connection: u64, username: &str, role: Role) -> Answer {
        self.logged_in_as(connection, Role::Admin)?;
        let name = self.state.users.find(username, role)?;
        if self.is_logged_in(&name, None) {
            return Err(Fault::UserLoggedIn);
        }
        if self.state.keys.owns_any(&name) {
            return Err(Fault::UserOwnsKeys);
        }
        self.state.users.delete(&name)?;
        Ok(Reply::Done)
    }

    /// An administrator may change anyone's password, another user their own. It is refused for a user
    /// who is logged in; one's own login does not count.
    fn change_password(
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
        self.state.users.change_password(&name, password, &mut self.rng)?;
        Ok(Reply::Done)
    }

    fn run_key(&mut self, caller: &Caller, command: Command) -> Answer {
        let keys = &mut self.state.keys;
        match command {
            Command::FindKeys { terms, after } => {
                let (keys, more) = keys.find(&terms, after, caller);
                return Ok(Reply::Keys { keys, more });
            }
            Command::SetAttribute { handle, change } => {
                keys.set_attribute(handle, change, caller)?;
                return Ok(Reply::Done);
            }
            Command::ExtractMasked { handle } => {
                let key = keys.get(handle, caller)?;
                if key.session.is_some() {
                    return Err(Fault::NoSuchKey);
                }
                let sealed = masking::mask(&self.state.masking_key, handle, key, &mut self.rng);
                return sealed.map(Reply::Bytes).ok_or(Fault::Malformed);
            }
            Command::InsertMasked { masked } => {
                let (handle, key) = masking::unmask(&self.state.masking_key, &masked)
                    .ok_or(Fault::UnwrapFailed)?;
                keys.check_room(self.spec.is_hsm1(), 1, 0)?;
                keys.insert_copy(handle, key)?;
                return Ok(Reply::Done);
            }
            _ => {}
        }
        if caller.role != Role::CryptoUser {
            return Err(Fault::WrongRole(Role::CryptoUser));
        }
        match command {
            Command::GenerateSymmetric { key_type, length_bytes, template } => {
                self.generate_symmetric(caller, key_type, length_bytes, &template)
            }
            Command::GeneratePair { kind, public, private } => {
                self.generate_pair(caller, &kind, &public, &private)
            }
            Command::DeleteKey { handle } => {
                keys.delete(handle, caller)?;
                Ok(Reply::Done)
            }
            Command::Share { handle, username } => self.share(caller, handle, &username, true),
            Command::Unshare { handle, username } => self.share(caller, handle, &username, false),
            Command::ImportPublic { spki, template } => {
                let public = material::public_from_spki(&spki)?;
                let key_type = key_type_of(&public);
                let parts = (material::Material::Public, Some(public));
                self.add(caller, key_type, Class::PublicKey, parts, &template, Origin::Imported)
            }
            Command::Sign { handle, mechanism, digest } => {
                let key = keys.get(handle, caller)?;
                key.needs(Flag::Sign)?;
                key.material.sign(mechanism, &digest, &mut self.rng).map(Reply::Bytes)
            }
            Command::Verify { handle, mechanism, digest, signature } => {
                let key = keys.get(handle, caller)?;
                key.needs(Flag::Verify)?;
                material::verify(key.public()?, mechanism, &digest, &signature)?;
                Ok(Reply::Done)
            }
            Command::Wrap { payload, wrapping, mechanism } => {
                self.wrap(caller, payload, wrapping, &mechanism)
            }
            Command::Unwrap { wrapping, mechanism, wrapped, kind, template } => {
                let key = keys.get(wrapping, caller)?;
                key.needs(Flag::Unwrap)?;
                let fips = self.spec.fips;
                let value =
                    wrap::unwrap(&key.material, &mechanism, &wrapped, fips, &mut self.rng)?;
                self.add_unwrapped(caller, &value, kind, &template)
            }
            _ => Err(Fault::Malformed),
        }
    }

    fn generate_symmetric(
        &mut self,
        caller: &Caller,
        key_type: KeyType,
        length_bytes: u32,
        template: &Template,
    ) -> Answer {
        match (key_type, length_bytes) {
            (KeyType::Aes, 16 | 24 | 32) => {}
            (KeyType::GenericSecret, 1..=limits::GENERIC_SECRET_BYTES_MAX) => {}
            _ => return Err(Fault::BadKeyLength),
        }
        let mut bytes = zeroize::Zeroizing::new(vec![0; length_bytes as usize]);
        self.rng.fill_bytes(&mut bytes);
        let parts = (material::Material::Symmetric(Secret::new(bytes.as_slice())), None);
        self.add(caller, key_type, Class::SecretKey, parts, template, Origin::Generated)
    }

    fn generate_pair(
        &mut self,
        caller: &Caller,
        kind: &PairKind,
        public: &Template,
        private: &Template,
    ) -> Answer {
        self.state.keys.check_room(self.spec.is_hsm1(), 2, 2)?;
        self.check_shares(private)?;
        let (material, part) = match kind {
            PairKind::Rsa { bits, exponent } => {
                material::generate_rsa(*bits, *exponent, &mut self.rng)?
            }
            PairKind::Ec(curve) => material::generate_ec(*curve, &mut self.rng),
        };
        let key_type = key_type_of(&part);
        let public = Key::new(
            caller,
            key_type,
            Class::PublicKey,
            (material::Material::Public, Some(part.clone())),
            public,
            Origin::Generated,
        )?;
        let mut private_key = Key::new(
            caller,
            key_type,
            Class::PrivateKey,
            (material, Some(part)),
            private,
            Origin::Generated,
        )?;
        private_key.shared = shares(private, caller);
        let (public_info, private_info) = (public.clone(), private_key.clone());
        let public_handle = self.state.keys.insert(public, &mut self.rng);
        let private_handle = self.state.keys.insert(private_key, &mut self.rng);
        Ok(Reply::Pair(Box::new((
            public_info.info(public_handle),
            private_info.info(private_handle),
        ))))
    }

    fn add_unwrapped(
        &mut self,
        caller: &Caller,
        value: &Secret,
        kind: UnwrapKind,
        template: &Template,
    ) -> Answer {
        let bytes = value.expose();
        let symmetric = || (material::Material::Symmetric(value.clone()), None);
        let (key_type, class, parts) = match kind {
            UnwrapKind::Aes if matches!(bytes.len(), 16 | 24 | 32) => {
                (KeyType::Aes, Class::SecretKey, symmetric())
            }
            UnwrapKind::GenericSecret
                if (1..=limits::GENERIC_SECRET_BYTES_MAX as usize).contains(&bytes.len()) =>
            {
                (KeyType::GenericSecret, Class::SecretKey, symmetric())
            }
            UnwrapKind::Aes | UnwrapKind::GenericSecret => return Err(Fault::BadKeyLength),
            UnwrapKind::RsaPrivate | UnwrapKind::EcPrivate => {
                let rsa = kind == UnwrapKind::RsaPrivate;
                let (material, public) = material::private_from_pkcs8(bytes, rsa)?;
                (key_type_of(&public), Class::PrivateKey, (material, Some(public)))
            }
        };
        self.add(caller, key_type, class, parts, template, Origin::Unwrapped)
    }

    fn add(
        &mut self,
        caller: &Caller,
        key_type: KeyType,
        class: Class,
        parts: (material::Material, Option<crate::proto::key::PublicPart>),
        template: &Template,
        origin: Origin,
    ) -> Answer {
        let asymmetric = usize::from(class != Class::SecretKey);
        self.state.keys.check_room(self.spec.is_hsm1(), 1, asymmetric)?;
        self.check_shares(template)?;
        let mut key = Key::new(caller, key_type, class, parts, template, origin)?;
        if class != Class::PublicKey {
            key.shared = shares(template, caller);
        }
        let copy = key.clone();
        let handle = self.state.keys.insert(key, &mut self.rng);
        Ok(Reply::Key(Box::new(copy.info(handle))))
    }

    fn check_shares(&self, template: &Template) -> Result<(), Fault> {
        let known = |name: &String| self.state.users.is_crypto_user(name);
        if template.share_with.iter().all(known) { Ok(()) } else { Err(Fault::NoSuchUser) }
    }

    fn share(&mut self, caller: &Caller, handle: Handle, username: &str, on: bool) -> Answer {
        let known = self.state.users.is_crypto_user(username);
        let key = self.state.keys.owned(handle, caller)?;
        if key.attributes.class == Class::PublicKey {
            return Err(Fault::WrongKeyType);
        }
        let name = fold(username);
        if !known || name == caller.username || (!on && !key.shared.contains(&name)) {
            return Err(Fault::NoSuchUser);
        }
        if on {
            key.shared.insert(name);
        } else {
            key.shared.remove(&name);
        }
        Ok(Reply::Done)
    }

    fn wrap(
        &mut self,
        caller: &Caller,
        payload: Handle,
        wrapping: Handle,
        mechanism: &crate::proto::key::WrapMechanism,
    ) -> Answer {
        let value = {
            let key = self.state.keys.owned(payload, caller)?;
            key.needs(Flag::Extractable)?;
            (key.material.encode()?, key.has(Flag::WrapWithTrusted))
        };
        let key = self.state.keys.get(wrapping, caller)?;
        key.needs(Flag::Wrap)?;
        if value.1 {
            key.needs(Flag::Trusted)?;
        }
        let parts = (&key.material, key.attributes.public.as_ref());
        let (iv, wrapped) =
            wrap::wrap(parts, mechanism, &value.0, self.spec.fips, &mut self.rng)?;
        Ok(Reply::Wrapped { iv, wrapped })
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

/// The crypto users of a template, without the owner.
fn shares(template: &Template, caller: &Caller) -> BTreeSet<String> {
    template.share_with.iter().map(|name| fold(name)).filter(|name| *name != caller.username).collect()
}

fn key_type_of(public: &crate::proto::key::PublicPart) -> KeyType {
    match public {
        crate::proto::key::PublicPart::Rsa { .. } => KeyType::Rsa,
        crate::proto::key::PublicPart::Ec { .. } => KeyType::Ec,
    }
}

