//! The door: a driver sends a [`Request`] and gets [`Event`]s. The browser's worker, the command-line
//! tool and the tests are three drivers of this one protocol.

pub mod event;
pub mod request;
pub mod view;

pub use event::Event;
pub use request::Request;
