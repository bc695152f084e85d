//! The page's end of a channel to a world. The page uses a Web Worker; a test uses its own port.

use super::Message;

/// The callback for the worker's messages.
pub type Listener = Box<dyn Fn(Message)>;

/// A destination that takes requests as JSON text and sends [`Message`]s.
pub trait Port {
    /// Sends a request.
    fn post(&self, text: &str);
    /// Requests a [`Message::Alive`].
    fn ping(&self);
    /// Sets the listener. Called once, before the first request.
    fn listen(&self, listener: Listener);
    /// Closes it.
    fn close(&self);
}
