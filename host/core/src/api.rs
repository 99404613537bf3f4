//! The view of the core that a plugin's call gets.
//!
//! Every interface of `wasmoat_runtime::bindings` is implemented on [`Api`] in the folder of its
//! name; the methods only hand on to the services.

use wasmoat_model::AppError;
use wasmoat_runtime::{Caller, Rate, State};
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

    /// Counts what others have to bear.
    ///
    /// # Errors
    ///
    /// 429 where the plugin does it too often.
    pub(crate) fn counted(&self, at: &str, rate: &Rate) -> Result<(), AppError> {
        rate.take()
            .map_err(|error| AppError::new(at, "app.plugin.too_often.app_error", 429, format!("Refused: {error}.")))
    }

    /// Counts an event of the plugin's own for clients, of this many bytes.
    ///
    /// # Errors
    ///
    /// 413 where it is too large, 429 where there are too many.
    pub(crate) fn may_publish(&self, at: &str, bytes: usize) -> Result<(), AppError> {
        let limit = self.caller.limits().websocket_event_bytes;
        if u64::try_from(bytes).unwrap_or(u64::MAX) > limit {
            let message =
                format!("An event has at most {limit} bytes (setting `websocket_event_bytes`); this one has {bytes}.");
            self.caller.warn(&message);
            return Err(AppError::new(at, "app.plugin.event_too_large.app_error", 413, message));
        }
        self.counted(at, &self.caller.rates().websocket_events)
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
