//! The search compared with the `rsa` crate's search, and the test with trial division.

use std::num::NonZeroU32;

use crypto_primes::hazmat::SmallFactorsSieve;
use crypto_primes::{Flavor, is_prime as is_prime_by_crypto_primes};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use rsa::BoxedUint;

use super::*;

/// Generates a start of `bits` bits like `rsa`: odd, the two top bits set.
fn start(seed: u64, bits: u32) -> Vec<u8> {
    let mut start = vec![0; bits.div_ceil(8) as usize];
    ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut start);
    let above = start.len() * 8 - bits as usize;
    start[0] &= 0xff >> above;
    for place in [0, bits - 1, bits - 2] {
        let byte = start.len() - 1 - place as usize / 8;
        start[byte] |= 1 << (place % 8);
    }
    start
}

fn boxed(number: &[u8], bits: u32) -> BoxedUint {
    BoxedUint::from_be_slice(number, bits).unwrap()
}

/// Returns the distance to the prime that `rsa` takes.
fn distance_by_rsa(start: &[u8], bits: u32) -> BoxedUint {
    let start = boxed(start, bits);
    let prime = SmallFactorsSieve::new(start.clone(), NonZeroU32::new(bits).unwrap(), false)
        .unwrap()
        .find(|candidate| is_prime_by_crypto_primes(Flavor::Any, candidate))
        .unwrap();
    prime - &start
}

#[test]
fn the_search_finds_the_primes_that_rsa_finds() {
    // 1028, 1536 and 2068 bits leave no more headroom than the arithmetic needs.
    for bits in [64, 101, 512, 1024, 1032, 1152, 1536, 2048, 2068] {
        for seed in 0..if bits > 1200 { 2 } else { 8 } {
            let start = start(seed, bits);
            let distance = distance_to_prime(&start).unwrap();
            let expected = distance_by_rsa(&start, bits);
            assert_eq!(BoxedUint::from(distance), expected, "{bits} bits, {seed}");
        }
    }
}

#[test]
fn the_test_agrees_with_trial_division() {
    let has_no_factor = |n: u64| (3..).take_while(|d| d * d <= n).all(|d| n % d != 0);
    for n in (201..100_001_u64).step_by(2) {
        let number: Number<5> = limbs::read(&n.to_be_bytes());
        assert_eq!(passes(&number), has_no_factor(n), "{n}");
    }
}

#[test]
fn pseudoprimes_of_one_half_fail_the_other() {
    // Strong pseudoprimes to base 2 (OEIS A001262); almost extra strong Lucas pseudoprimes (A217719).
    for n in [2047_u64, 3277, 4033, 4681, 8321, 15841, 29341, 42799] {
        let number: Number<5> = limbs::read(&n.to_be_bytes());
        let field = Montgomery::new(&number);
        assert!(field.passes_miller_rabin() && !field.passes_lucas(), "{n}");
    }
    for n in [989_u64, 3239, 5777, 10469, 10877, 27971, 29681, 30739] {
        let number: Number<5> = limbs::read(&n.to_be_bytes());
        let field = Montgomery::new(&number);
        assert!(!field.passes_miller_rabin() && field.passes_lucas(), "{n}");
    }
}

#[test]
fn products_of_two_large_primes_are_composite() {
    let factor = |seed| {
        let start = start(seed, 512);
        let prime = boxed(&start, 1024) + BoxedUint::from(distance_to_prime(&start).unwrap());
        assert!(is_prime(&prime.to_be_bytes()));
        prime
    };
    for other in [2, 1] {
        let product = factor(1).wrapping_mul(factor(other));
        assert!(!is_prime(&product.to_be_bytes()));
    }
}

#[test]
fn a_search_ends_at_the_last_number_of_its_length() {
    // 2^64 - 59 is the last prime below 2^64, 2^1024 - 105 the last below 2^1024.
    let last = |bits: u32, below: u8| {
        let mut start = vec![0xff; bits as usize / 8];
        *start.last_mut().unwrap() = 0xff - (below - 1);
        start
    };
    assert_eq!(distance_to_prime(&last(64, 59)), Some(0));
    assert_eq!(distance_to_prime(&last(64, 57)), None);
    assert_eq!(distance_to_prime(&last(1024, 105)), Some(0));
    assert_eq!(distance_to_prime(&last(1024, 103)), None);
}

#[test]
fn numbers_of_other_lengths_are_refused() {
    for number in [vec![], vec![0], vec![1], vec![0xff; 7], vec![0xff; 300]] {
        assert_eq!(distance_to_prime(&number), None);
        assert!(!is_prime(&number));
    }
    // Leading zeros do not count.
    let mut long = vec![0; 300];
    long.extend(start(1, 512));
    assert_eq!(distance_to_prime(&long), distance_to_prime(&start(1, 512)));
    // An even number is not prime.
    assert!(!is_prime(&[0xff, 0, 0, 0, 0, 0, 0, 0, 0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Products and squares are right for any values below four times the modulus.
    #[test]
    fn arithmetic_agrees_with_boxed_integers(
        modulus in prop::collection::vec(any::<u8>(), 8..=129),
        a in prop::collection::vec(any::<u8>(), 0..=129),
        b in prop::collection::vec(any::<u8>(), 0..=129),
    ) {
        let mut modulus = modulus;
        modulus[0] |= 0x40;
        modulus[0] &= if modulus.len() == 129 { 0xff } else { 0x7f };
        *modulus.last_mut().unwrap() |= 1;
        let bits = 1056;
        let wide = |bytes: &[u8]| BoxedUint::from_be_slice(
            &[&vec![0; 132 - bytes.len()], bytes].concat(), bits).unwrap();
        let n = wide(&modulus).to_nz().unwrap();
        let field = Montgomery::<37>::new(&limbs::read(&modulus));
        let (a, b) = (wide(&a).rem(&n), wide(&b).rem(&n));
        let read = |number: &BoxedUint| limbs::read::<37>(&number.to_be_bytes());
        // x * y / 2^(28 * 37) * 2^(28 * 37) = x * y, with the radix multiplied in by `one` twice.
        let product = field.reduced(&field.product(&read(&a), &read(&b)));
        let back = field.reduced(&field.product(&product, &square_of_radix(&field)));
        prop_assert_eq!(back, read(&a.mul_mod(&b, &n)));
        let square = field.reduced(&field.square(&read(&a)));
        let same = field.reduced(&field.product(&read(&a), &read(&a)));
        prop_assert_eq!(square, same);
    }
}

/// `2^(2 * 28 N)` modulo the modulus.
fn square_of_radix<const N: usize>(field: &Montgomery<N>) -> Number<N> {
    let mut power = *field.one();
    for _ in 0..limbs::BITS as usize * N {
        field.double(&mut power);
    }
    power
}
