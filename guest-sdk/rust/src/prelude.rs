//! What nearly every plugin uses: `use wasmoat::prelude::*;`.

pub use crate::{Component, Error, Plugin, Result, bridge, commands, config, hooks::*, http, kv, log, types::*};
