//! Every function of the Plugin API, called from inside wasm against a real server.
//!
//! The guest `conformance` calls what a case names, with JSON for the arguments; the case checks the
//! answer and, from outside, the effect: by REST, by websocket, by another function. One file per
//! interface of `wit/`, and for each function at least
//!
//! - one [`success`]: it answers, and what it should do is done;
//! - one [`error`]: it refuses, with the id and the status of the reference. Where the reference
//!   refuses nothing, only a broken store does ([`Plan::without_table`](case::Plan)). A function whose
//!   type has no error has an [`edge`] instead: what it answers where there is nothing to answer.
//!
//! A case is an ordinary test:
//!
//! ```ignore
//! #[test]
//! fn get_post_gives_the_post() {
//!     success("posts.get-post").run(async |case| {
//!         let post = case.post("hello").await;
//!         let answer = case.call(json!({"post_id": post["id"]})).await;
//!         assert_eq!(answer["message"], "hello");
//!     });
//! }
//! ```
//!
//! All cases share one server, so they run side by side: make users, channels and names of your own
//! ([`Case::user`], [`Case::channel`], [`Case::name`]). A case that needs other settings says
//! `.settings(json!({…}))`: it then runs alone, and the settings are as before at its end.
//!
//! `cargo xtask test conformance` builds the guests and runs all cases; once they are built,
//! `cargo test --workspace --test conformance posts` runs those of one file.
//!
//! What holds is noted for `cargo xtask parity`, which fails where a function lacks a case.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod access_control;
mod audit;
mod bots;
mod bridge;
mod case;
mod channel_guards;
mod channel_members;
mod channel_retention;
mod channels;
mod cluster;
mod commands;
mod config;
mod emoji;
mod file_content;
mod files;
mod frontend;
mod group_members;
mod group_syncables;
mod groups;
mod http;
mod jobs;
mod kv;
mod log;
mod notify;
mod oauth;
mod permissions;
mod picture;
mod plugins;
mod posts;
mod posts_move;
mod posts_search;
mod preferences;
mod properties;
mod property_values;
mod reactions;
mod sandbox;
mod server;
mod sessions;
mod shared_channels;
mod sidebar;
mod status;
mod team_members;
mod teams;
mod uploads;
mod users;
mod websocket;
mod world;

pub(crate) use case::{Case, edge, error, success};
