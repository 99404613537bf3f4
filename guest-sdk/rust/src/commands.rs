//! Slash commands: registering, reading and answering them.
//!
//! ```
//! # let platform = wasmoat::testing::Platform::new();
//! use wasmoat::{commands::{self, Autocomplete, Line}, types::Command};
//!
//! commands::register_command(&Command {
//!     trigger: "poll".into(),
//!     auto_complete: true,
//!     auto_complete_desc: "Ask everybody".into(),
//!     autocomplete_data: Autocomplete::new("poll", "[question]", "Ask everybody").to_json()?,
//!     ..Command::default()
//! })?;
//!
//! let line = Line::parse(r#"/poll "Where to eat?" Here There --multi"#);
//! assert_eq!(line.arguments(), ["Where to eat?", "Here", "There"]);
//! assert!(line.has_flag("multi"));
//! # Ok::<(), wasmoat::Error>(())
//! ```

mod autocomplete;
mod line;

#[doc(inline)]
pub use crate::api::commands::*;
use crate::types::CommandResponse;
pub use autocomplete::Autocomplete;
pub use line::Line;

/// An answer that only the user sees.
#[must_use]
pub fn ephemeral(text: impl Into<String>) -> CommandResponse {
    CommandResponse { response_type: "ephemeral".into(), text: text.into(), ..CommandResponse::default() }
}

/// An answer that the channel sees, as a post of the user.
#[must_use]
pub fn in_channel(text: impl Into<String>) -> CommandResponse {
    CommandResponse { response_type: "in_channel".into(), text: text.into(), ..CommandResponse::default() }
}
