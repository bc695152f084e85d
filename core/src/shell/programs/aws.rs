//! The `aws` program(s).
