//! RSA key pairs from a random stream.
//!
//! [`generate`] makes the same keys as `rsa::PrivateKey::new_with_exp` and consumes the same random bytes.
//! For each prime it generates a random start of half the key's length, sets the lowest bit and the two
//! highest bits, and takes the first prime at or above it. The search itself uses no randomness, so it can
//! be skipped if [`prime_cache`] knows its result.

use rand_core::Rng as _;
use rsa::BoxedUint;
use zeroize::Zeroizing;

use super::prime_cache;
use hsmlab_sim::Rng;

/// Makes an RSA key pair.
///
/// # Errors
/// The `rsa` crate refuses the size or the exponent.
pub fn generate(bits: u32, exponent: u64, rng: &mut Rng) -> rsa::Result<rsa::PrivateKey> {
    let halves = [bits / 2, bits - bits / 2];
    let searchable = halves.iter().all(|half| hsmlab_primes::BITS.contains(half));
    if !searchable {
        // Keys above 4,136 bits take minutes with either search.
        return rsa::PrivateKey::new_with_exp(rng, bits as usize, exponent.into());
    }
    if exponent.is_multiple_of(2) {
        return Err(rsa::Error::InvalidExponent);
    }
    loop {
        let primes = halves.map(|half| prime(half, rng));
        // Both primes are generated again if one does not suit the exponent.
        if primes.iter().all(|prime| suits(exponent, prime)) {
            let numbers = primes.iter().zip(halves).map(|(prime, half)| {
                BoxedUint::from_be_slice(prime, half).map_err(rsa::Error::Decode)
            });
            return rsa::PrivateKey::from_primes(
                numbers.collect::<Result<_, _>>()?,
                exponent.into(),
            );
        }
    }
}

/// Generates a prime of `bits` bits; big-endian.
fn prime(bits: u32, rng: &mut Rng) -> Zeroizing<Vec<u8>> {
    loop {
        let start = start(bits, rng);
        // There is no prime above the start in about one of 2^1000 cases.
        if let Some(distance) = prime_cache::distance(&start) {
            return prime_cache::plus(&start, distance);
        }
    }
}

/// Generates the random start of a search.
fn start(bits: u32, rng: &mut Rng) -> Zeroizing<Vec<u8>> {
    let mut start = Zeroizing::new(vec![0; bits.div_ceil(8) as usize]);
    // `rsa` generates the lowest byte first.
    rng.fill_bytes(&mut start);
    if let Some(top) = start.last_mut() {
        *top &= 0xff >> (start_padding(bits));
    }
    for bit in [0, bits - 1, bits - 2] {
        if let Some(byte) = start.get_mut((bit / 8) as usize) {
            *byte |= 1 << (bit % 8);
        }
    }
    start.reverse();
    start
}

/// Returns the number of unused bits in the top byte of a number of `bits` bits.
const fn start_padding(bits: u32) -> u32 {
    (8 - bits % 8) % 8
}

/// True if an exponent has no common factor with a prime minus one.
fn suits(exponent: u64, prime: &[u8]) -> bool {
    let step = |rest: u128, byte: &u8| ((rest << 8) | u128::from(*byte)) % u128::from(exponent);
    let remainder = prime.iter().fold(0, step);
    let (mut a, mut b) = (u128::from(exponent), remainder + u128::from(exponent) - 1);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use hsmlab_sim::Seed;

    /// Makes a key both ways, and checks that the streams continue at the same position.
    fn check_against_rsa(seed: u64, bits: u32, exponent: u64) {
        let stream = || Seed::from_number(seed).stream("rsa");
        let (mut ours, mut theirs) = (stream(), stream());
        let key = generate(bits, exponent, &mut ours).unwrap();
        let expected =
            rsa::PrivateKey::new_with_exp(&mut theirs, bits as usize, exponent.into()).unwrap();
        assert!(key == expected, "{bits} bits, seed {seed}");
        assert_eq!(ours.next_u64(), theirs.next_u64());
    }

    #[test]
    fn a_key_is_the_key_that_rsa_makes() {
        for seed in 0..6 {
            check_against_rsa(seed, 1024, 65_537);
        }
        for (bits, exponent) in [
            (1031, 65_537),
            (2048, 65_537),
            (2304, 65_539),
            (3072, 65_537),
        ] {
            check_against_rsa(7, bits, exponent);
        }
    }

    #[test]
    fn both_primes_are_drawn_again_where_one_does_not_suit_the_exponent() {
        // 3 * 5 * 7 * 11 * 13 * 17: most primes have a common factor with it.
        for seed in 0..3 {
            check_against_rsa(seed, 1024, 255_255);
        }
    }

    #[test]
    fn exponents_that_suit_no_prime_are_refused() {
        let mut rng = Seed::from_number(1).stream("rsa");
        for exponent in [0, 1, 2, 65_536, u64::MAX] {
            assert!(generate(1024, exponent, &mut rng).is_err(), "{exponent}");
        }
    }
}
