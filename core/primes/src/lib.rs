//! `hsmlab-primes`: the search for RSA primes, and the private operation of RSA.
//!
//! A search begins at a random start from the caller and returns the distance to the first prime from
//! there. The `rsa` crate takes the same prime from the same start, so a key made with this crate equals
//! the key that `rsa` makes. The arithmetic is faster in WebAssembly: see [`montgomery`].
//!
//! [`private_power`] is the private operation of RSA: the same arithmetic makes it several times as fast
//! as the `rsa` crate's in WebAssembly, and it blinds nothing.
//!
//! The functions take bytes and are not generic: a generic function is compiled in the crate that calls
//! it, with that crate's optimisation level.
//!
//! Nothing here runs in constant time. The keys of a simulated world are not secret from its only user.
#![forbid(unsafe_code)]

mod limbs;
mod montgomery;
mod private_power;
mod sieve;
mod tests_of_primality;

pub use private_power::{TwoPrimes, private_power};

use limbs::Number;
use montgomery::Montgomery;

/// The odd numbers that are sieved at once.
const SIEVED: usize = 4096;
/// Candidates are divided by the primes below this limit. Values between 5,000 and 130,000 change the
/// time of a search by less than 20 %.
const SMALL_PRIMES_BELOW: u32 = 30_000;

/// The supported lengths of primes, in bits.
pub const BITS: std::ops::RangeInclusive<u32> = 64..=bits_max(LARGE);

// The numbers of limbs that the arithmetic is compiled for: primes of 1024, 1536 and 2048 bits.
const SMALL: u32 = 37;
const MIDDLE: u32 = 55;
const LARGE: u32 = 74;

/// Returns the length of the largest numbers that fit in `limbs` limbs with the headroom that
/// [`Montgomery`] needs.
const fn bits_max(limbs: u32) -> u32 {
    limbs * limbs::BITS - montgomery::HEADROOM_BITS
}

/// Returns the distance from `start` to the first prime at or above it. `start` is an odd number, as
/// big-endian bytes.
///
/// `None`: the start's length is outside [`BITS`], or there is no prime of its length at or above it.
#[must_use]
pub fn distance_to_prime(start: &[u8]) -> Option<u64> {
    match bits_of(start) {
        bits if !BITS.contains(&bits) => None,
        bits if bits <= bits_max(SMALL) => search::<{ SMALL as usize }>(start, bits),
        bits if bits <= bits_max(MIDDLE) => search::<{ MIDDLE as usize }>(start, bits),
        bits => search::<{ LARGE as usize }>(start, bits),
    }
}

/// Tests whether an odd number, as big-endian bytes, is a prime, by the Baillie-PSW test. No composite
/// number is known that passes it. Returns false for numbers of a length outside [`BITS`].
#[must_use]
pub fn is_prime(number: &[u8]) -> bool {
    match bits_of(number) {
        bits if !BITS.contains(&bits) => false,
        bits if bits <= bits_max(SMALL) => passes::<{ SMALL as usize }>(&limbs::read(number)),
        bits if bits <= bits_max(MIDDLE) => passes::<{ MIDDLE as usize }>(&limbs::read(number)),
        _ => passes::<{ LARGE as usize }>(&limbs::read(number)),
    }
}

/// The length of a number without its leading zeros, in bits.
fn bits_of(number: &[u8]) -> u32 {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let rest = number.get(zeros..).unwrap_or_default();
    let top = rest.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(rest.len() * 8).map_or(u32::MAX, |bits| bits - top)
}

fn search<const N: usize>(start: &[u8], bits: u32) -> Option<u64> {
    let small_primes = sieve::primes_below(SMALL_PRIMES_BELOW);
    let mut block: Number<N> = limbs::read(start);
    let mut distance = 0_u64;
    while limbs::bits(&block) == bits {
        let composite = sieve::composites(&block, &small_primes, SIEVED);
        let mut offset = 0;
        for composite in composite {
            if !composite {
                let candidate = limbs::plus(&block, offset);
                if passes(&candidate) {
                    let in_range = limbs::bits(&candidate) == bits;
                    return in_range.then_some(distance + offset);
                }
            }
            offset += 2;
        }
        block = limbs::plus(&block, offset);
        distance += offset;
    }
    None
}

fn passes<const N: usize>(number: &Number<N>) -> bool {
    if number[0].is_multiple_of(2) {
        return false;
    }
    let field = Montgomery::new(number);
    field.passes_miller_rabin() && field.passes_lucas()
}

#[cfg(test)]
mod tests;
