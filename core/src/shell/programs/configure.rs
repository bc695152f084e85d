//! The `configure` program(s).
