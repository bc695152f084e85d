//! A queue of future events, in order of time and then of insertion.

use std::collections::BTreeMap;

use super::time::SimTime;

/// Future events of one part of the world. Events with the same time are returned in the order of
/// insertion.
#[derive(Clone, Debug)]
pub struct Schedule<E> {
    events: BTreeMap<(SimTime, u64), E>,
    next_sequence: u64,
}

impl<E> Default for Schedule<E> {
    fn default() -> Self {
        Self {
            events: BTreeMap::new(),
            next_sequence: 0,
        }
    }
}

impl<E> Schedule<E> {
    /// Schedules `event` for the time `at`.
    pub fn push(&mut self, at: SimTime, event: E) {
        self.events.insert((at, self.next_sequence), event);
        self.next_sequence += 1;
    }

    /// Returns the time of the next event.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        self.events.keys().next().map(|(at, _)| *at)
    }

    /// Removes and returns the next event that is due at `now` or earlier.
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, E)> {
        if self.next_at()? > now {
            return None;
        }
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }

    /// Removes the events for which `gone` is true.
    pub fn cancel(&mut self, mut gone: impl FnMut(&E) -> bool) {
        self.events.retain(|_, event| !gone(event));
    }

    /// Iterates over the scheduled events, soonest first.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &E)> {
        self.events.iter().map(|((at, _), event)| (*at, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_time_then_of_insertion() {
        let mut schedule = Schedule::default();
        for (ms, name) in [(5, "c"), (3, "a"), (3, "b")] {
            schedule.push(SimTime::from_unix_ms(ms), name);
        }
        let now = SimTime::from_unix_ms(4);
        let due: Vec<_> = std::iter::from_fn(|| schedule.pop_due(now))
            .map(|(_, e)| e)
            .collect();
        assert_eq!(due, ["a", "b"]);
        assert_eq!(schedule.next_at(), Some(SimTime::from_unix_ms(5)));
    }
}
