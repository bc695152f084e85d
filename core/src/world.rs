//! The struct that owns all parts of the world; routing, no rules.
