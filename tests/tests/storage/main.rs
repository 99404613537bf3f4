//! What plugins keep: files, assets and SQL databases, by a guest that does what a test names, in a
//! real server. What it did is checked from outside: on the disk and in the database.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod assets;
mod cluster;
mod database;
mod directory;
mod keeper;
mod postgres;

pub(crate) use keeper::{Keeper, house};
