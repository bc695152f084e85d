//! What the developer tasks share: they run programs and say what runs.

pub mod shell;
