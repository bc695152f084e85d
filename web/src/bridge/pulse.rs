//! The worker's pulse: the schedule of pings, and the meaning of silence.
//!
//! Silence is counted in beats of a timer, not in time: after a laptop has slept, its worker does not
//! seem dead.

/// The time between two beats, in milliseconds.
pub const BEAT_MS: u32 = 2_000;

/// Unanswered beats after which a busy worker counts as slow.
const SLOW_BEATS: u32 = 4;

/// Unanswered beats after which an idle worker counts as dead.
const DEAD_BEATS: u32 = 5;

const _: () = assert!(SLOW_BEATS <= DEAD_BEATS);

/// The action of a beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Send a ping.
    Ping,
    /// Wait.
    Wait,
    /// The worker has been silent for long, but has work to do: it may still be running.
    Slow,
    /// The worker has nothing to do, and does not respond.
    Dead,
}

/// The pulse of one worker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulse {
    waiting: bool,
    silent: u32,
}

impl Pulse {
    /// Handles a beat of the timer; `busy` says that the worker has work to do.
    pub fn beat(&mut self, busy: bool) -> Beat {
        if !self.waiting {
            self.waiting = true;
            return Beat::Ping;
        }
        self.silent += 1;
        match self.silent {
            SLOW_BEATS if busy => Beat::Slow,
            silent if silent >= DEAD_BEATS && !busy => Beat::Dead,
            _ => Beat::Wait,
        }
    }

    /// Handles a message of the worker. Returns true if it was considered slow before.
    pub fn heard(&mut self) -> bool {
        let slow = self.silent >= SLOW_BEATS;
        *self = Self::default();
        slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(pulse: &mut Pulse, busy: bool, count: u32) -> Vec<Beat> {
        (0..count).map(|_| pulse.beat(busy)).collect()
    }

    #[test]
    fn a_worker_that_answers_is_pinged_at_every_beat() {
        let mut pulse = Pulse::default();
        for _ in 0..3 {
            assert_eq!(pulse.beat(false), Beat::Ping);
            assert!(!pulse.heard());
        }
    }

    #[test]
    fn a_busy_worker_is_slow_once_and_never_dead() {
        let mut pulse = Pulse::default();
        let all = beats(&mut pulse, true, 100);
        assert_eq!(all.iter().filter(|beat| **beat == Beat::Slow).count(), 1);
        assert!(!all.contains(&Beat::Dead));
        assert!(pulse.heard());
        assert_eq!(pulse.beat(true), Beat::Ping);
    }

    #[test]
    fn an_idle_worker_that_does_not_answer_is_dead() {
        let mut pulse = Pulse::default();
        let all = beats(&mut pulse, false, DEAD_BEATS + 1);
        assert_eq!(all.first(), Some(&Beat::Ping));
        assert_eq!(all.last(), Some(&Beat::Dead));
        assert!(all[1..all.len() - 1].iter().all(|beat| *beat == Beat::Wait));
    }
}
