//! Labs: the format, checks, hints and progress. Checks see commands' output, never the world.

pub mod text;
