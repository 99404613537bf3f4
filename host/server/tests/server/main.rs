//! The server over HTTP: what holds for every request, configuration, plugins.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test, a failure ends the test")]

mod configuration;
mod connections;
mod house;
mod plugins;
mod requests;
