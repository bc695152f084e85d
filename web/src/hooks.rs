//! Handlers and effects that components share.

pub mod boxed;
pub mod use_follow_end;
pub mod use_line_input;
pub mod use_media;
pub mod use_opening;
pub mod use_pref;
pub mod use_renders;
pub mod use_session;
pub mod use_ticks;
pub mod use_title;
pub mod use_worked;
