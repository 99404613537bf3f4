//! What acceptance tests and benchmarks share: a runtime on a platform of a few lines, a whole
//! server with a client, and the guests.
//!
//! ```no_run
//! # async fn test() {
//! use wasmoat_tests::{House, Setup, guest};
//!
//! let house = House::new();
//! house.activate("loop", guest("endless-loop"), Setup::default()).await.unwrap();
//! let post = house.post("hello").await;
//! # }
//! ```
#![allow(clippy::panic, clippy::expect_used, reason = "in a test's tool, a failure ends the test")]

mod bundle;
mod contract;
mod events;
mod gate;
mod guests;
mod house;
pub mod llm;
pub mod parity;
mod platform;
mod recorder;
mod rest;
pub mod scene;
mod server;
pub mod sink;

pub use bundle::{Bundle, renamed};
pub use events::Events;
pub use gate::Gate;
pub use guests::{all_guests, guest, plugin, target_folder};
pub use house::{House, Setup};
pub use platform::TinyPlatform;
pub use recorder::{Call, Recorder};
pub use rest::{Channel, PASSWORD, Reply, Rest};
pub use server::TestServer;
