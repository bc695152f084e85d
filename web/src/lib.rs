//! `hsmlab-web`: the page. It draws what the session's protocol reports, and sends the learner's
//! actions; the simulated world itself runs in the Web Worker (crate `hsmlab-worker`, `web/worker`).
//!
//! The page uses only the protocol's types from `hsmlab-core`, so that no cryptography is linked
//! into it. There are no `#[wasm_bindgen]` exports here: they would be kept in both binaries.
#![forbid(unsafe_code)]

pub mod app;
pub mod bridge;
pub mod catalogue;
pub mod complete;
pub mod components;
pub mod diagram;
pub mod dom;
pub mod edit;
pub mod files;
pub mod hooks;
pub mod lease;
pub mod locks;
pub mod numbers;
pub mod pages;
pub mod panics;
pub mod prefs;
pub mod quote;
pub mod routes;
pub mod saves;
pub mod state;
pub mod traffic;
pub mod verbs;
pub mod when;
