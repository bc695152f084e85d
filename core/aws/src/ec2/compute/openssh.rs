//! Private keys in OpenSSH's own format (PROTOCOL.key of OpenSSH), not encrypted: the format in
//! which EC2 returns Ed25519 keys. RSA keys are in PEM.

use super::ssh_key::{KeyType, SshPublicKey, string};
use hsmlab_crypto::{ed25519, keyfile, pem};

const MAGIC: &[u8] = b"openssh-key-v1\0";
const LABEL: &str = "OPENSSH PRIVATE KEY";

/// Writes the file of an Ed25519 key. `check` is a random number that is written twice before the
/// key.
pub(super) fn write(secret: &[u8; 32], check: u32, comment: &str) -> String {
    let public = ed25519::public_key(secret);
    let blob = SshPublicKey::of_ed25519(&public);
    let mut private = [check.to_be_bytes(), check.to_be_bytes()].concat();
    private.extend(string(b"ssh-ed25519"));
    private.extend(string(&public));
    private.extend(string(&[&secret[..], &public[..]].concat()));
    private.extend(string(comment.as_bytes()));
    // Pads to 8 bytes, the block size of the cipher `none`.
    for number in 1_u8..8 {
        if private.len() % 8 == 0 {
            break;
        }
        private.push(number);
    }
    let mut file = MAGIC.to_vec();
    file.extend(string(b"none"));
    file.extend(string(b"none"));
    file.extend(string(b""));
    file.extend(1_u32.to_be_bytes());
    file.extend(string(blob.blob()));
    file.extend(string(&private));
    let body = pem::base64_lines(&file, 70);
    format!(
        "-----BEGIN {LABEL}-----\n{}\n-----END {LABEL}-----\n",
        body.trim_end()
    )
}

impl SshPublicKey {
    /// The public key of a private key in PEM; `None` if it is not one of EC2's key types.
    #[must_use]
    pub fn of_private_pem(text: &str) -> Option<Self> {
        if text.contains("BEGIN OPENSSH PRIVATE KEY") {
            return public_key(text);
        }
        let key = keyfile::from_pem(text, None).ok()?;
        Self::of_rsa(&key.public_key())
    }
}

/// Reads the public key of an unencrypted Ed25519 file. It is computed from the private key.
fn public_key(text: &str) -> Option<SshPublicKey> {
    let block = pem::find(text, &[LABEL]).ok()?;
    let mut rest = block.bytes.strip_prefix(MAGIC)?;
    let cipher = take(&mut rest)?;
    let _kdf = take(&mut rest)?;
    let _options = take(&mut rest)?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    if cipher != b"none" || *count != 1_u32.to_be_bytes() {
        return None;
    }
    let _public = take(&mut rest)?;
    let private = take(&mut rest)?;
    let mut private = private.get(8..)?;
    if take(&mut private)? != KeyType::Ed25519.ssh_name().as_bytes() {
        return None;
    }
    let _public = take(&mut private)?;
    let secret = take(&mut private)?.first_chunk::<32>()?;
    Some(SshPublicKey::of_ed25519(&ed25519::public_key(secret)))
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let part = tail.get(..length)?;
    *rest = tail.get(length..)?;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by OpenSSH's ssh-keygen.
    const FILE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACC6Qz2RdZuw9LRcDQ6JjlJ1nyKUpUB0h/utaP4tOeO+wgAAAIhUu5iTVLuY
kwAAAAtzc2gtZWQyNTUxOQAAACC6Qz2RdZuw9LRcDQ6JjlJ1nyKUpUB0h/utaP4tOeO+wg
AAAEAs2frBWe+XDOn4G7t0Dngrskr2EkIqdD7T502jY9F7GLpDPZF1m7D0tFwNDomOUnWf
IpSlQHSH+61o/i05477CAAAAA2xhYgEC
-----END OPENSSH PRIVATE KEY-----
";

    #[test]
    fn reads_and_writes_what_ssh_keygen_does() {
        let key = public_key(FILE).unwrap();
        assert_eq!(
            key.line("lab"),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILpDPZF1m7D0tFwNDomOUnWfIpSlQHSH+61o/i05477C lab"
        );
        let block = pem::find(FILE, &[LABEL]).unwrap();
        let at = block
            .bytes
            .windows(4)
            .rposition(|four| four == [0, 0, 0, 64])
            .unwrap();
        let secret: [u8; 32] = block.bytes[at + 4..at + 36].try_into().unwrap();
        assert_eq!(write(&secret, 0x54bb_9893, "lab"), FILE);
    }
}
