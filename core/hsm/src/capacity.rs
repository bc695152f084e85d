//! The time that an appliance needs for a command, and its queue length. All times are simulated.
//!
//! AWS publishes the rates of clusters (User Guide, "performance"): RSA-2048 signatures 1,000 per second
//! for each HSM of a pair, ECDSA on P-256 250 (hsm1.medium) and 1,500 (hsm2m.medium), ML-DSA-44 40. An
//! appliance processes one command after another; each takes the inverse of its rate.

use std::collections::VecDeque;

use super::keys::Keys;
use super::table::Cost;
use hsmlab_proto::Handle;
use hsmlab_proto::key::{Curve, PublicPart};
use hsmlab_proto::message::PairKind;
use hsmlab_proto::pure::{PureKind, PurePublic};

/// The maximum number of commands that an appliance has accepted and not yet answered. The next one is
/// refused with "Response Code: 187" (User Guide, "troubleshoot-hsm-throttling"). Guess: the number
/// is not published.
pub const QUEUE_MAX: usize = 128;

/// A signature with RSA-2048: 1,000 a second on either type.
const RSA_2048_US: u64 = 1000;
/// A signature with ECDSA on P-256, hsm1.medium: 250 a second.
const P256_HSM1_US: u64 = 4000;
/// The same, hsm2m.medium: 1,500 a second.
const P256_HSM2M_US: u64 = 667;
/// A signature with ML-DSA: 40 a second. Guess: for all parameter sets, keys and verification too.
const ML_DSA_US: u64 = 25_000;
/// An operation with only a public RSA key. Guess: a tenth of a signature.
const RSA_PUBLIC_US: u64 = 100;
/// An operation with a symmetric key, without its data. Guess: a tenth of an RSA signature.
const SYMMETRIC_US: u64 = 100;
/// Bytes that a symmetric algorithm processes per microsecond: early product texts mention about
/// 300 Mb/s. Guess: for all algorithms and both types.
const BYTES_PER_US: u64 = 37;
/// Making a symmetric key, wrapping or masking one, reading its attributes. Guess.
const KEY_US: u64 = 1000;
/// Making an RSA pair of 2,048 bits. Guess: a hundred signatures.
const RSA_PAIR_US: u64 = 100_000;
/// Checking a password: it is hashed many times. Guess.
const PASSWORD_US: u64 = 20_000;
/// Opening a channel: one signature with the cluster certificate's key, and an exchange of keys.
/// Guess: as two RSA signatures.
pub(super) const CHANNEL_US: u64 = 2000;
/// Everything else. Guess.
const OTHER_US: u64 = 500;

/// The queue of accepted commands: when each finishes, in microseconds since 1970.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    ends: VecDeque<u64>,
}

impl Queue {
    /// Enqueues a command that arrives at `at_us` and takes `work_us`. Returns its latency, or `None` if
    /// the queue is full.
    pub(super) fn take_in(&mut self, at_us: u64, work_us: u64) -> Option<u64> {
        while self.ends.front().is_some_and(|end| *end <= at_us) {
            self.ends.pop_front();
        }
        if self.ends.len() >= QUEUE_MAX {
            return None;
        }
        let begins = self.ends.back().map_or(at_us, |end| at_us.max(*end));
        let ends = begins.saturating_add(work_us);
        self.ends.push_back(ends);
        Some(ends - at_us)
    }
}

/// The microseconds that a command keeps an appliance busy.
pub(super) fn work_us(hsm1: bool, cost: Cost<'_>, keys: &Keys) -> u64 {
    match cost {
        Cost::Other => OTHER_US,
        Cost::Password => PASSWORD_US,
        Cost::Key => KEY_US,
        Cost::Private(handle) => private_us(hsm1, keys, handle),
        Cost::Verify(handle) => match keys.public_of(handle) {
            Some(PublicPart::Ec { .. }) => private_us(hsm1, keys, handle),
            Some(PublicPart::Rsa { .. } | PublicPart::Pure(_)) | None => RSA_PUBLIC_US,
        },
        Cost::Unwrap(handle) => match keys.public_of(handle) {
            Some(_) => KEY_US + private_us(hsm1, keys, handle),
            None => KEY_US,
        },
        Cost::Pair(PairKind::Rsa { bits, .. }) => scaled(RSA_PAIR_US, u64::from(*bits), 2048, 4),
        Cost::Pair(PairKind::Ec(curve)) => curve_us(hsm1, *curve),
        Cost::Pair(PairKind::Pure(PureKind::Ed25519)) => curve_us(hsm1, Curve::P256),
        Cost::Pair(PairKind::Pure(PureKind::MlDsa(_))) => ML_DSA_US,
        Cost::Data(handle, bytes, private) => match keys.public_of(handle) {
            Some(_) if private => private_us(hsm1, keys, handle),
            Some(_) => RSA_PUBLIC_US,
            None => SYMMETRIC_US + u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES_PER_US,
        },
        Cost::Random(bytes) => SYMMETRIC_US + u64::from(bytes) / BYTES_PER_US,
    }
}

/// Returns the time of one private-key operation.
fn private_us(hsm1: bool, keys: &Keys, handle: Handle) -> u64 {
    match keys.public_of(handle) {
        Some(PublicPart::Rsa { modulus, .. }) => {
            let bits = u64::try_from(modulus.len()).unwrap_or(512) * 8;
            // Guess: by the cube of the length, as the arithmetic grows.
            scaled(RSA_2048_US, bits, 2048, 3)
        }
        Some(PublicPart::Ec { curve, .. }) => curve_us(hsm1, *curve),
        // Guess: Ed25519 takes as long as ECDSA on P-256.
        Some(PublicPart::Pure(PurePublic::Ed25519(_))) => curve_us(hsm1, Curve::P256),
        Some(PublicPart::Pure(PurePublic::MlDsa(..))) => ML_DSA_US,
        None => OTHER_US,
    }
}

fn curve_us(hsm1: bool, curve: Curve) -> u64 {
    let base = if hsm1 { P256_HSM1_US } else { P256_HSM2M_US };
    // Guess: by the square of the length.
    scaled(base, curve_bits(curve), 256, 2)
}

fn curve_bits(curve: Curve) -> u64 {
    match curve {
        Curve::P224 => 224,
        Curve::P384 => 384,
        Curve::P521 => 521,
        _ => 256,
    }
}

/// Scales `base` from numbers of `of` bits to numbers of `bits`, by the given power.
fn scaled(base: u64, bits: u64, of: u64, power: u32) -> u64 {
    let bits = bits.min(16_384);
    base.saturating_mul(bits.pow(power)) / of.pow(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_wait_for_one_another_and_one_too_many_is_refused() {
        let mut queue = Queue::default();
        assert_eq!(queue.take_in(1_000_000, 1000), Some(1000));
        assert_eq!(queue.take_in(1_000_400, 1000), Some(1600));
        // Idle again: no backlog remains.
        assert_eq!(queue.take_in(2_000_000, 1000), Some(1000));
        for waiting in 1..QUEUE_MAX {
            let wait = u64::try_from(waiting).unwrap() * 1000;
            assert_eq!(queue.take_in(2_000_000, 1000), Some(wait + 1000));
        }
        assert_eq!(queue.take_in(2_000_000, 1000), None);
        assert_eq!(queue.take_in(2_001_000, 1000), Some(128_000));
    }

    #[test]
    fn work_grows_with_the_length() {
        assert_eq!(scaled(RSA_2048_US, 2048, 2048, 3), 1000);
        assert_eq!(scaled(RSA_2048_US, 4096, 2048, 3), 8000);
        assert_eq!(curve_us(false, Curve::P256), 667);
        assert_eq!(curve_us(true, Curve::P256), 4000);
        assert!(curve_us(true, Curve::P384) > curve_us(true, Curve::P256));
    }
}
