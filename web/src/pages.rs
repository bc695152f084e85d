//! The pages of the site.

pub mod help;
pub mod home;
pub mod lab;
pub mod not_found;
