//! The users of an appliance: names, roles, password hashes, the lock after wrong passwords.

use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::factor::{Second, TokenKey};
use super::limits;
use hsmlab_proto::Secret;
use hsmlab_proto::message::{Fault, UserInfo};
use hsmlab_proto::quorum::QuorumFault;
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::Sdk3User;
use hsmlab_sim::{Rng, SharedMap};

/// The first administrator's name.
pub(super) const FIRST_ADMIN: &str = "admin";
/// The appliance user's name. It belongs to AWS, copies keys between HSMs and cannot use any.
pub(super) const APPLIANCE_USER: &str = "app_user";

/// The first administrator's password before activation, as seen in transcripts of Client SDK 3.
const FACTORY_PASSWORD: &[u8] = b"password";

/// All users, by name in lower case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Users {
    by_name: SharedMap<String, User>,
    /// The last number assigned: Client SDK 3 identifies users by number.
    last_id: u32,
}

/// A user as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    id: u32,
    role: Role,
    password: Option<PasswordHash>,
    failures: u32,
    /// The key that verifies the second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mfa: Option<TokenKey>,
    /// The key that verifies quorum approvals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quorum: Option<TokenKey>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PasswordHash {
    salt: [u8; 16],
    hash: Secret,
}

impl PasswordHash {
    fn new(password: &Secret, rng: &mut Rng) -> Self {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        Self {
            salt,
            hash: derive(password, &salt),
        }
    }

    fn matches(&self, password: &Secret) -> bool {
        let derived = derive(password, &self.salt);
        let (a, b) = (derived.expose(), self.hash.expose());
        a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (a, b)| diff | (a ^ b)) == 0
    }
}

fn derive(password: &Secret, salt: &[u8]) -> Secret {
    let mut hash = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(password.expose(), salt, limits::PASSWORD_ROUNDS, &mut hash);
    Secret::new(hash)
}

impl Users {
    /// Returns the users of a new appliance.
    pub(super) fn new() -> Self {
        let user = |id, role| User {
            id,
            role,
            password: None,
            failures: 0,
            mfa: None,
            quorum: None,
        };
        Self {
            by_name: SharedMap::from_iter([
                (FIRST_ADMIN.to_owned(), user(1, Role::UnactivatedAdmin)),
                (APPLIANCE_USER.to_owned(), user(2, Role::ApplianceUser)),
            ]),
            last_id: 2,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(super) fn activated(&self) -> bool {
        self.by_name
            .values()
            .all(|user| user.role != Role::UnactivatedAdmin)
    }

    pub(super) fn list(&self) -> Vec<UserInfo> {
        self.by_name
            .iter()
            .map(|(name, user)| UserInfo {
                username: name.clone(),
                role: user.role,
                locked: user.locked(),
                mfa: user.mfa.as_ref().map(TokenKey::fingerprint),
                quorum: user.quorum.as_ref().map(TokenKey::fingerprint),
            })
            .collect()
    }

    /// Checks that there is room for another user. Guess: AWS's own user counts.
    pub(super) fn check_room(&self, hsm1: bool) -> Result<(), Fault> {
        let most = if hsm1 {
            limits::USERS_MAX_HSM1
        } else {
            limits::USERS_MAX
        };
        if self.by_name.len() < most {
            Ok(())
        } else {
            Err(Fault::TooManyUsers)
        }
    }

    /// Returns a fingerprint of the set of crypto users: it decides whose keys can be inserted.
    pub(super) fn crypto_users_digest(&self) -> u64 {
        let mut hash = Sha256::new();
        for (name, user) in &self.by_name {
            if user.role == Role::CryptoUser {
                hash.update(name);
                hash.update([0]);
            }
        }
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    /// True if a crypto user with that name exists.
    pub(super) fn is_crypto_user(&self, name: &str) -> bool {
        self.by_name
            .get(&fold(name))
            .is_some_and(|user| user.role == Role::CryptoUser)
    }

    /// Checks a password and counts a wrong one. Returns the name as it is stored.
    pub(super) fn login(
        &mut self,
        name: &str,
        role: Role,
        password: &Secret,
    ) -> Result<String, Fault> {
        let name = fold(name);
        let user = self.by_name.get_mut(&name).ok_or(Fault::NoSuchUser)?;
        if user.role == Role::UnactivatedAdmin && role == Role::Admin {
            return Err(Fault::NotActivated);
        }
        if user.role != role {
            return Err(Fault::NoSuchUser);
        }
        if user.locked() {
            return Err(Fault::UserLocked);
        }
        let factory = user.role == Role::UnactivatedAdmin && password.expose() == FACTORY_PASSWORD;
        if !factory
            && !user
                .password
                .as_ref()
                .is_some_and(|hash| hash.matches(password))
        {
            user.failures += 1;
            return Err(if user.locked() {
                Fault::UserLocked
            } else {
                Fault::LoginFailed
            });
        }
        user.failures = 0;
        Ok(name)
    }

    /// Sets the first administrator's password.
    pub(super) fn activate(&mut self, password: &Secret, rng: &mut Rng) -> Result<(), Fault> {
        let user = self
            .by_name
            .get_mut(FIRST_ADMIN)
            .ok_or(Fault::AlreadyActivated)?;
        if user.role != Role::UnactivatedAdmin {
            return Err(Fault::AlreadyActivated);
        }
        check_password(password)?;
        user.role = Role::Admin;
        user.password = Some(PasswordHash::new(password, rng));
        Ok(())
    }

    pub(super) fn create(
        &mut self,
        name: &str,
        role: Role,
        password: &Secret,
        rng: &mut Rng,
    ) -> Result<(), Fault> {
        if !matches!(role, Role::Admin | Role::CryptoUser) {
            return Err(Fault::WrongRole(role));
        }
        check_name(name)?;
        check_password(password)?;
        let name = fold(name);
        if self.by_name.contains_key(&name) {
            return Err(Fault::UserExists);
        }
        let password = Some(PasswordHash::new(password, rng));
        self.last_id += 1;
        self.by_name.insert(
            name,
            User {
                id: self.last_id,
                role,
                password,
                failures: 0,
                mfa: None,
                quorum: None,
            },
        );
        Ok(())
    }

    /// Finds a user with that name and role and returns the name as it is stored.
    pub(super) fn find(&self, name: &str, role: Role) -> Result<String, Fault> {
        let name = fold(name);
        match self.by_name.get(&name) {
            Some(user) if user.role == role => Ok(name),
            _ => Err(Fault::NoSuchUser),
        }
    }

    /// Removes a user; the last administrator and the appliance user stay.
    pub(super) fn delete(&mut self, name: &str) -> Result<(), Fault> {
        let role = self
            .by_name
            .get(name)
            .map(|user| user.role)
            .ok_or(Fault::NoSuchUser)?;
        let admins = self
            .by_name
            .values()
            .filter(|user| user.role == Role::Admin)
            .count();
        match role {
            Role::ApplianceUser | Role::UnactivatedAdmin => Err(Fault::UserProtected),
            Role::Admin if admins <= 1 => Err(Fault::UserProtected),
            _ => {
                self.by_name.remove(name);
                Ok(())
            }
        }
    }

    /// Sets a password and unlocks the user.
    pub(super) fn change_password(
        &mut self,
        name: &str,
        password: &Secret,
        rng: &mut Rng,
    ) -> Result<(), Fault> {
        check_password(password)?;
        let user = self.by_name.get_mut(name).ok_or(Fault::NoSuchUser)?;
        if user.role == Role::ApplianceUser {
            return Err(Fault::UserProtected);
        }
        user.password = Some(PasswordHash::new(password, rng));
        user.failures = 0;
        // User Guide, "understand-mfa-cloudhsm-cli": changing the password of an MFA user also removes the
        // registration for quorum authentication.
        if user.mfa.is_some() {
            user.quorum = None;
        }
        Ok(())
    }

    /// Checks the second factor of a user whose password was right.
    pub(super) fn check_second(&self, name: &str, second: Option<&Second>) -> Result<(), Fault> {
        let key = self.by_name.get(name).and_then(|user| user.mfa.as_ref());
        let fault = match (key, second) {
            (None, None) => return Ok(()),
            (Some(key), Some(second)) if second.is_signed_with(key) => return Ok(()),
            (Some(_), None) => QuorumFault::MfaRequired,
            (Some(_), Some(_)) => QuorumFault::MfaFailed,
            (None, Some(_)) => QuorumFault::MfaNotSet,
        };
        Err(Fault::Quorum(fault))
    }

    /// Returns a user for modification.
    pub(super) fn record_mut(&mut self, name: &str) -> Result<&mut User, Fault> {
        self.by_name.get_mut(name).ok_or(Fault::NoSuchUser)
    }
}

impl Users {
    /// Returns a user's record, to copy it to another HSM.
    pub(super) fn record(&self, name: &str) -> Option<&User> {
        self.by_name.get(name)
    }

    /// Inserts a user of another HSM, with the same number unless it is taken here.
    pub(super) fn insert_record(&mut self, name: String, mut user: User) -> Result<(), Fault> {
        if self.by_name.contains_key(&name) {
            return Err(Fault::UserExists);
        }
        if self.by_name.len() >= limits::USERS_MAX {
            return Err(Fault::TooManyUsers);
        }
        if self.by_name.values().any(|other| other.id == user.id) {
            user.id = self.last_id + 1;
        }
        self.last_id = self.last_id.max(user.id);
        self.by_name.insert(name, user);
        Ok(())
    }

    /// Returns the users as Client SDK 3 lists them, by number.
    pub(super) fn numbered(&self) -> Vec<Sdk3User> {
        let mut users: Vec<Sdk3User> = self
            .by_name
            .iter()
            .map(|(name, user)| Sdk3User {
                id: user.id,
                username: name.clone(),
                role: user.role,
                failures: user.failures,
            })
            .collect();
        users.sort_by_key(|user| user.id);
        users
    }
}

impl Users {
    /// Inserts a user from a clone. An existing user with that name must have the same role and lock; its
    /// password is then updated. Guess: the update; the guide only lists what must be the same.
    pub(super) fn replicate(&mut self, name: String, user: User) -> Result<(), Fault> {
        match self.by_name.get_mut(&name) {
            Some(present) if present.stands_as(&user) => {
                *present = user;
                Ok(())
            }
            Some(_) => Err(Fault::UserDiffers),
            None => self.insert_record(name, user),
        }
    }
}

impl User {
    pub(super) const fn role(&self) -> Role {
        self.role
    }

    /// True if the other user has the same role, lock, second factor and registration.
    fn stands_as(&self, other: &Self) -> bool {
        self.role == other.role
            && self.locked() == other.locked()
            && self.mfa == other.mfa
            && self.quorum == other.quorum
    }

    fn locked(&self) -> bool {
        self.failures > limits::LOGIN_FAILURES_MAX
    }
}

/// Folds a user name: names are case-insensitive and shown in lower case.
pub(super) fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn check_name(name: &str) -> Result<(), Fault> {
    let bad = |c: &char| !(c.is_ascii_alphanumeric() || *c == '_');
    match name.chars().find(bad) {
        Some(c) => Err(Fault::BadUserName(Some(c))),
        None if name.is_empty() => Err(Fault::BadUserName(None)),
        None if name.len() > limits::USER_NAME_CHARS_MAX => Err(Fault::UserNameTooLong),
        None => Ok(()),
    }
}

fn check_password(password: &Secret) -> Result<(), Fault> {
    let bytes = password.expose();
    let length = limits::PASSWORD_BYTES_MIN..=limits::PASSWORD_BYTES_MAX;
    if length.contains(&bytes.len()) && !bytes.contains(&b':') {
        Ok(())
    } else {
        Err(Fault::BadPassword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_sim::Seed;

    fn users() -> (Users, Rng) {
        let (mut users, mut rng) = (Users::new(), Seed::from_number(1).stream("users"));
        users.activate(&Secret::new("password1"), &mut rng).unwrap();
        (users, rng)
    }

    #[test]
    fn the_sixth_wrong_password_locks_and_a_reset_unlocks() {
        let (mut users, mut rng) = users();
        let wrong = Secret::new("password2");
        for _ in 0..5 {
            assert_eq!(
                users.login("admin", Role::Admin, &wrong),
                Err(Fault::LoginFailed)
            );
        }
        assert!(!users.list()[0].locked);
        assert_eq!(
            users.login("admin", Role::Admin, &wrong),
            Err(Fault::UserLocked)
        );
        let right = Secret::new("password1");
        assert_eq!(
            users.login("admin", Role::Admin, &right),
            Err(Fault::UserLocked)
        );
        users.change_password("admin", &right, &mut rng).unwrap();
        assert_eq!(
            users.login("ADMIN", Role::Admin, &right),
            Ok("admin".into())
        );
    }

    #[test]
    fn names_and_passwords_are_checked() {
        let (mut users, mut rng) = users();
        let mut create = |name: &str, password: &str| {
            users.create(name, Role::CryptoUser, &Secret::new(password), &mut rng)
        };
        assert_eq!(
            create("a-b", "password1"),
            Err(Fault::BadUserName(Some('-')))
        );
        assert_eq!(create("", "password1"), Err(Fault::BadUserName(None)));
        assert_eq!(
            create(&"a".repeat(32), "password1"),
            Err(Fault::UserNameTooLong)
        );
        assert_eq!(create("alice", "short12"), Err(Fault::BadPassword));
        assert_eq!(create("alice", &"x".repeat(33)), Err(Fault::BadPassword));
        assert_eq!(create("alice", "pass:word"), Err(Fault::BadPassword));
        assert_eq!(create("Alice", "password1"), Ok(()));
        assert_eq!(create("alice", "password1"), Err(Fault::UserExists));
    }

    #[test]
    fn as_many_users_as_the_guide_says_and_no_more() {
        let (mut users, mut rng) = users();
        let password = Secret::new("password1");
        for number in users.len()..limits::USERS_MAX {
            if number == limits::USERS_MAX_HSM1 {
                assert_eq!(users.check_room(true), Err(Fault::TooManyUsers));
            } else if number < limits::USERS_MAX_HSM1 {
                assert_eq!(users.check_room(true), Ok(()));
            }
            assert_eq!(users.check_room(false), Ok(()));
            let name = format!("user{number}");
            users
                .create(&name, Role::CryptoUser, &password, &mut rng)
                .unwrap();
        }
        assert_eq!(users.check_room(false), Err(Fault::TooManyUsers));
        users.delete("user900").unwrap();
        assert_eq!(users.check_room(false), Ok(()));
    }

    #[test]
    fn the_last_admin_stays() {
        let (mut users, _) = users();
        assert_eq!(users.delete("admin"), Err(Fault::UserProtected));
        assert_eq!(users.delete("app_user"), Err(Fault::UserProtected));
    }
}
