//! Identifiers in AWS's formats, generated from the world's seed.

use rand_core::Rng as _;

use super::rng::{Rng, Seed};

/// Generates identifiers. Each prefix has its own random stream, so an additional VPC does not change
/// the id of the next cluster.
#[derive(Clone, Debug)]
pub struct Ids {
    seed: Seed,
    counters: std::collections::BTreeMap<String, u64>,
}

impl Ids {
    /// Makes a generator for the world of `seed`.
    #[must_use]
    pub fn new(seed: &Seed) -> Self {
        Self {
            seed: seed.child("ids"),
            counters: std::collections::BTreeMap::new(),
        }
    }

    /// Generates an EC2 id: prefix, hyphen and 17 hexadecimal digits that begin with 0
    /// (`vpc-0a1b2c3d4e5f60718`).
    pub fn ec2(&mut self, prefix: &str) -> String {
        let digits = hex::encode(self.draw(prefix).next_u64().to_be_bytes());
        format!("{prefix}-0{digits}")
    }

    /// Generates a `CloudHSM` id: prefix, hyphen and 11 characters of the alphabet a-z2-7, for example
    /// `cluster-igklspoyj5v` (API reference: `[2-7a-zA-Z]{11,16}`).
    pub fn cloudhsm(&mut self, prefix: &str) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut rng = self.draw(prefix);
        let tail: String = (0..11)
            .map(|_| char::from(ALPHABET[(rng.next_u32() % 32) as usize]))
            .collect();
        format!("{prefix}-{tail}")
    }

    /// Generates an IAM unique id: prefix and 17 upper-case characters (`AROAJZVM5NEGZSTCITAMM`).
    pub fn iam(&mut self, prefix: &str) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut rng = self.draw(prefix);
        let tail: String = (0..17)
            .map(|_| char::from(ALPHABET[(rng.next_u32() % 32) as usize]))
            .collect();
        format!("{prefix}{tail}")
    }

    /// Generates a version 4 UUID (RFC 9562) from the stream `name`.
    pub fn uuid(&mut self, name: &str) -> String {
        let mut rng = self.draw(name);
        let mut bytes = [0u8; 16];
        rng.fill_bytes(&mut bytes);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let text = hex::encode(bytes);
        format!(
            "{}-{}-{}-{}-{}",
            &text[..8],
            &text[8..12],
            &text[12..16],
            &text[16..20],
            &text[20..]
        )
    }

    fn draw(&mut self, name: &str) -> Rng {
        let counter = self.counters.entry(name.to_owned()).or_default();
        *counter += 1;
        self.seed.stream(&format!("{name}/{counter}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let mut ids = Ids::new(&Seed::from_number(1));
        let vpc = ids.ec2("vpc");
        assert_eq!((vpc.len(), &vpc[..5]), (21, "vpc-0"));
        assert_eq!(ids.cloudhsm("cluster").len(), 19);
        assert_eq!(ids.iam("AROA").len(), 21);
        assert_eq!(ids.uuid("request").as_bytes()[14], b'4');
    }

    #[test]
    fn ids_of_one_kind_do_not_change_those_of_another() {
        let mut a = Ids::new(&Seed::from_number(1));
        let mut b = Ids::new(&Seed::from_number(1));
        a.ec2("vpc");
        assert_eq!(a.cloudhsm("cluster"), b.cloudhsm("cluster"));
    }
}
