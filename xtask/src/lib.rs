//! Code shared by the developer tasks: it runs programs and prints what runs.

pub mod shell;
