//! Numbers as arrays of limbs, the lowest first.

/// The bits of a limb.
pub(crate) const BITS: u32 = 28;
/// The largest limb.
pub(crate) const MASK: u64 = (1 << BITS) - 1;

/// A number of `N` limbs. Each limb is at most [`MASK`].
pub(crate) type Number<const N: usize> = [u64; N];

/// Reads big-endian bytes. Bytes that do not fit are dropped.
pub(crate) fn read<const N: usize>(bytes: &[u8]) -> Number<N> {
    let mut number = [0; N];
    read_into(bytes, &mut number);
    number
}

/// Reads big-endian bytes into limbs. Bytes that do not fit are dropped.
pub(crate) fn read_into(bytes: &[u8], limbs: &mut [u64]) {
    let mut rest = bytes.iter().rev();
    let (mut waiting, mut bits) = (0_u64, 0);
    for limb in limbs {
        while bits < BITS {
            waiting |= u64::from(rest.next().copied().unwrap_or(0)) << bits;
            bits += 8;
        }
        *limb = waiting & MASK;
        waiting >>= BITS;
        bits -= BITS;
    }
}

/// Writes big-endian bytes, as many as the limbs fill.
pub(crate) fn write(limbs: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(limbs.len() * 4);
    let (mut waiting, mut bits) = (0_u64, 0);
    for limb in limbs {
        waiting |= limb << bits;
        bits += BITS;
        while bits >= 8 {
            bytes.push((waiting & 0xff) as u8);
            waiting >>= 8;
            bits -= 8;
        }
    }
    bytes.push((waiting & 0xff) as u8);
    bytes.reverse();
    bytes
}

/// Adds a small number.
pub(crate) fn plus<const N: usize>(number: &Number<N>, small: u64) -> Number<N> {
    let mut sum = *number;
    let mut carry = small;
    for limb in &mut sum {
        carry += *limb;
        *limb = carry & MASK;
        carry >>= BITS;
    }
    sum
}

/// Returns the remainder of a division by a number below 2^32.
pub(crate) fn remainder<const N: usize>(number: &Number<N>, divisor: u64) -> u64 {
    let step = |rest: u64, limb: &u64| ((rest << BITS) | limb) % divisor;
    number.iter().rev().fold(0, step)
}

/// True if `a` is at least `b`.
pub(crate) fn at_least<const N: usize>(a: &Number<N>, b: &Number<N>) -> bool {
    let different = a.iter().zip(b).rev().find(|(a, b)| a != b);
    different.is_none_or(|(a, b)| a > b)
}

/// Subtracts `b`, which is at most `a`.
pub(crate) fn subtract<const N: usize>(a: &mut Number<N>, b: &Number<N>) {
    let mut borrow = 0_i64;
    for (a, b) in a.iter_mut().zip(b) {
        let difference = a.cast_signed() - b.cast_signed() + borrow;
        *a = difference.cast_unsigned() & MASK;
        borrow = difference >> BITS;
    }
}

/// Doubles. The top limb has room for it.
pub(crate) fn double<const N: usize>(number: &mut Number<N>) {
    let mut carry = 0;
    for limb in number {
        let twice = (*limb << 1) | carry;
        *limb = twice & MASK;
        carry = twice >> BITS;
    }
}

/// Returns the length in bits.
pub(crate) fn bits<const N: usize>(number: &Number<N>) -> u32 {
    let mut bits = 0;
    for (at, limb) in (0..).zip(number) {
        if *limb != 0 {
            bits = at * BITS + 64 - limb.leading_zeros();
        }
    }
    bits
}

/// Returns the number of zeros below the lowest set bit.
pub(crate) fn trailing_zeros<const N: usize>(number: &Number<N>) -> u32 {
    let below = |(at, limb): (u32, &u64)| (*limb != 0).then(|| at * BITS + limb.trailing_zeros());
    (0..).zip(number).find_map(below).unwrap_or(0)
}

/// Returns the bit at a position.
pub(crate) fn bit<const N: usize>(number: &Number<N>, at: u32) -> bool {
    let limb = number.get((at / BITS) as usize);
    limb.is_some_and(|limb| (limb >> (at % BITS)) & 1 == 1)
}
