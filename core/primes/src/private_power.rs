//! The private operation of RSA with two primes (RFC 8017, section 5.1.2, second form).

use crate::limbs::{self, BITS, MASK, Number};
use crate::montgomery::Montgomery;
use crate::{LARGE, MIDDLE, SMALL, bits_max, bits_of};

/// The bits of an exponent that are taken at once.
const WINDOW: u32 = 5;

/// A private key, each part as big-endian bytes.
#[derive(Clone, Copy)]
pub struct TwoPrimes<'a> {
    /// The first prime.
    pub p: &'a [u8],
    /// The second prime.
    pub q: &'a [u8],
    /// The private exponent modulo `p - 1`.
    pub dp: &'a [u8],
    /// The private exponent modulo `q - 1`.
    pub dq: &'a [u8],
    /// `1 / q` modulo `p`.
    pub qinv: &'a [u8],
}

/// Returns `number^d` modulo `p q`, for a number below that product. Big-endian, without a fixed length.
///
/// `None`: the primes are not of one length, or longer than this crate's numbers.
#[must_use]
pub fn private_power(number: &[u8], key: TwoPrimes<'_>) -> Option<Vec<u8>> {
    let bits = bits_of(key.p);
    if bits != bits_of(key.q) || bits_of(number) > 2 * bits {
        return None;
    }
    match bits {
        0..64 => None,
        bits if bits <= bits_max(SMALL) => Some(power::<{ SMALL as usize }>(number, key)),
        bits if bits <= bits_max(MIDDLE) => Some(power::<{ MIDDLE as usize }>(number, key)),
        bits if bits <= bits_max(LARGE) => Some(power::<{ LARGE as usize }>(number, key)),
        _ => None,
    }
}

fn power<const N: usize>(number: &[u8], key: TwoPrimes<'_>) -> Vec<u8> {
    let q: Number<N> = limbs::read(key.q);
    let by_p = Montgomery::new(&limbs::read(key.p));
    let by_q = Montgomery::new(&q);
    let mut halves = [[0; N]; 2];
    limbs::read_into(number, halves.as_flattened_mut());
    let of_p = by_p.power(&by_p.value_of_two(&halves), &limbs::read(key.dp));
    let of_q = by_q.power(&by_q.value_of_two(&halves), &limbs::read(key.dq));
    // In plain form from here on: m = m2 + q ((m1 - m2) / q modulo p).
    let m2 = by_q.plain(&of_q);
    let m2_by_p = by_p.reduced(&by_p.product(&m2, &by_p.square_of_radix()));
    let difference = by_p.minus(&of_p, &m2_by_p);
    let h = by_p.reduced(&by_p.product(&difference, &limbs::read(key.qinv)));
    let mut columns = [[0; N]; 2];
    let columns = columns.as_flattened_mut();
    for (row, factor) in h.iter().enumerate() {
        for (to, limb) in columns[row..row + N].iter_mut().zip(&q) {
            *to += factor * limb;
        }
    }
    let mut carry = 0;
    for (at, column) in columns.iter_mut().enumerate() {
        carry += *column + m2.get(at).copied().unwrap_or(0);
        *column = carry & MASK;
        carry >>= BITS;
    }
    limbs::write(columns)
}

impl<const N: usize> Montgomery<N> {
    /// `2^(56 N)` reduced: the factor that a product with brings a plain number into this form.
    fn square_of_radix(&self) -> Number<N> {
        let mut value = *self.one();
        for _ in 0..N as u32 * BITS {
            self.double(&mut value);
        }
        value
    }

    /// The value of a number of twice the length, below the modulus times `2^(28 N)`.
    fn value_of_two(&self, halves: &[Number<N>; 2]) -> Number<N> {
        let square = self.square_of_radix();
        let cube = self.product(&square, &square);
        self.product(&self.quotient(halves), &cube)
    }

    /// The plain number of a value, below the modulus.
    fn plain(&self, value: &Number<N>) -> Number<N> {
        self.reduced(&self.quotient(&[*value, [0; N]]))
    }

    /// A value to the power of an exponent; below twice the modulus.
    fn power(&self, base: &Number<N>, exponent: &Number<N>) -> Number<N> {
        let mut powers = vec![*self.one(), *base];
        while powers.len() < 1 << WINDOW {
            powers.push(self.product(&powers[powers.len() - 1], base));
        }
        let windows = limbs::bits(exponent).div_ceil(WINDOW);
        let mut power = *self.one();
        for window in (0..windows).rev() {
            let mut digit = 0;
            for at in (window * WINDOW..(window + 1) * WINDOW).rev() {
                power = self.square(&power);
                digit = digit * 2 + usize::from(limbs::bit(exponent, at));
            }
            if digit != 0 {
                power = self.product(&power, &powers[digit]);
            }
        }
        power
    }
}
