//! What reaches what.
