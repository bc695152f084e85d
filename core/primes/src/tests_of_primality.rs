//! The two halves of the Baillie-PSW test.

use crate::limbs::{self, Number};
use crate::montgomery::Montgomery;

/// Powers of two with an exponent below this are computed by doubling, which is cheaper than squaring.
const DOUBLED_BELOW: u32 = 64;
/// The largest parameter that the Lucas test tries. A number that needs one above 100 is a square.
const PARAMETER_MAX: u64 = 200;

impl<const N: usize> Montgomery<N> {
    /// Runs one round of Miller-Rabin with base 2. Multiplying by the base is doubling.
    pub(crate) fn passes_miller_rabin(&self) -> bool {
        let mut exponent = *self.modulus();
        exponent[0] -= 1;
        let squarings = limbs::trailing_zeros(&exponent);
        let mut at = limbs::bits(&exponent);
        let mut first = 0_u32;
        while at > squarings && first < DOUBLED_BELOW / 2 {
            at -= 1;
            first = first * 2 + u32::from(limbs::bit(&exponent, at));
        }
        let mut power = *self.one();
        for _ in 0..first {
            self.double(&mut power);
        }
        while at > squarings {
            at -= 1;
            power = self.square(&power);
            if limbs::bit(&exponent, at) {
                // Below four times the modulus, which `square` accepts.
                limbs::double(&mut power);
            }
        }
        let minus_one = self.negative(self.one());
        let mut power = self.reduced(&power);
        if power == *self.one() || power == minus_one {
            return true;
        }
        for _ in 1..squarings {
            power = self.reduced(&self.square(&power));
            if power == minus_one {
                return true;
            }
            if power == *self.one() {
                return false;
            }
        }
        false
    }

    /// Runs the "almost extra strong" Lucas test (OEIS A217719), as PARI/GP does: the sequence
    /// `V(k + 1) = P V(k) - V(k - 1)` with the least `P` for which `P^2 - 4` is no square modulo the
    /// number.
    pub(crate) fn passes_lucas(&self) -> bool {
        let is_parameter = |p: &u64| self.jacobi(p * p - 4) == -1;
        let Some(parameter) = (3..=PARAMETER_MAX).find(is_parameter) else {
            return false;
        };
        let index = limbs::plus(self.modulus(), 1);
        let doublings = limbs::trailing_zeros(&index);
        let two = self.small(2);
        let mut v = self.reduced(&self.lucas_v(&index, doublings, parameter));
        if v == two || v == self.negative(&two) {
            return true;
        }
        for _ in 1..doublings {
            if v == [0; N] {
                return true;
            }
            v = self.reduced(&self.minus(&self.square(&v), &two));
            if v == two {
                return false;
            }
        }
        v == [0; N]
    }

    /// `V(k)` for `k = index / 2^doublings`.
    fn lucas_v(&self, index: &Number<N>, doublings: u32, parameter: u64) -> Number<N> {
        let two = self.small(2);
        let parameter = self.small(parameter);
        let twice = |v: &Number<N>| self.minus(&self.square(v), &two);
        // V(k) and V(k + 1), from k = 1, the top bit of the index, on.
        let mut v = parameter;
        let mut next = twice(&parameter);
        for at in (doublings..limbs::bits(index).saturating_sub(1)).rev() {
            let between = self.minus(&self.product(&v, &next), &parameter);
            if limbs::bit(index, at) {
                v = between;
                next = twice(&next);
            } else {
                next = between;
                v = twice(&v);
            }
        }
        v
    }

    /// The Jacobi symbol of a small number over the modulus.
    fn jacobi(&self, number: u64) -> i32 {
        let modulus = self.modulus()[0];
        let (mut sign, number) = without_twos(1, number, modulus);
        if number & modulus & 3 == 3 {
            sign = -sign;
        }
        let (mut top, mut bottom) = (limbs::remainder(self.modulus(), number), number);
        while top != 0 {
            let odd;
            (sign, odd) = without_twos(sign, top, bottom);
            if odd & bottom & 3 == 3 {
                sign = -sign;
            }
            (top, bottom) = (bottom % odd, odd);
        }
        if bottom == 1 { sign } else { 0 }
    }
}

/// Removes the factors of two from the upper number of a Jacobi symbol.
fn without_twos(sign: i32, top: u64, bottom: u64) -> (i32, u64) {
    let twos = top.trailing_zeros();
    let flips = twos % 2 == 1 && matches!(bottom & 7, 3 | 5);
    (if flips { -sign } else { sign }, top >> twos)
}
