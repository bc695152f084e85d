//! The journal: the requests that changed the world, in order. A save is a seed and a journal.

use serde::{Deserialize, Serialize};

use super::{Refusal, refuse};
use hsmlab_crypto::prime_cache::Fingerprint;
use hsmlab_protocol::request::Request;
use hsmlab_sim::{Seed, SimDuration};

/// The save format that this version writes. It reads older formats, and refuses newer ones.
///
/// 1: the first. 2: lines that were typed unseen are sealed. 3: a playground may begin in a named world.
const FORMAT: u32 = 3;
/// The maximum size of a save, in bytes.
const SAVE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The maximum time of one entry: the maximum of a tick.
pub(super) const TICK_MAX: SimDuration = SimDuration::from_days(366);
/// The maximum number of entries in a journal: months of work.
const ENTRIES_MAX: usize = 200_000;

/// A seed and the requests since.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    pub(super) seed: Seed,
    /// The id of the lab, `None` for the playground.
    pub(super) lab: Option<String>,
    /// The id of the named world that a playground began with.
    pub(super) world: Option<String>,
    entries: Vec<Request>,
    sealed: usize,
}

/// The steps that are done: after how many entries, and which.
pub(super) type DoneSteps = Vec<(usize, usize)>;

/// What a save claims besides its seed and journal. It only saves time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// Primes of the world's RSA keys: [`hsmlab_crypto::prime_cache`].
    pub(super) primes: Primes,
    /// The steps that are done.
    pub(super) done: DoneSteps,
    /// A digest of the lab's text, and of the worlds', by which they were done.
    pub(super) content: String,
}

/// The distances of primes from the starts of their searches, by the start's fingerprint.
pub(super) type Primes = Vec<(Fingerprint, u32)>;

#[derive(Serialize, Deserialize)]
struct Save {
    format: u32,
    seed: Seed,
    lab: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    world: Option<String>,
    journal: Vec<Request>,
    /// The primes of the world's RSA keys. They only save time: [`hsmlab_crypto::prime_cache`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    primes: Vec<(String, u32)>,
    /// The steps that are done, and the digest of the texts whose checks say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done: DoneSteps,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    content: String,
}

impl Journal {
    pub(super) fn new(seed: Seed, lab: Option<String>, world: Option<String>) -> Self {
        Self {
            seed,
            lab,
            world,
            entries: Vec::new(),
            sealed: 0,
        }
    }

    /// A journal of the same seed, lab and world without entries.
    pub(super) fn emptied(&self) -> Self {
        Self::new(self.seed, self.lab.clone(), self.world.clone())
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entries(&self) -> &[Request] {
        &self.entries
    }

    /// Appends an entry. Consecutive times are merged: two ticks become one of their sum.
    pub(super) fn push(&mut self, entry: Request) {
        let open = self.entries.len() > self.sealed;
        if let (true, Some(Request::Tick { ms: before }), Request::Tick { ms }) =
            (open, self.entries.last_mut(), &entry)
        {
            let sum = before.saturating_add(*ms);
            if sum <= TICK_MAX.as_ms() {
                *before = sum;
                return;
            }
        }
        self.entries.push(entry);
    }

    /// Freezes the entries so far: later time makes a separate entry.
    pub(super) fn seal(&mut self) {
        self.sealed = self.entries.len();
    }

    pub(super) fn truncate(&mut self, length: usize) {
        self.entries.truncate(length);
        self.sealed = self.entries.len();
    }

    /// Writes a save, with claims that spare the owner searches and checks when it is restored.
    pub(super) fn write(&self, claims: &Claims) -> String {
        let primes = claims
            .primes
            .iter()
            .map(|(key, distance)| (key.to_hex(), *distance));
        let save = Save {
            primes: primes.collect(),
            format: FORMAT,
            seed: self.seed,
            lab: self.lab.clone(),
            world: self.world.clone(),
            journal: self.entries.clone(),
            done: claims.done.clone(),
            content: claims.content.clone(),
        };
        serde_json::to_string(&save).unwrap_or_default()
    }

    /// Reads a save: the journal, and what it claims.
    pub(super) fn read(text: &str) -> Result<(Self, Claims), Refusal> {
        let remedy = "Start over; the save is kept as it is.";
        if text.len() > SAVE_BYTES_MAX {
            return Err(refuse(
                format!(
                    "The save has {} bytes; the limit is {SAVE_BYTES_MAX}.",
                    text.len()
                ),
                remedy,
            ));
        }
        let format = serde_json::from_str::<serde_json::Value>(text)
            .map_err(|error| refuse(format!("The save cannot be read: {error}."), remedy))?
            .get("format")
            .and_then(serde_json::Value::as_u64);
        if format.is_some_and(|format| format > u64::from(FORMAT)) {
            return Err(refuse(
                "The save was made by a newer version of HSM Lab.",
                "Reload the page to get the newest version.",
            ));
        }
        let save: Save = serde_json::from_str(text)
            .map_err(|error| refuse(format!("The save cannot be read: {error}."), remedy))?;
        if save.journal.len() > ENTRIES_MAX {
            return Err(refuse(
                format!("The save has more than {ENTRIES_MAX} entries."),
                remedy,
            ));
        }
        let claim = |(key, distance): (String, u32)| Some((Fingerprint::from_hex(&key)?, distance));
        let claims = Claims {
            primes: save.primes.into_iter().filter_map(claim).collect(),
            done: save.done,
            content: save.content,
        };
        let journal = Self {
            seed: save.seed,
            lab: save.lab,
            world: save.world,
            entries: save.journal,
            sealed: 0,
        };
        Ok((journal, claims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_save_reads_back_unchanged() {
        let mut journal = Journal::new(Seed::from_number(3), Some("first".into()), None);
        journal.push(Request::Tick { ms: 5 });
        journal.push(Request::Tick { ms: 7 });
        journal.push(Request::Line {
            terminal: 1,
            text: "ls".into(),
        });
        let claims = Claims {
            primes: vec![(Fingerprint::from_hex(&"5a".repeat(16)).unwrap(), 702)],
            done: vec![(2, 0)],
            content: "5a".into(),
        };
        let (read, claimed) = Journal::read(&journal.write(&claims)).unwrap();
        assert_eq!(claimed, claims);
        assert_eq!(
            read.entries(),
            [
                Request::Tick { ms: 12 },
                Request::Line {
                    terminal: 1,
                    text: "ls".into()
                }
            ]
        );
        assert_eq!(
            (read.seed, read.lab.as_deref()),
            (Seed::from_number(3), Some("first"))
        );
    }

    #[test]
    fn a_save_without_primes_is_read_and_bad_primes_are_dropped() {
        let journal = Journal::new(Seed::from_number(3), None, Some("ready-2".into()));
        let text = journal.write(&Claims::default());
        assert!(!text.contains("primes"));
        let (read, claimed) = Journal::read(&text).unwrap();
        assert_eq!(read.world.as_deref(), Some("ready-2"));
        assert_eq!(claimed, Claims::default());
        let text = text.replace("\"journal\"", r#""primes":[["no hex",4]],"journal""#);
        assert_eq!(Journal::read(&text).unwrap().1, Claims::default());
    }

    #[test]
    fn a_text_that_is_not_a_save_is_refused_with_a_reason() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"format":1}"#,
            r#"{"format":99,"seed":0}"#,
        ] {
            let (what, remedy) = Journal::read(text).unwrap_err();
            assert!(
                what.starts_with("The save") && !remedy.is_empty(),
                "{text}: {what}"
            );
        }
    }
}
