//! A private key for signing: one in a file, or one in an HSM that a reference file names.

use super::context::{Context, Done};
use super::{engine, input, texts};
use hsmlab_client::reference::{self, Reference};
use hsmlab_crypto::hash::Hash;
use hsmlab_crypto::keys::{KeyKind, PrivateKey, PublicKey, SignatureAlgorithm};

/// A private key for signing.
pub(super) enum Signer {
    /// A key in a file.
    Own(PrivateKey),
    /// A key in the HSMs.
    Hsm(Reference),
}

/// Loads the private key of a file. With an engine, a reference file means the engine's key.
pub(super) fn load(
    cx: &mut Context<'_, '_>,
    path: Option<&str>,
    pass_argument: Option<&str>,
    what: &str,
) -> Done<Signer> {
    if cx.engine
        && let Some(path) = path
        && let Ok(bytes) = cx.io.read_file(path)
        && let Some(key) = reference::parse(&String::from_utf8_lossy(&bytes))
    {
        return Ok(Signer::Hsm(key));
    }
    input::private_key(cx, path, pass_argument, what).map(Signer::Own)
}

impl Signer {
    /// Returns the public key.
    pub(super) fn public_key(&self) -> PublicKey {
        match self {
            Self::Own(key) => key.public_key(),
            Self::Hsm(key) => key.public.clone(),
        }
    }

    /// Returns the kind of key.
    pub(super) fn kind(&self) -> KeyKind {
        self.public_key().kind()
    }

    /// Signs a message.
    pub(super) fn sign(
        &self,
        cx: &mut Context<'_, '_>,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, String> {
        self.sign_digest(cx, algorithm, &algorithm.hash().digest(message))
    }

    /// Signs a digest. The error follows the command's own message.
    pub(super) fn sign_digest(
        &self,
        cx: &mut Context<'_, '_>,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
    ) -> Result<Vec<u8>, String> {
        match self {
            Self::Own(key) => key
                .sign_digest(algorithm, digest, cx.rng())
                .map_err(|error| format!("{error}\n")),
            Self::Hsm(key) => {
                engine::sign_digest(cx, key, algorithm, digest).map_err(|why| texts::engine(&why))
            }
        }
    }
}

/// OpenSSL's default signature algorithm for this kind of key and hash.
pub(super) fn default_algorithm(kind: KeyKind, hash: Hash) -> SignatureAlgorithm {
    match kind {
        KeyKind::Rsa(_) => SignatureAlgorithm::RsaPkcs1(hash),
        KeyKind::Ec(_) => SignatureAlgorithm::Ecdsa(hash),
    }
}
