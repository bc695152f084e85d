//! Thin wrappers on RustCrypto. Randomness and time are arguments.
//!
//! X.509, key files and ciphers for the world, in the forms that OpenSSL 3.0 reads and writes.
//! Certificates and requests keep the bytes they were read from, so that a signature is always checked
//! over exactly the signed bytes.
#![forbid(unsafe_code)]

pub mod cert;
pub mod chain;
pub mod curves;
pub mod der;
pub mod ed25519;
pub mod extension;
pub mod hash;
pub mod keyfile;
pub mod keys;
pub mod ml_dsa;
pub mod name;
pub mod oaep;
pub mod oids;
pub mod pem;
pub mod prime_cache;
pub mod rsa_key;
pub mod rsa_sign;
pub mod seal;
pub mod secret;
