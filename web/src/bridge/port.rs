//! The end of a channel to a world. The page's is a Web Worker; a test puts its own in its place.

use super::Message;

/// Gets what the worker says.
pub type Listener = Box<dyn Fn(Message)>;

/// Somewhere that takes requests as JSON text and says [`Message`]s.
pub trait Port {
    /// Sends a request.
    fn post(&self, text: &str);
    /// Asks for a [`Message::Alive`].
    fn ping(&self);
    /// Sets who hears. Called once, before the first request.
    fn listen(&self, listener: Listener);
    /// Ends it.
    fn close(&self);
}
