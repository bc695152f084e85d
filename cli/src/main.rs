//! The hsmlab command.
fn main() {}
