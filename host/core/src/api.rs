//! The view of the core that a plugin's call gets.
//!
//! Every interface of `wasmoat_runtime::bindings` is implemented on [`Api`] in the folder of its
//! name; the methods only hand on to the services.

use wasmoat_runtime::{Caller, State};
use wasmtime::component::HasData;

use crate::Core;

/// The core, and who calls it.
#[derive(Debug)]
pub struct Api<'a> {
    /// The services.
    pub core: &'a Core,
    /// The plugin, and the context of what it does now.
    pub caller: Caller,
}

impl Api<'_> {
    /// Id of the calling plugin.
    #[must_use]
    pub fn plugin_id(&self) -> &str {
        &self.caller.plugin_id
    }
}

/// Says to a linker that the data of a call is an [`Api`].
#[derive(Debug)]
pub struct HasApi;

impl HasData for HasApi {
    type Data<'a> = Api<'a>;
}

/// The view for one call.
pub fn view(state: &mut State<Core>) -> Api<'_> {
    let caller = state.caller();
    Api { core: state.platform(), caller }
}
