//! What a component cannot do by itself: the clock, randomness, its own id. Needs no permission.
//!
//! [`time`](crate::time) and [`random`](crate::random) are the comfortable side of it.

#[doc(inline)]
pub use crate::api::sandbox::*;
