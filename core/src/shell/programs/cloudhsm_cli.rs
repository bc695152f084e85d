//! The `cloudhsm_cli` program(s).
