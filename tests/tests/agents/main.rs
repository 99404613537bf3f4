//! The plugins Agents and Digest in a real server, with a provider that speaks the real format: what other
//! plugins see, what the server offers of it to clients, and a digest from the command to the post.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod digest;
mod faults;
mod house;
mod inter_plugin;
mod rest;
