//! Ed25519 key pairs that EC2 makes.

use super::ssh_key::SshPublicKey;
use super::{ed25519, openssh};

/// The public half.
pub(in crate::ec2) fn public_key(secret: &[u8; 32]) -> SshPublicKey {
    SshPublicKey::of_ed25519(&ed25519::public_key(secret))
}

/// The private half in a file of OpenSSH's form, as EC2 hands it out.
pub(in crate::ec2) fn openssh(secret: &[u8; 32], check: u32) -> String {
    openssh::write(secret, check, "")
}
