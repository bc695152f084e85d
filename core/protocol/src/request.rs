//! The requests of a driver to a session. As JSON: `{"type":"line","terminal":1,"text":"aws sts …"}`.

use serde::{Deserialize, Serialize};

use hsmlab_sim::Seed;

use crate::small_map::SmallMap;

/// World files: the text of each by its id, which is the file's name without `.md`.
pub type Worlds = SmallMap<String, String>;

/// The number of a terminal, from 1 on.
pub type TerminalId = u32;

/// The maximum length of a terminal's line, in bytes: that of Linux's canonical mode, times 16 so
/// that a whole certificate can be pasted as one heredoc line.
pub const LINE_BYTES_MAX: usize = 65_536;

/// A request. Those that change the world are journaled; the others only read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Request {
    /// Starts a world: a lab's, or the free playground.
    Start {
        /// The world's seed, drawn by the driver.
        seed: Seed,
        /// The lab file's text, `None` for the playground.
        lab: Option<String>,
        /// The named world that a playground begins with; a lab names its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        world: Option<String>,
        /// The files of the named worlds that it builds on.
        #[serde(default, skip_serializing_if = "Worlds::is_empty")]
        worlds: Worlds,
        /// The text of `worlds/starts.json`: then one of its prepared seeds takes the place of `seed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starts: Option<String>,
    },
    /// Starts the world that a save describes and replays its journal.
    Restore {
        /// The text of [`super::Event::Saved`].
        save: String,
        /// The text of the save's lab, if it has one.
        lab: Option<String>,
        /// The files of the named worlds that it builds on.
        #[serde(default, skip_serializing_if = "Worlds::is_empty")]
        worlds: Worlds,
    },
    /// A line was typed in a terminal (without its line end).
    Line {
        /// The terminal.
        terminal: TerminalId,
        /// The line.
        text: String,
    },
    /// A hidden line (a password), as a journal stores it: sealed, so that a save shows no password. A
    /// driver sends [`Request::Line`].
    Hidden {
        /// The terminal.
        terminal: TerminalId,
        /// The sealed line, base64.
        sealed: String,
    },
    /// Ctrl-C in a terminal.
    Interrupt {
        /// The terminal.
        terminal: TerminalId,
    },
    /// Ctrl-D in a terminal.
    EndOfInput {
        /// The terminal.
        terminal: TerminalId,
    },
    /// Tab in a terminal. Changes nothing.
    Complete {
        /// The terminal.
        terminal: TerminalId,
        /// The line so far.
        text: String,
        /// The cursor, in bytes from the line's start.
        cursor: usize,
    },
    /// Opens a terminal on a host: `cloudshell`, or an instance id (which needs SSH or RDP).
    OpenTerminal {
        /// The host.
        host: String,
    },
    /// Closes a terminal; its programs end.
    CloseTerminal {
        /// The terminal.
        terminal: TerminalId,
    },
    /// Puts a file into a terminal's working folder.
    Upload {
        /// The terminal.
        terminal: TerminalId,
        /// The file's name, without a folder.
        name: String,
        /// Its bytes in base64.
        content: String,
    },
    /// Requests a file of a terminal's host. Changes nothing.
    Download {
        /// The terminal.
        terminal: TerminalId,
        /// Its path, relative to the terminal's working folder.
        path: String,
    },
    /// Lets simulated time pass; the driver sends it as its clock runs.
    Tick {
        /// The time, in milliseconds.
        ms: u64,
    },
    /// Lets simulated time pass to the next automatic event.
    SkipToNext,
    /// Starts a fault, or ends a lasting one.
    Fault {
        /// A [`super::view::FaultView`]'s id.
        id: String,
        /// True to start it, false to end it.
        on: bool,
    },
    /// Shows the next hint of a step.
    Hint {
        /// The step's id.
        step: String,
    },
    /// Resets the world to the beginning of the current step.
    ResetStep,
    /// Requests the data of a part of the world, for the inspector. Changes nothing.
    Inspect {
        /// Its id: `vpc-…`, `eni-…`, `hsm-…`, `cluster-…`, `i-…`, `sg-…`, `subnet-…`, `igw-…`,
        /// `acl-…`, `rtb-…`.
        id: String,
    },
    /// Asks if one part can reach another. Changes nothing.
    Reach {
        /// An instance or interface id, or an Internet address.
        from: String,
        /// An instance, interface or HSM id.
        to: String,
        /// The TCP port.
        port: u16,
    },
    /// Requests the console form of an operation (or, without one, the list of a service's
    /// operations, and without a service the list of services). Changes nothing.
    Form {
        /// The service's command-line name.
        service: Option<String>,
        /// The operation's command-line name.
        operation: Option<String>,
    },
    /// Requests a save. Changes nothing.
    Save,
}
