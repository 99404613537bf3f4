//! The core as the platform that plugins run on.

use std::sync::Arc;

use wasmoat_model::Consent;
use wasmoat_runtime::{Fault, Hop, OutboundRecord, Place, Platform, Reach, State, bindings};
use wasmtime::component::Linker;

use crate::{
    Core,
    api::{HasApi, view},
    scope,
};

macro_rules! link {
    ($linker:ident: $($interface:ident),* $(,)?) => {
        $(bindings::$interface::add_to_linker::<_, HasApi>($linker, view)?;)*
    };
}

impl Platform for Core {
    fn add_to_linker(linker: &mut Linker<State<Self>>) -> wasmtime::Result<()> {
        link!(linker:
            access_control,
            assets,
            audit,
            bots,
            cluster,
            commands,
            config,
            database,
            directory,
            jobs,
            groups,
            emoji,
            file_content,
            files,
            kv,
            oauth,
            frontend,
            notify,
            plugins,
            permissions,
            preferences,
            properties,
            server,
            sessions,
            status,
            shared_channels,
            sidebar,
            team_members,
            teams,
            uploads,
            users,
            channels,
            channel_members,
            posts,
            reactions,
            websocket,
        );
        Ok(())
    }

    fn add_scoped_to_linker(linker: &mut Linker<State<Self>>) -> wasmtime::Result<()> {
        scope::add_to_linker(linker)
    }

    fn reach(interface: &str, function: &str) -> Reach {
        scope::reach(interface, function)
    }

    async fn is_in_scope(&self, consent: &Consent, place: Place<'_>) -> bool {
        self.is_place_in_scope(consent, place).await
    }

    fn faulted(&self, plugin_id: &Arc<str>, fault: &Fault) {
        self.plugin_faulted(plugin_id, fault);
    }

    fn disabled(&self, plugin_id: &Arc<str>, reason: &str) {
        self.plugin_disabled(plugin_id, reason);
    }

    fn is_installed(&self, plugin_id: &str) -> bool {
        self.plugins.registry().get(plugin_id).is_some()
    }

    fn are_plugins_enabled(&self) -> bool {
        self.config.flag("PluginSettings.Enable")
    }

    fn bridged(&self, hop: &Hop) {
        self.audit_bridge_call(hop);
    }

    fn requested(&self, plugin_id: &Arc<str>, record: &OutboundRecord) {
        self.log_plugin_request(plugin_id, record);
    }
}
