//! Trial division of many candidates by small primes.

use crate::limbs::{self, Number};

/// The odd primes below a limit.
pub(crate) fn primes_below(limit: u32) -> Vec<u32> {
    let mut composite = vec![false; limit as usize];
    let mut primes = Vec::new();
    for number in (3..limit).step_by(2) {
        if composite[number as usize] {
            continue;
        }
        primes.push(number);
        if let Some(square) = number.checked_mul(number) {
            for multiple in (square..limit).step_by(2 * number as usize) {
                composite[multiple as usize] = true;
            }
        }
    }
    primes
}

/// Marks the numbers `start + 2 k`, for `k` below `count`, that have a small prime as a factor. `start`
/// is odd and greater than the small primes.
pub(crate) fn composites<const N: usize>(
    start: &Number<N>,
    small_primes: &[u32],
    count: usize,
) -> Vec<bool> {
    let mut composite = vec![false; count];
    let mut rest = small_primes;
    while let Some((product, group)) = group(rest) {
        // One long division serves the whole group.
        let remainder = limbs::remainder(start, product);
        for &prime in &rest[..group] {
            let first = first_multiple(remainder % u64::from(prime), u64::from(prime));
            let mut at = usize::try_from(first).unwrap_or(count);
            while at < count {
                composite[at] = true;
                at += prime as usize;
            }
        }
        rest = &rest[group..];
    }
    composite
}

/// The first primes of a list whose product is below 2^32: the product and their count.
fn group(primes: &[u32]) -> Option<(u64, usize)> {
    let mut product = u64::from(*primes.first()?);
    let mut count = 1;
    for &prime in &primes[1..] {
        if product * u64::from(prime) >= 1 << 32 {
            break;
        }
        product *= u64::from(prime);
        count += 1;
    }
    Some((product, count))
}

/// The least `k` for which `remainder + 2 k` is a multiple of an odd prime.
fn first_multiple(remainder: u64, prime: u64) -> u64 {
    let missing = (prime - remainder) % prime;
    if missing.is_multiple_of(2) {
        missing / 2
    } else {
        (missing + prime) / 2
    }
}
