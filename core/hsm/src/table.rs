//! The table of commands: one row for each, with its access, cost, audit entry and approvals.
//!
//! A new command does not compile without a row. Its handler is an arm of `Appliance::carry_out`.

use hsmlab_proto::Handle;
use hsmlab_proto::cipher::CipherCommand;
use hsmlab_proto::key::WrapMechanism;
use hsmlab_proto::message::{Command, Fault, PairKind};
use hsmlab_proto::mfa::MfaCommand;
use hsmlab_proto::policy::PolicyCommand;
use hsmlab_proto::pure::PureCommand;
use hsmlab_proto::quorum::{QuorumCommand, Service};
use hsmlab_proto::replicate::ReplicateCommand;
use hsmlab_proto::role::Role;
use hsmlab_proto::sdk3::Sdk3Command;

use super::audit::Opcode;
use super::keys::Caller;

/// The facts about a command that do not depend on the appliance.
pub(super) struct Row<'a> {
    /// The callers that it is for.
    pub(super) access: Access,
    /// The work that it is.
    pub(super) cost: Cost<'a>,
    /// Its entry in the audit log (User Guide, "cloudhsm-audit-log-reference": commands that manage
    /// users, keys and sessions).
    pub(super) entry: Entry<'a>,
    /// The approvals that it needs (User Guide, "quorum-auth-chsm-cli-service-names").
    pub(super) approval: Need<'a>,
}

/// The callers that a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// The handler checks, because its refusals have an order of their own; or anyone.
    Handler,
    /// Someone who is logged in.
    Login,
    /// An administrator.
    Admin,
    /// Someone who is logged in after the activation: all that the first administrator can do before
    /// is to activate.
    Keys,
    /// A crypto user.
    CryptoUser,
}

/// The work of a command; `capacity` has the microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cost<'a> {
    /// A lookup or a small change.
    Other,
    /// Hashing a password many times.
    Password,
    /// Making, wrapping or masking a key, or reading keys.
    Key,
    /// One use of a private key.
    Private(Handle),
    /// Verifying a signature of a digest.
    Verify(Handle),
    /// Unwrapping with a key.
    Unwrap(Handle),
    /// Making a key pair.
    Pair(&'a PairKind),
    /// Running so many bytes through a key; the last is true if a pair's private key does it.
    Data(Handle, usize, bool),
    /// Drawing so many random bytes.
    Random(u32),
}

/// A command's entry in the audit log.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'a> {
    /// None: the command uses a key, or only reads.
    Silent,
    /// About a user.
    User(Opcode, &'a str, Role),
    /// About the first administrator.
    FirstAdmin(Opcode),
    /// About the caller.
    Caller(Opcode),
    /// About the keys of the answer.
    Made(Opcode),
    /// About a key.
    Key(Opcode, Handle),
    /// The deletion of a key: the opcode depends on whether it is a session key.
    Deleted(Handle),
    /// A wrapped key: a step of AES key wrap can follow.
    Wrapped(Handle, &'a WrapMechanism),
    /// An unwrapped key: a step of AES key wrap can precede.
    Unwrapped(&'a WrapMechanism),
    /// Only the opcode.
    Minimal(Opcode),
    /// The opcode, with a format that is not published.
    Unknown(Opcode),
}

/// The approvals that a command needs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need<'a> {
    /// None.
    Nothing,
    /// Of an administrator: those of a service.
    Admin(Service),
    /// Of an administrator who sets the password of this user and not the own one.
    PasswordOf(&'a str),
    /// Of an administrator: those for changing the value of a service.
    ValueOf(Service),
    /// Of any other user: those for managing the key.
    Manage(Handle),
    /// The same for two keys.
    ManageBoth(Handle, Handle),
    /// Of any other user: those for using the key.
    Use(Handle),
}

impl Access {
    /// Checks a caller.
    ///
    /// # Errors
    /// Nobody is logged in, or the caller's role is another one.
    pub(super) fn check(self, caller: &Result<Caller, Fault>) -> Result<(), Fault> {
        let role = match caller {
            Ok(caller) => caller.role,
            Err(_) if self == Self::Handler => return Ok(()),
            Err(fault) => return Err(fault.clone()),
        };
        match self {
            Self::Handler | Self::Login => Ok(()),
            Self::Admin if role == Role::Admin => Ok(()),
            Self::Admin => Err(Fault::WrongRole(Role::Admin)),
            Self::Keys | Self::CryptoUser if role == Role::UnactivatedAdmin => {
                Err(Fault::NotActivated)
            }
            Self::CryptoUser if role != Role::CryptoUser => Err(Fault::WrongRole(Role::CryptoUser)),
            Self::Keys | Self::CryptoUser => Ok(()),
        }
    }
}

/// A row, its columns in the order of [`Row`].
const fn row<'a>(access: Access, cost: Cost<'a>, entry: Entry<'a>, approval: Need<'a>) -> Row<'a> {
    Row {
        access,
        cost,
        entry,
        approval,
    }
}

/// The row of a command.
pub(super) fn of(command: &Command) -> Row<'_> {
    use Access::{Admin, CryptoUser, Handler, Keys, Login};
    use Command as C;
    use Cost::{Key, Other, Pair, Password, Private, Unwrap, Verify};
    use Need::{Manage, ManageBoth, Nothing, Use};
    let user = |opcode, name, role: &Role| Entry::User(opcode, name, *role);
    match command {
        C::Info | C::ListUsers => row(Handler, Other, Entry::Silent, Nothing),
        C::Login { username, role, .. } => {
            let entry = user(Opcode::Login, username, role);
            row(Handler, Password, entry, Nothing)
        }
        C::Logout => row(Login, Other, Entry::Caller(Opcode::Logout), Nothing),
        C::Activate { .. } => {
            let entry = Entry::FirstAdmin(Opcode::ChangePassword);
            row(Handler, Password, entry, Nothing)
        }
        C::CreateUser { username, role, .. } => {
            let opcode = match role {
                Role::CryptoUser => Opcode::CreateUser,
                Role::UnactivatedAdmin | Role::Admin | Role::ApplianceUser => Opcode::CreateCo,
            };
            let entry = user(opcode, username, role);
            row(Admin, Password, entry, Need::Admin(Service::User))
        }
        C::DeleteUser { username, role } => {
            let entry = user(Opcode::DeleteUser, username, role);
            row(Admin, Other, entry, Need::Admin(Service::User))
        }
        C::ChangePassword { username, role, .. } => {
            let entry = user(Opcode::ChangePassword, username, role);
            row(Login, Password, entry, Need::PasswordOf(username))
        }
        C::GenerateSymmetric { .. } => {
            row(CryptoUser, Key, Entry::Made(Opcode::GenerateKey), Nothing)
        }
        C::GeneratePair { kind, .. } => {
            let entry = Entry::Made(Opcode::GenerateKeyPair);
            row(CryptoUser, Pair(kind), entry, Nothing)
        }
        C::FindKeys { .. } => row(Keys, Key, Entry::Silent, Nothing),
        C::DeleteKey { handle } => row(CryptoUser, Other, Entry::Deleted(*handle), Nothing),
        C::SetAttribute { handle, .. } => {
            let entry = Entry::Key(Opcode::ModifyObject, *handle);
            row(Keys, Other, entry, Manage(*handle))
        }
        C::Share { handle, .. } | C::Unshare { handle, .. } => {
            let entry = Entry::Unknown(Opcode::ShareObject);
            row(CryptoUser, Other, entry, Manage(*handle))
        }
        C::ImportPublic { .. } => row(CryptoUser, Key, Entry::Made(Opcode::CreateObject), Nothing),
        C::Sign { handle, .. } => row(CryptoUser, Private(*handle), Entry::Silent, Use(*handle)),
        C::Verify { handle, .. } => row(CryptoUser, Verify(*handle), Entry::Silent, Nothing),
        C::Wrap {
            payload,
            wrapping,
            mechanism,
        } => {
            let entry = Entry::Wrapped(*payload, mechanism);
            row(CryptoUser, Key, entry, ManageBoth(*payload, *wrapping))
        }
        C::Unwrap {
            wrapping,
            mechanism,
            ..
        } => {
            let entry = Entry::Unwrapped(mechanism);
            row(CryptoUser, Unwrap(*wrapping), entry, Manage(*wrapping))
        }
        C::ExtractMasked { handle } => {
            let entry = Entry::Key(Opcode::ExtractMasked, *handle);
            row(Keys, Key, entry, Nothing)
        }
        C::InsertMasked { .. } => row(Keys, Key, Entry::Made(Opcode::InsertMasked), Nothing),
        C::Cipher(command) => cipher(command),
        C::Pure(command) => pure(command),
        C::Policy(command) => policy(command),
        C::Replicate(command) => replicate(command),
        C::Mfa(command) => mfa(command),
        C::Quorum(command) => quorum(command),
        C::Sdk3(command) => sdk3(command),
    }
}

fn cipher(command: &CipherCommand) -> Row<'_> {
    use CipherCommand as C;
    // Guess: what only other tools than the CLI do with a key counts as its use. They cannot show an
    // approval, so such a key is of no use to them.
    let (cost, entry, approval) = match command {
        C::Encrypt { handle, data, .. }
        | C::Mac { handle, data, .. }
        | C::VerifyMac { handle, data, .. } => {
            let cost = Cost::Data(*handle, data.len(), false);
            (cost, Entry::Silent, Need::Use(*handle))
        }
        C::Decrypt { handle, data, .. } => {
            let cost = Cost::Data(*handle, data.len(), true);
            (cost, Entry::Silent, Need::Use(*handle))
        }
        C::Derive { handle, .. } => {
            let entry = Entry::Made(Opcode::DeriveKey);
            (Cost::Data(*handle, 0, true), entry, Need::Use(*handle))
        }
        C::Random { length_bytes } => (Cost::Random(*length_bytes), Entry::Silent, Need::Nothing),
    };
    row(Access::CryptoUser, cost, entry, approval)
}

const fn pure(command: &PureCommand) -> Row<'_> {
    let (handle, approval) = match command {
        PureCommand::Sign { handle, .. } => (*handle, Need::Use(*handle)),
        PureCommand::Verify { handle, .. } => (*handle, Need::Nothing),
    };
    row(
        Access::CryptoUser,
        Cost::Private(handle),
        Entry::Silent,
        approval,
    )
}

const fn policy(command: &PolicyCommand) -> Row<'_> {
    let approval = match command {
        PolicyCommand::RegisterAnchor { .. }
        | PolicyCommand::DeregisterAnchor { .. }
        | PolicyCommand::SetEnforcement(_) => Need::Admin(Service::Cluster),
        PolicyCommand::Anchors | PolicyCommand::Enforcement => Need::Nothing,
    };
    row(Access::Handler, Cost::Other, Entry::Silent, approval)
}

const fn replicate(command: &ReplicateCommand) -> Row<'_> {
    let entry = match command {
        ReplicateCommand::InsertKey { .. } => Entry::Made(Opcode::InsertMasked),
        ReplicateCommand::ExtractUser { .. } | ReplicateCommand::InsertUser { .. } => Entry::Silent,
    };
    row(Access::Keys, Cost::Other, entry, Need::Nothing)
}

fn mfa(command: &MfaCommand) -> Row<'_> {
    // Guess: an administrator's own second factor and registration are covered too, for the guide
    // names `user change-mfa` without exception.
    let of_user = Need::Admin(Service::User);
    let (entry, approval) = match command {
        MfaCommand::Challenge => (Entry::Silent, Need::Nothing),
        MfaCommand::Login { username, role, .. } => {
            let entry = Entry::User(Opcode::Login, username, *role);
            (entry, Need::Nothing)
        }
        MfaCommand::Set { .. } => (Entry::Silent, of_user),
        MfaCommand::ChangePassword { username, role, .. } => {
            let entry = Entry::User(Opcode::ChangePassword, username, *role);
            (entry, of_user)
        }
    };
    row(Access::Handler, Cost::Other, entry, approval)
}

const fn quorum(command: &QuorumCommand) -> Row<'_> {
    use QuorumCommand as C;
    let (entry, approval) = match command {
        // User Guide, "quorum-auth-chsm-cli-min-value".
        C::SetValue { service, .. } => (Entry::Minimal(Opcode::SetMValue), Need::ValueOf(*service)),
        C::NewToken { .. } => (Entry::Minimal(Opcode::GetToken), Need::Nothing),
        C::Approve(_) => (Entry::Minimal(Opcode::ApproveToken), Need::Nothing),
        C::DeleteTokens { .. } => (Entry::Minimal(Opcode::DeleteToken), Need::Nothing),
        C::Values
        | C::Timeouts
        | C::SetTimeout { .. }
        | C::PlaceToken { .. }
        | C::Tokens
        | C::DropToken { .. }
        | C::Register { .. } => (Entry::Silent, Need::Nothing),
    };
    row(Access::Handler, Cost::Other, entry, approval)
}

const fn sdk3(command: &Sdk3Command) -> Row<'_> {
    use Sdk3Command as C;
    let (entry, approval) = match command {
        C::AesWrap { wrapping, .. } | C::AesUnwrap { wrapping, .. } => {
            let entry = Entry::Minimal(Opcode::NistAesWrap);
            (entry, Need::Manage(*wrapping))
        }
        // Guess: how the copy of a user to another HSM is logged is not published.
        C::ExtractUser { .. } => (Entry::Minimal(Opcode::ExtractMasked), Need::Nothing),
        C::InsertUser { .. } => (Entry::Minimal(Opcode::InsertMasked), Need::Nothing),
        C::Hello | C::Users | C::KeyUsers { .. } | C::Certificate(_) => {
            (Entry::Silent, Need::Nothing)
        }
    };
    row(Access::Handler, Cost::Other, entry, approval)
}
