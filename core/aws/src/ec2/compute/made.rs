//! Ed25519 key pairs that EC2 creates.

use super::openssh;
use super::ssh_key::SshPublicKey;
use hsmlab_crypto::ed25519;

/// The public key.
pub(in crate::ec2) fn public_key(secret: &[u8; 32]) -> SshPublicKey {
    SshPublicKey::of_ed25519(&ed25519::public_key(secret))
}

/// The private key in OpenSSH's file format, as EC2 returns it.
pub(in crate::ec2) fn openssh(secret: &[u8; 32], check: u32) -> String {
    openssh::write(secret, check, "")
}
