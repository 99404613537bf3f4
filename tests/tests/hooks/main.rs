//! Every hook of the contract, fired by the real operation on a real server.
//!
//! Two installations of the guest `recorder`, `recorder-a` and `recorder-b`, have every hook: they
//! write down what they are asked and answer as a test tells them. One file per subject. What all
//! hooks of a kind have in common is shown by one function per kind, which the hook's
//! [`Operation`](operation::Operation) is given to:
//!
//! - [`filters::shows_filter`] and [`filters::shows_veto`]: plugins are asked before it happens;
//! - [`observers::shows_observer`]: they are told after it has happened.
//!
//! Hooks of which one plugin supplies the outcome have tests of their own. For each hook:
//!
//! | column | what is shown |
//! | --- | --- |
//! | `fired` | by REST, by the API call of another plugin, by a slash command where one does it |
//! | `payload` | what plugins are given, and the context |
//! | `chain` | order, a replacement seen by the next plugin, a refusal that ends the round |
//! | `outcomes` | every answer that the hook can give, that of a plugin without an opinion among them |
//! | `fault` | a trap and an endless loop: logged, passed over, later plugins still run |
//! | `reentry` | the plugin's own API call inside the hook fires the hook at the plugin itself |
//!
//! The columns are noted for `cargo xtask parity`, with `success` where all of them but `fault` hold.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod channel_members;
mod channels;
mod commands;
mod compose;
mod configuration;
mod coverage;
mod files;
mod filters;
mod http;
mod jobs;
mod lifecycle;
mod messages;
mod notifications;
mod observers;
mod operation;
mod reading;
mod retention;
mod saml;
mod shared_channels;
mod system;
mod teams;
mod users;
mod websocket;

use wasmoat_tests::scene;
