//! Conversation over HTTP and websocket, as clients meet it: real requests to a server on a
//! loopback port.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod channels;
mod commands;
mod files;
mod posts;
mod scene;
mod sockets;
#[path = "../people/world.rs"]
#[allow(dead_code, reason = "each suite uses its part")]
mod world;
