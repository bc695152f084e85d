//! `hsmlab-protocol`: the messages between a driver (the page, the command line, a test) and a session, as plain
//! data. It knows nothing of the world behind the door.
#![forbid(unsafe_code)]

pub mod appliance;
pub mod event;
pub mod form;
pub mod message;
pub mod moments;
pub mod reach;
pub mod request;
mod small_map;
pub mod text;
pub mod view;

pub use appliance::ApplianceStatus;
pub use event::{Event, Stream, ViewChange};
pub use reach::{Hop, HopKind, Reach};
pub use request::{Request, TerminalId};
pub use small_map::SmallMap;
pub use view::View;

/// The id of the host that every world has: the learner's CloudShell.
pub const CLOUDSHELL: &str = "cloudshell";
