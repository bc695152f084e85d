//! Lines typed where nothing is shown (passwords), as the journal keeps them.
//!
//! A save is a file that people hand on, so no password stands in it to be read. It cannot be kept from
//! someone who means to find it: a save can be played again, and so holds all that is needed. What is
//! promised is that neither a glance nor a search through the file shows a password.

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

/// Seals a line with AES-256-GCM, bound to its terminal. The IV is a MAC over `place` (where in the
/// journal it stands) and the line, so that the same journal is the same file and no IV serves two
/// lines.
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

/// Opens what [`seal`] made; `None` where it was changed or is another world's.
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
    fn a_sealed_line_opens_in_its_world_and_terminal_alone() {
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
