//! People over HTTP, as clients meet them: real requests to a server on a loopback port.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod accounts;
mod bots;
mod logins;
mod oauth;
mod pictures;
mod teams;
mod world;
