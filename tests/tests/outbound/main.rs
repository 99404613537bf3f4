//! Requests of plugins to hosts outside: what a real guest gets from real servers, and what
//! becomes of those that try to get further. The servers are on this machine, and reached by rules
//! that say so.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod addresses;
mod ends;
mod hosts;
mod limits;
mod messages;
mod outside;
mod proxies;
mod records;
mod redirects;
mod tls;
mod wasi;
mod world;
