//! Access key ids from the metadata services of instances. They are not stored: the id itself
//! encodes the instance's id, scrambled, and a check number of the profile.

use rand_core::Rng as _;

use hsmlab_sim::Seed;

const PREFIX: &str = "ASIA";
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// 80 bits: those of an instance's id (`i-0` and 16 digits) and 16 of the profile's check number.
fn mask(seed: &Seed, profile_id: &str) -> (u128, u128) {
    let mut rng = seed.stream(&format!("instance profile/{profile_id}"));
    let pad = (u128::from(rng.next_u64()) << 16) | u128::from(rng.next_u32() & 0xffff);
    let check = u128::from(rng.next_u32() & 0xffff);
    (pad, check)
}

/// The key id of an instance and profile; `None` if the instance's id does not have the usual form.
pub(super) fn id(seed: &Seed, profile_id: &str, instance_id: &str) -> Option<String> {
    let digits = instance_id
        .strip_prefix("i-0")
        .filter(|digits| digits.len() == 16)?;
    let number = u128::from(u64::from_str_radix(digits, 16).ok()?);
    let (pad, check) = mask(seed, profile_id);
    let bits = ((number << 16) | check) ^ pad;
    let character = |place: u32| {
        let index = usize::try_from((bits >> (5 * (15 - place))) & 31).ok()?;
        ALPHABET.get(index).map(|byte| char::from(*byte))
    };
    let tail: Option<String> = (0..16).map(character).collect();
    Some(format!("{PREFIX}{}", tail?))
}

/// The instance with this key id in this profile; `None` if the key id is of another profile.
pub(super) fn instance(seed: &Seed, profile_id: &str, key_id: &str) -> Option<String> {
    let tail = key_id
        .strip_prefix(PREFIX)
        .filter(|tail| tail.len() == 16)?;
    let mut bits = 0_u128;
    for byte in tail.bytes() {
        let index = ALPHABET.iter().position(|each| *each == byte)?;
        bits = (bits << 5) | u128::try_from(index).ok()?;
    }
    let (pad, check) = mask(seed, profile_id);
    let plain = bits ^ pad;
    (plain & 0xffff == check).then(|| format!("i-0{:016x}", plain >> 16))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_id_decodes_only_to_its_own_instance(number: u64) {
            let seed = Seed::from_number(3);
            let instance_id = format!("i-0{number:016x}");
            let key = id(&seed, "AIPAONE", &instance_id).unwrap();
            prop_assert_eq!(key.len(), 20);
            prop_assert_eq!(instance(&seed, "AIPAONE", &key), Some(instance_id));
            prop_assert_eq!(instance(&seed, "AIPATWO", &key), None);
        }
    }
}
