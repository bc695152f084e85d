//! A command that does not start.

/// Why a command does not start: the message, with who says it, and the status.
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) status: i32,
    /// Whether it ends a script.
    pub(super) fatal: bool,
}

impl Failure {
    /// A command that does not start.
    pub(super) fn new(message: impl Into<String>, status: i32) -> Self {
        Self {
            message: message.into(),
            status,
            fatal: false,
        }
    }
}
