//! The worker's pulse: when to ping it, and what its silence means.
//!
//! Silence is counted in beats of a timer, not in time: a laptop that slept does not find its worker
//! dead when it wakes up.

/// The time between two beats, in milliseconds.
pub const BEAT_MS: u32 = 2_000;

/// Beats without an answer after which a worker with work to do is called slow.
const SLOW_BEATS: u32 = 4;

/// Beats without an answer after which a worker with nothing to do is called dead.
const DEAD_BEATS: u32 = 5;

const _: () = assert!(SLOW_BEATS <= DEAD_BEATS);

/// What a beat calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Send a ping.
    Ping,
    /// Wait.
    Wait,
    /// The worker has been silent for long, but it has work to do: it may be at it.
    Slow,
    /// The worker has nothing to do, and does not answer.
    Dead,
}

/// The pulse of one worker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulse {
    waiting: bool,
    silent: u32,
}

impl Pulse {
    /// A beat of the timer; `busy` says whether the worker has work to do.
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

    /// The worker said something. Returns whether it had been called slow.
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
