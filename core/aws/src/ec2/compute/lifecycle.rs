//! An instance's states, their transitions and durations.

use super::Platform;
use hsmlab_sim::SimDuration;

/// The state of an instance (EC2 API reference, `InstanceState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstanceState {
    /// 0: being launched or started.
    Pending,
    /// 16.
    Running,
    /// 32: being terminated.
    ShuttingDown,
    /// 48: gone, but still listed.
    Terminated,
    /// 64.
    Stopping,
    /// 80.
    Stopped,
}

/// The automatic transition out of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// No transition: the state lasts until a request.
    None,
    /// Another state.
    To(InstanceState),
    /// The instance is removed from all lists.
    Forgotten,
}

impl InstanceState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Running,
        Self::ShuttingDown,
        Self::Terminated,
        Self::Stopping,
        Self::Stopped,
    ];

    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }

    /// The API's number.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }

    /// True if the state automatically changes to another one.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(after(self), Transition::To(_))
    }
}

/// The automatic transition out of `state` (EC2 user guide, "Instance lifecycle").
#[must_use]
pub const fn after(state: InstanceState) -> Transition {
    match state {
        InstanceState::Pending => Transition::To(InstanceState::Running),
        InstanceState::ShuttingDown => Transition::To(InstanceState::Terminated),
        InstanceState::Stopping => Transition::To(InstanceState::Stopped),
        InstanceState::Terminated => Transition::Forgotten,
        InstanceState::Running | InstanceState::Stopped => Transition::None,
    }
}

/// The duration of a state; `None` if it lasts until a request. Durations differ by some seconds
/// between instances, depending on the id. A terminated instance "remains visible for about an
/// hour" (EC2 user guide).
#[must_use]
pub fn lasts(state: InstanceState, id: &str, platform: Platform) -> Option<SimDuration> {
    let spread = id
        .bytes()
        .fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
        % 10;
    let windows = platform.is_windows();
    let seconds = match state {
        InstanceState::Pending => 15 + spread,
        InstanceState::Stopping if windows => 50 + spread,
        InstanceState::Stopping => 30 + spread,
        InstanceState::ShuttingDown => 30 + spread,
        InstanceState::Terminated => 3600,
        InstanceState::Running | InstanceState::Stopped => return None,
    };
    Some(SimDuration::from_seconds(seconds))
}

/// The time for which both status checks of a new instance are `initializing`.
#[must_use]
pub const fn checks_last(platform: Platform) -> SimDuration {
    SimDuration::from_seconds(if platform.is_windows() { 300 } else { 150 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_lasts_as_long_as_something_follows_on_it() {
        for state in InstanceState::ALL {
            let ends = lasts(state, "i-0123456789abcdef0", Platform::Ubuntu2404).is_some();
            assert_eq!(ends, after(state) != Transition::None, "{state:?}");
        }
    }
}
