//! Montgomery arithmetic with limbs of 28 bits, stored in `u64`.
//!
//! WebAssembly cannot multiply two 64-bit numbers to 128 bits, which usual implementations need; they
//! call a function with four multiplications for each product. A product of two limbs of 28 bits has 56
//! bits, so a column of a long multiplication can sum up to 256 products before it carries: one
//! multiplication and one addition per product.

use crate::limbs::{self, BITS, MASK, Number};

/// The number of unused top bits of a modulus: results below four times the modulus can be multiplied
/// without a reduction in between.
pub(crate) const HEADROOM_BITS: u32 = 4;

/// Arithmetic modulo an odd number. A value `x` is stored as `x * 2^(28 N)` modulo that number.
pub(crate) struct Montgomery<const N: usize> {
    modulus: Number<N>,
    /// `-1 / modulus`, modulo `2^28`.
    inverse: u64,
    one: Number<N>,
}

impl<const N: usize> Montgomery<N> {
    /// A column sums at most `2 N` products of 56 bits.
    const COLUMN_FITS: () = assert!(N <= 127 && N > 4);

    /// Prepares for an odd modulus of at most `28 N - 4` bits.
    pub(crate) fn new(modulus: &Number<N>) -> Self {
        let () = Self::COLUMN_FITS;
        // Newton's iteration doubles the number of correct bits each time: 1, 2, 4, 8, 16, 32.
        let mut inverse = 1_u64;
        for _ in 0..5 {
            let error = 2_u64.wrapping_sub(modulus[0].wrapping_mul(inverse));
            inverse = inverse.wrapping_mul(error);
        }
        let mut field = Self {
            modulus: *modulus,
            inverse: inverse.wrapping_neg() & MASK,
            one: [0; N],
        };
        field.one = field.radix();
        field
    }

    pub(crate) const fn modulus(&self) -> &Number<N> {
        &self.modulus
    }

    /// The value one.
    pub(crate) const fn one(&self) -> &Number<N> {
        &self.one
    }

    /// `2^(28 N)` reduced: by doubling from the modulus' top bit on.
    fn radix(&self) -> Number<N> {
        let top = limbs::bits(&self.modulus).saturating_sub(1);
        let mut power = [0; N];
        power[(top / BITS) as usize] = 1 << (top % BITS);
        let mut exponent = top;
        while (exponent / BITS) as usize != N {
            self.double(&mut power);
            exponent += 1;
        }
        power
    }

    /// Doubles a value below the modulus; the result is below the modulus.
    pub(crate) fn double(&self, value: &mut Number<N>) {
        limbs::double(value);
        if limbs::at_least(value, &self.modulus) {
            limbs::subtract(value, &self.modulus);
        }
    }

    /// The same value below the modulus.
    pub(crate) fn reduced(&self, value: &Number<N>) -> Number<N> {
        let mut value = *value;
        while limbs::at_least(&value, &self.modulus) {
            limbs::subtract(&mut value, &self.modulus);
        }
        value
    }

    /// The negative of a value below the modulus that is not zero.
    pub(crate) fn negative(&self, value: &Number<N>) -> Number<N> {
        let mut negative = self.modulus;
        limbs::subtract(&mut negative, value);
        negative
    }

    /// `a - b`, for `a` below twice the modulus and `b` below the modulus; below four times the modulus.
    pub(crate) fn minus(&self, a: &Number<N>, b: &Number<N>) -> Number<N> {
        let mut difference = [0; N];
        let mut carry = 0_i64;
        for (at, limb) in difference.iter_mut().enumerate() {
            let sum = a[at] + 2 * self.modulus[at];
            carry += sum.cast_signed() - b[at].cast_signed();
            *limb = carry.cast_unsigned() & MASK;
            carry >>= BITS;
        }
        difference
    }

    /// The value of a small number, below the modulus.
    pub(crate) fn small(&self, number: u64) -> Number<N> {
        let mut value = [0; N];
        for at in (0..64 - number.leading_zeros()).rev() {
            self.double(&mut value);
            if number >> at & 1 == 1 {
                let mut carry = 0;
                for (limb, one) in value.iter_mut().zip(&self.one) {
                    carry += *limb + one;
                    *limb = carry & MASK;
                    carry >>= BITS;
                }
                value = self.reduced(&value);
            }
        }
        value
    }

    /// The square of a value below four times the modulus; below twice the modulus.
    pub(crate) fn square(&self, a: &Number<N>) -> Number<N> {
        let mut columns = [[0_u64; N]; 2];
        let columns = columns.as_flattened_mut();
        let mut row = 0;
        // Four rows at a time: a column is loaded and stored once for four products.
        while row + 4 <= N {
            let [a0, a1, a2, a3] = [a[row], a[row + 1], a[row + 2], a[row + 3]];
            let [b0, b1, b2, b3] = [2 * a0, 2 * a1, 2 * a2, 2 * a3];
            let to = &mut columns[2 * row..row + N + 3];
            to[0] += a0 * a0;
            to[1] += b0 * a1;
            to[2] += b0 * a2 + a1 * a1;
            to[3] += b0 * a3 + b1 * a2;
            to[4] += b1 * a3 + a2 * a2;
            to[5] += b2 * a3;
            to[6] += a3 * a3;
            add_rows([b0, b1, b2, b3], &a[row + 4..], &mut to[4..]);
            row += 4;
        }
        while row < N {
            let twice = 2 * a[row];
            columns[2 * row] += a[row] * a[row];
            let to = columns[2 * row + 1..row + N].iter_mut();
            for (to, limb) in to.zip(&a[row + 1..]) {
                *to += twice * limb;
            }
            row += 1;
        }
        self.reduce(columns)
    }

    /// The product of two values below four times the modulus; below twice the modulus.
    pub(crate) fn product(&self, a: &Number<N>, b: &Number<N>) -> Number<N> {
        let mut columns = [[0_u64; N]; 2];
        let columns = columns.as_flattened_mut();
        let mut row = 0;
        while row + 4 <= N {
            let factors = [a[row], a[row + 1], a[row + 2], a[row + 3]];
            add_rows(factors, b, &mut columns[row..row + N + 3]);
            row += 4;
        }
        while row < N {
            for (to, limb) in columns[row..row + N].iter_mut().zip(b) {
                *to += a[row] * limb;
            }
            row += 1;
        }
        self.reduce(columns)
    }

    /// A number of twice the length, divided by `2^(28 N)`; below twice the modulus where the number is
    /// below the modulus times `2^(28 N)`.
    pub(crate) fn quotient(&self, halves: &[Number<N>; 2]) -> Number<N> {
        let mut columns = *halves;
        self.reduce(columns.as_flattened_mut())
    }

    /// Divides columns by `2^(28 N)`: adds the multiple of the modulus that makes the lower half zero,
    /// and returns the upper half.
    fn reduce(&self, columns: &mut [u64]) -> Number<N> {
        let n = &self.modulus;
        let factor = |column: u64| (column & MASK).wrapping_mul(self.inverse) & MASK;
        let mut carry = 0;
        let mut row = 0;
        while row + 4 <= N {
            // The last four rows reach no further than the end of the columns.
            let to = &mut columns[row..(row + N + 3).min(2 * N)];
            let c0 = to[0] + carry;
            let f0 = factor(c0);
            let c1 = to[1] + f0 * n[1] + ((c0 + f0 * n[0]) >> BITS);
            let f1 = factor(c1);
            let c2 = to[2] + f0 * n[2] + f1 * n[1] + ((c1 + f1 * n[0]) >> BITS);
            let f2 = factor(c2);
            let c3 = to[3] + f0 * n[3] + f1 * n[2] + f2 * n[1] + ((c2 + f2 * n[0]) >> BITS);
            let f3 = factor(c3);
            carry = (c3 + f3 * n[0]) >> BITS;
            // Adds the carries of the lowest limbs to the columns from the fifth on.
            to[4] += f1 * n[3] + f2 * n[2] + f3 * n[1];
            to[5] += f2 * n[3] + f3 * n[2];
            to[6] += f3 * n[3];
            add_rows([f0, f1, f2, f3], &n[4..], &mut to[4..]);
            row += 4;
        }
        while row < N {
            let to = &mut columns[row..row + N];
            let lowest = to[0] + carry;
            let f = factor(lowest);
            carry = (lowest + f * n[0]) >> BITS;
            for (to, limb) in to[1..].iter_mut().zip(&n[1..]) {
                *to += f * limb;
            }
            row += 1;
        }
        let mut upper = [0; N];
        for (limb, column) in upper.iter_mut().zip(&columns[N..]) {
            let sum = column + carry;
            *limb = sum & MASK;
            carry = sum >> BITS;
        }
        upper
    }
}

/// Adds four rows of a long multiplication: `to[i + r] += factors[r] * b[i]`. `to` has three columns
/// more than `b`.
#[inline(always)]
fn add_rows(factors: [u64; 4], b: &[u64], to: &mut [u64]) {
    let [f0, f1, f2, f3] = factors;
    let (mut b1, mut b2, mut b3) = (0, 0, 0);
    let (body, tail) = to.split_at_mut(b.len());
    for (to, &b0) in body.iter_mut().zip(b) {
        *to += f0 * b0 + f1 * b1 + f2 * b2 + f3 * b3;
        (b3, b2, b1) = (b2, b1, b0);
    }
    tail[0] += f1 * b1 + f2 * b2 + f3 * b3;
    tail[1] += f2 * b1 + f3 * b2;
    tail[2] += f3 * b1;
}
