//! EC2 through its door.
