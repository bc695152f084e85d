//! The audit log of an appliance: who managed it and how, but never the data that was encrypted or signed.
//!
//! The form of an entry and the opcodes come from the User Guide ("interpreting-audit-logs",
//! "cloudhsm-audit-log-reference"). Each appliance has its own log, which begins at 0x0 when the appliance
//! is created; backups do not contain it. It holds no secrets.

mod commands;
mod opcode;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use rand_core::Rng as _;
use serde::Serialize;

pub use self::opcode::{Opcode, Response};
use super::limits;
use hsmlab_proto::Handle;
use hsmlab_proto::role::Role;
use hsmlab_sim::{Rng, SharedMap, SimTime};

/// The handle of an appliance's first session, as in the guide's samples. Guess: each further connection
/// gets the next number.
const FIRST_SESSION: u32 = 0x0100_4001;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Microseconds since 1970.
    pub at_us: u64,
    /// The position in the log: 0x0, 0x1, … without a gap.
    pub sequence: u64,
    /// The number of times the hardware was started; constant within a log.
    pub reboot_counter: u32,
    /// The operation.
    pub opcode: Opcode,
    /// The session of the operation.
    pub session: u32,
    /// The result.
    pub response: Response,
    /// The fields that depend on the log type.
    pub details: Details,
}

/// The additional fields of an entry: its `Log type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Details {
    /// `MINIMAL_LOG_ENTRY (0)`.
    Minimal,
    /// `MGMT_KEY_DETAILS_LOG (1)`: the private or secret key and the public key; 0 if there is none.
    Keys(Handle, Handle),
    /// `MGMT_USER_DETAILS_LOG (2)`.
    User(String, Role),
    /// `UNKNOWN_LOG_TYPE (5)`, as in the guide's samples of sharing.
    Unknown,
}

impl Details {
    const fn log_type(&self) -> &'static str {
        match self {
            Self::Minimal => "MINIMAL_LOG_ENTRY (0)",
            Self::Keys(..) => "MGMT_KEY_DETAILS_LOG (1)",
            Self::User(..) => "MGMT_USER_DETAILS_LOG (2)",
            Self::Unknown => "UNKNOWN_LOG_TYPE (5)",
        }
    }
}

/// Returns the name of a role in the log.
const fn user_type(role: Role) -> &'static str {
    match role {
        Role::CryptoUser => "CN_CRYPTO_USER (1)",
        Role::Admin => "CN_CRYPTO_OFFICER (2)",
        Role::ApplianceUser => "CN_APPLIANCE_USER (5)",
        Role::UnactivatedAdmin => "CN_CRYPTO_PRE_OFFICER (6)",
    }
}

/// An entry as a flat object, for the inspector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLine {
    /// `12/19/17 21:01:16.962174`.
    pub time: String,
    /// `0x0`.
    pub sequence: String,
    /// `CN_LOGIN (0xd)`.
    pub opcode: String,
    /// `0x1004001`.
    pub session: String,
    /// `0:HSM Return: SUCCESS`.
    pub response: String,
    /// `MGMT_USER_DETAILS_LOG (2)`.
    pub log_type: String,
    /// The user, or empty.
    pub user_name: String,
    /// `CN_CRYPTO_USER (1)`, or empty.
    pub user_type: String,
    /// The private or secret key's handle, or empty.
    pub key: String,
    /// The public key's handle, or empty.
    pub public_key: String,
}

impl AuditEntry {
    /// Formats the time, for example `12/19/17 21:01:16.962174`.
    fn time(&self) -> String {
        let at = SimTime::from_unix_ms(self.at_us / 1000).to_utc();
        format!(
            "{:02}/{:02}/{:02} {:02}:{:02}:{:02}.{:06}",
            u8::from(at.month()),
            at.day(),
            at.year().rem_euclid(100),
            at.hour(),
            at.minute(),
            at.second(),
            self.at_us % 1_000_000
        )
    }

    /// Returns the entry for the inspector.
    #[must_use]
    pub fn line(&self) -> AuditLine {
        let (mut user, mut keys) = ((String::new(), ""), (String::new(), String::new()));
        match &self.details {
            Details::User(name, role) => user = (name.clone(), user_type(*role)),
            Details::Keys(key, public) => keys = (key.to_string(), public.to_string()),
            Details::Minimal | Details::Unknown => {}
        }
        AuditLine {
            time: self.time(),
            sequence: format!("{:#x}", self.sequence),
            opcode: self.opcode.to_string(),
            session: format!("{:#x}", self.session),
            response: self.response.to_string(),
            log_type: self.details.log_type().to_owned(),
            user_name: user.0,
            user_type: user.1.to_owned(),
            key: keys.0,
            public_key: keys.1,
        }
    }
}

impl fmt::Display for AuditEntry {
    /// Formats the entry as in the HSM's CloudWatch log stream.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Time: {}, usecs:{}", self.time(), self.at_us)?;
        writeln!(f, "Sequence No : {:#x}", self.sequence)?;
        writeln!(f, "Reboot counter : {:#x}", self.reboot_counter)?;
        writeln!(f, "Command Type(hex) : {}", self.opcode.command_type())?;
        writeln!(f, "Opcode : {}", self.opcode)?;
        writeln!(f, "Session Handle : {:#x}", self.session)?;
        writeln!(f, "Response : {}", self.response)?;
        writeln!(f, "Log type : {}", self.details.log_type())?;
        match &self.details {
            Details::User(name, role) => {
                writeln!(f, "User Name : {name}")?;
                writeln!(f, "User Type : {}", user_type(*role))
            }
            Details::Keys(key, public) => {
                writeln!(f, "Priv/Secret Key Handle : {key}")?;
                writeln!(f, "Public Key Handle : {public}")
            }
            Details::Minimal | Details::Unknown => Ok(()),
        }
    }
}

/// An appliance's log.
#[derive(Clone, Debug)]
pub(super) struct AuditLog {
    /// By sequence number.
    entries: SharedMap<u64, AuditEntry>,
    next: u64,
    reboot_counter: u32,
    /// The session handles of the open connections.
    sessions: BTreeMap<u64, u32>,
    sessions_ever: u32,
    /// The appliance's clock: the time of its last message.
    now: SimTime,
}

impl AuditLog {
    /// Creates an empty log. Guess: the reboot counter is random; in the guide's samples it is a few hundred.
    pub(super) fn new(mut rng: Rng, now: SimTime) -> Self {
        Self {
            entries: SharedMap::default(),
            next: 0,
            reboot_counter: rng.next_u32() & 0x1ff,
            sessions: BTreeMap::new(),
            sessions_ever: 0,
            now,
        }
    }

    /// Sets the clock.
    pub(super) fn set_now(&mut self, now: SimTime) {
        self.now = self.now.max(now);
    }

    /// Records an action of the appliance outside any client session.
    pub(super) fn note_own(&mut self, opcode: Opcode, details: Details) {
        self.push(opcode, FIRST_SESSION, Response::SUCCESS, details);
    }

    /// Records an action on a connection.
    pub(super) fn note(
        &mut self,
        connection: u64,
        opcode: Opcode,
        response: Response,
        details: Details,
    ) {
        let session = *self.sessions.entry(connection).or_insert_with(|| {
            self.sessions_ever += 1;
            FIRST_SESSION.wrapping_add(self.sessions_ever)
        });
        self.push(opcode, session, response, details);
    }

    /// Forgets a connection.
    pub(super) fn end_session(&mut self, connection: u64) {
        self.sessions.remove(&connection);
    }

    fn push(&mut self, opcode: Opcode, session: u32, response: Response, details: Details) {
        let now = self.now.unix_ms().saturating_mul(1000);
        // Two entries never have the same time: this clock is finer than the world's.
        let last = self.entries.last();
        let after_last = last.map_or(0, |(_, last)| last.at_us + 1);
        if self.entries.len() >= limits::AUDIT_ENTRIES_MAX
            && let Some(oldest) = self.entries.first().map(|(sequence, _)| *sequence)
        {
            self.entries.remove(&oldest);
        }
        let entry = AuditEntry {
            at_us: now.max(after_last),
            sequence: self.next,
            reboot_counter: self.reboot_counter,
            opcode,
            session,
            response,
            details,
        };
        self.entries.insert(self.next, entry);
        self.next += 1;
    }

    /// Returns the entries from a sequence number on.
    pub(super) fn entries_from(&self, from: u64) -> impl Iterator<Item = &AuditEntry> {
        let entries = self.entries.iter_from(|sequence| *sequence < from);
        entries.map(|(_, entry)| entry)
    }

    /// Formats all entries, each followed by an empty line.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for entry in self.entries.values() {
            let _ = writeln!(text, "{entry}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_sim::Seed;

    fn log() -> AuditLog {
        let now = SimTime::parse_rfc3339("2017-12-19T21:01:16.962Z").unwrap();
        AuditLog::new(Seed::from_number(1).stream("audit"), now)
    }

    #[test]
    fn an_entry_reads_as_the_guide_prints_it() {
        let mut log = log();
        log.reboot_counter = 0xe8;
        log.note_own(Opcode::InitToken, Details::Minimal);
        assert_eq!(
            log.text(),
            "Time: 12/19/17 21:01:16.962000, usecs:1513717276962000\n\
             Sequence No : 0x0\n\
             Reboot counter : 0xe8\n\
             Command Type(hex) : CN_MGMT_CMD (0x0)\n\
             Opcode : CN_INIT_TOKEN (0x1)\n\
             Session Handle : 0x1004001\n\
             Response : 0:HSM Return: SUCCESS\n\
             Log type : MINIMAL_LOG_ENTRY (0)\n\n"
        );
        let user = Details::User("bob".into(), Role::CryptoUser);
        log.note(7, Opcode::CreateUser, Response::SUCCESS, user);
        assert!(log.text().ends_with(
            "Opcode : CN_CREATE_USER (0x3)\n\
             Session Handle : 0x1004002\n\
             Response : 0:HSM Return: SUCCESS\n\
             Log type : MGMT_USER_DETAILS_LOG (2)\n\
             User Name : bob\n\
             User Type : CN_CRYPTO_USER (1)\n\n"
        ));
        let last = log.entries_from(0).last().unwrap();
        assert_eq!((last.sequence, last.at_us), (1, 1_513_717_276_962_001));
    }

    #[test]
    fn the_oldest_entries_go_and_the_numbers_continue() {
        let mut log = log();
        for _ in 0..limits::AUDIT_ENTRIES_MAX + 3 {
            log.note_own(Opcode::Login, Details::Minimal);
        }
        let numbers: Vec<u64> = log.entries_from(0).map(|entry| entry.sequence).collect();
        assert_eq!(numbers.len(), limits::AUDIT_ENTRIES_MAX);
        assert_eq!(numbers.first(), Some(&3));
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }
}
