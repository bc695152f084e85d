//! Thin wrappers on RustCrypto. Randomness and time are arguments.
