//! The public key of Ed25519 ([RFC 8032, section 5.1.5]): the only part that a key pair needs. EC2
//! signs nothing; a login compares public keys.
//!
//! Not in constant time: the secrets are a lab's.
//!
//! [RFC 8032, section 5.1.5]: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.5

use hsmlab_crypto::hash::Hash;

/// A number modulo 2^255 - 19 in five limbs of 51 bits, each of which may be slightly larger.
#[derive(Clone, Copy)]
struct Field([u64; 5]);

const MASK: u64 = (1 << 51) - 1;

/// Twice the curve's constant d.
const D2: Field = Field([
    0x69b9426b2f159,
    0x35050762add7a,
    0x3cf44c0038052,
    0x6738cc7407977,
    0x2406d9dc56dff,
]);
/// The base point.
const BASE_X: Field = Field([
    0x62d608f25d51a,
    0x412a4b4f6592a,
    0x75b7171a4b31d,
    0x1ff60527118fe,
    0x216936d3cd6e5,
]);
const BASE_Y: Field = Field([
    0x6666666666658,
    0x4cccccccccccc,
    0x1999999999999,
    0x3333333333333,
    0x6666666666666,
]);

impl Field {
    const ZERO: Self = Self([0; 5]);
    const ONE: Self = Self([1, 0, 0, 0, 0]);

    fn add(self, other: Self) -> Self {
        let mut sum = [0; 5];
        for (place, (a, b)) in sum.iter_mut().zip(self.0.iter().zip(other.0)) {
            *place = a + b;
        }
        Self(sum).carry()
    }

    fn subtract(self, other: Self) -> Self {
        // Adds 16 p first, so that no limb underflows.
        const P16: [u64; 5] = [(MASK - 18) << 4, MASK << 4, MASK << 4, MASK << 4, MASK << 4];
        let mut difference = [0; 5];
        for (place, ((a, b), p)) in difference
            .iter_mut()
            .zip(self.0.iter().zip(other.0).zip(P16))
        {
            *place = a + p - b;
        }
        Self(difference).carry()
    }

    fn carry(self) -> Self {
        let [mut a, mut b, mut c, mut d, mut e] = self.0;
        b += a >> 51;
        c += b >> 51;
        d += c >> 51;
        e += d >> 51;
        a = (a & MASK) + 19 * (e >> 51);
        (b, c, d, e) = (b & MASK, c & MASK, d & MASK, e & MASK);
        b += a >> 51;
        a &= MASK;
        Self([a, b, c, d, e])
    }

    fn multiply(self, other: Self) -> Self {
        let a = self.0.map(u128::from);
        let b = other.0.map(u128::from);
        let mut wide = [0_u128; 5];
        for (i, left) in a.iter().enumerate() {
            for (j, right) in b.iter().enumerate() {
                // 2^255 is congruent to 19.
                let factor = if i + j >= 5 { 19 } else { 1 };
                if let Some(place) = wide.get_mut((i + j) % 5) {
                    *place += left * right * factor;
                }
            }
        }
        let mut limbs = [0_u64; 5];
        let mut over = 0_u128;
        for (limb, sum) in limbs.iter_mut().zip(wide) {
            let sum = sum + over;
            *limb = u64::try_from(sum & u128::from(MASK)).unwrap_or_default();
            over = sum >> 51;
        }
        let over = over * 19;
        limbs[0] += u64::try_from(over & u128::from(MASK)).unwrap_or_default();
        limbs[1] += u64::try_from(over >> 51).unwrap_or_default();
        Self(limbs).carry()
    }

    /// Returns the number to the power of p - 2.
    fn invert(self) -> Self {
        // p - 2 in binary: 250 ones, then 01011.
        let mut power = Self::ONE;
        for bit in (0..255).rev() {
            power = power.multiply(power);
            if !matches!(bit, 2 | 4) {
                power = power.multiply(self);
            }
        }
        power
    }

    /// The reduced number, less than p, little-endian.
    fn to_bytes(self) -> [u8; 32] {
        let mut limbs = self.carry().carry().0;
        // Adding 19 carries out of the top exactly where the number is p or more.
        let mut over = (limbs[0] + 19) >> 51;
        for limb in limbs.iter().skip(1) {
            over = (limb + over) >> 51;
        }
        limbs[0] += 19 * over;
        let mut carried = 0;
        for limb in &mut limbs {
            *limb += carried;
            carried = *limb >> 51;
            *limb &= MASK;
        }
        let mut bytes = [0_u8; 32];
        let mut gathered = 0_u128;
        let mut bits = 0;
        let mut next = bytes.iter_mut();
        for limb in limbs {
            gathered |= u128::from(limb) << bits;
            bits += 51;
            while bits >= 8 {
                if let Some(byte) = next.next() {
                    *byte = u8::try_from(gathered & 0xff).unwrap_or_default();
                }
                gathered >>= 8;
                bits -= 8;
            }
        }
        if let Some(byte) = next.next() {
            *byte = u8::try_from(gathered & 0xff).unwrap_or_default();
        }
        bytes
    }
}

/// A point in extended coordinates: x = X/Z, y = Y/Z, x y = T/Z.
#[derive(Clone, Copy)]
struct Point {
    x: Field,
    y: Field,
    z: Field,
    t: Field,
}

impl Point {
    /// RFC 8032, section 5.1.4: also valid for doubling.
    fn add(self, other: Self) -> Self {
        let a = self.y.subtract(self.x).multiply(other.y.subtract(other.x));
        let b = self.y.add(self.x).multiply(other.y.add(other.x));
        let c = self.t.multiply(D2).multiply(other.t);
        let d = self.z.add(self.z).multiply(other.z);
        let (e, f, g, h) = (b.subtract(a), d.subtract(c), d.add(c), b.add(a));
        Self {
            x: e.multiply(f),
            y: g.multiply(h),
            z: f.multiply(g),
            t: e.multiply(h),
        }
    }

    fn encode(self) -> [u8; 32] {
        let inverse = self.z.invert();
        let x = self.x.multiply(inverse).to_bytes();
        let mut bytes = self.y.multiply(inverse).to_bytes();
        bytes[31] |= (x[0] & 1) << 7;
        bytes
    }
}

/// The public key of a secret of 32 bytes.
#[must_use]
pub(super) fn public_key(secret: &[u8; 32]) -> [u8; 32] {
    let hash = Hash::Sha512.digest(secret);
    let mut scalar = [0_u8; 32];
    for (to, from) in scalar.iter_mut().zip(&hash) {
        *to = *from;
    }
    scalar[0] &= 0xf8;
    scalar[31] = (scalar[31] & 0x7f) | 0x40;
    let base = Point {
        x: BASE_X,
        y: BASE_Y,
        z: Field::ONE,
        t: BASE_X.multiply(BASE_Y),
    };
    let mut sum = Point {
        x: Field::ZERO,
        y: Field::ONE,
        z: Field::ONE,
        t: Field::ZERO,
    };
    for byte in scalar.iter().rev() {
        for bit in (0..8).rev() {
            sum = sum.add(sum);
            if byte >> bit & 1 == 1 {
                sum = sum.add(base);
            }
        }
    }
    sum.encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1.
    #[test]
    fn test_vectors_of_the_rfc() {
        for (secret, expected) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            ),
        ] {
            let bytes: [u8; 32] = hex::decode(secret).unwrap().try_into().unwrap();
            assert_eq!(hex::encode(public_key(&bytes)), expected);
        }
    }
}
