//! keyfile.
