//! What a platform must offer: an implementation of the Plugin API.

use std::{future::Future, sync::Arc};

use wasmoat_model::Consent;
use wasmtime::component::Linker;

use crate::{
    CallContext, Fault, Hop, Kept, Lent, Limits, OutboundRecord, Place, Rates, Reach, State, log::LogLevel,
    state::PluginInfo,
};

/// The server that plugins run in. The core is one; a test may be a tiny one.
///
/// Everything of the contract that is not the runtime's own (`log`, `sandbox`, `bridge`, `http`, `http-client`)
/// is added to the linker here: the traits of [`crate::bindings`], implemented on a small view
/// that is borrowed from the [`State`] for one call.
pub trait Platform: Clone + Send + Sync + 'static {
    /// Adds the platform's part of the Plugin API.
    ///
    /// # Errors
    ///
    /// Where a name is there already.
    fn add_to_linker(linker: &mut Linker<State<Self>>) -> wasmtime::Result<()>;

    /// For a plugin that is kept to some teams and channels: shadows each function that is
    /// [`Reach::Checked`] with one that looks at the plugin's consent first.
    ///
    /// # Errors
    ///
    /// Where a function is of another type.
    fn add_scoped_to_linker(_: &mut Linker<State<Self>>) -> wasmtime::Result<()> {
        Ok(())
    }

    /// Which reach a function has for such a plugin. A platform that says nothing denies it all.
    fn reach(interface: &str, function: &str) -> Reach {
        let _ = (interface, function);
        Reach::Beyond
    }

    /// Whether a place is within the teams and channels of a consent. A platform that knows no
    /// places shows nothing to a plugin that is kept to some.
    fn is_in_scope(&self, consent: &Consent, place: Place<'_>) -> impl Future<Output = bool> + Send {
        let _ = place;
        std::future::ready(!consent.is_scoped())
    }

    /// A plugin broke a limit or trapped. Called on the task that made the call: must not block.
    fn faulted(&self, plugin_id: &Arc<str>, fault: &Fault);

    /// A plugin was disabled after too many faults. Must not block.
    fn disabled(&self, plugin_id: &Arc<str>, reason: &str);

    /// Whether a plugin is installed, active or not: what a caller of one that is not active is told.
    fn is_installed(&self, _plugin_id: &str) -> bool {
        false
    }

    /// Whether plugins are switched on at all.
    fn are_plugins_enabled(&self) -> bool {
        true
    }

    /// A call between plugins has ended. Called on the task that made it: must not block.
    fn bridged(&self, _hop: &Hop) {}

    /// A plugin made a request to a host outside, or was refused it: for the audit log. Must not
    /// block.
    fn requested(&self, plugin_id: &Arc<str>, record: &OutboundRecord);
}

/// Who calls the Plugin API, for a platform's view of a [`State`].
#[derive(Clone, Debug)]
pub struct Caller {
    /// The plugin.
    pub plugin_id: Arc<str>,
    /// The context of what it does now.
    pub context: CallContext,
    /// What it may use during the call that it handles now.
    pub lent: Option<Lent>,
    /// What the platform keeps for the call that it handles now.
    pub kept: Kept,
    pub(crate) plugin: Arc<PluginInfo>,
}

impl Caller {
    /// What it may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.plugin.limits
    }

    /// How often it may do what others have to bear.
    #[must_use]
    pub fn rates(&self) -> &Rates {
        &self.plugin.rates
    }

    /// Tells its author something, in its log and at most as often as it may log itself: a guest
    /// must not be able to flood the server's log through the host's own words.
    pub fn warn(&self, text: &str) {
        self.plugin.log.guest(LogLevel::Warn, text, &[]);
    }

    /// What the admin allowed it.
    #[must_use]
    pub fn consent(&self) -> &Consent {
        &self.plugin.consent
    }
}
