//! Hidden lines (passwords), as the journal stores them.
//!
//! People pass saves on, so a save must not show passwords. This does not protect against a
//! determined attacker: a save can be replayed, and so contains everything needed. The promise is
//! only that neither a glance nor a text search of the file shows a password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rand_core::Rng as _;
use zeroize::Zeroizing;

use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::seal::{self, GCM_IV_BYTES};
use hsmlab_protocol::request::TerminalId;
use hsmlab_sim::Seed;

fn key(seed: &Seed) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    seed.stream("journal/hidden").fill_bytes(&mut key[..]);
    key
}

/// Seals a line with AES-256-GCM, bound to its terminal. The IV is a MAC over the line and `place`
/// (its position in the journal). So the same journal gives the same file, and no IV is used for
/// two different lines.
pub(super) fn seal(seed: &Seed, terminal: TerminalId, place: usize, line: &str) -> String {
    let key = key(seed);
    let message = [&(place as u64).to_be_bytes()[..], line.as_bytes()].concat();
    let mut sealed = seal::hmac(Hash::Sha256, &key[..], &Zeroizing::new(message));
    sealed.truncate(GCM_IV_BYTES);
    let aad = terminal.to_be_bytes();
    let body = seal::gcm_encrypt(&key[..], &sealed, &aad, line.as_bytes());
    sealed.extend(body.unwrap_or_default());
    BASE64.encode(sealed)
}

/// Opens a line that [`seal`] sealed; `None` if it was changed or belongs to another world.
pub(super) fn open(seed: &Seed, terminal: TerminalId, sealed: &str) -> Option<String> {
    let bytes = BASE64.decode(sealed).ok()?;
    let (iv, body) = bytes.split_at_checked(GCM_IV_BYTES)?;
    let line = seal::gcm_decrypt(&key(seed)[..], iv, &terminal.to_be_bytes(), body).ok()?;
    String::from_utf8(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_line_opens_only_in_its_world_and_terminal() {
        let seed = Seed::from_number(5);
        let sealed = seal(&seed, 2, 7, "hunter2hunter2");
        assert!(!sealed.contains("hunter2"));
        assert_eq!(open(&seed, 2, &sealed).as_deref(), Some("hunter2hunter2"));
        assert_eq!(open(&seed, 1, &sealed), None);
        assert_eq!(open(&Seed::from_number(6), 2, &sealed), None);
        assert_eq!(open(&seed, 2, "x"), None);
        assert_ne!(sealed, seal(&seed, 2, 8, "hunter2hunter2"));
    }
}
