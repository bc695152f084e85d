//! The `openssl` program(s).
