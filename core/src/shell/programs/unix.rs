//! The `unix` program(s).
