//! What is measured of every plugin. The handles are made once per activation, so that a call
//! costs additions and no look-up. Labels come from hook and plugin names only: a guest cannot
//! make new ones.

use std::time::Duration;

use metrics::{Counter, Histogram};

use crate::{Artifact, Fault, HOOKS};

/// Handles of one plugin.
#[derive(Debug)]
pub(crate) struct PluginMetrics {
    plugin_id: String,
    hooks: Vec<Option<HookMetrics>>,
    fuel: Counter,
    memory: metrics::Gauge,
}

struct HookMetrics {
    seconds: Histogram,
    ok: Counter,
    failed: Counter,
}

impl std::fmt::Debug for HookMetrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("HookMetrics").finish_non_exhaustive()
    }
}

impl PluginMetrics {
    pub(crate) fn new(plugin_id: &str, artifact: &Artifact) -> Self {
        let plugin = || plugin_id.to_owned();
        let hooks = HOOKS.iter().enumerate().map(|(index, hook)| {
            artifact.export(index).map(|_| HookMetrics {
                seconds: metrics::histogram!("plugin_hook_seconds", "plugin_id" => plugin(), "hook" => hook.mirrors),
                ok: metrics::counter!("plugin_hook_calls_total", "plugin_id" => plugin(), "hook" => hook.mirrors, "success" => "true"),
                failed: metrics::counter!("plugin_hook_calls_total", "plugin_id" => plugin(), "hook" => hook.mirrors, "success" => "false"),
            })
        });
        Self {
            hooks: hooks.collect(),
            fuel: metrics::counter!("plugin_fuel_total", "plugin_id" => plugin()),
            memory: metrics::gauge!("plugin_instance_memory_bytes", "plugin_id" => plugin()),
            plugin_id: plugin(),
        }
    }

    pub(crate) fn called(&self, hook: usize, took: Duration, ok: bool) {
        let Some(Some(hook)) = self.hooks.get(hook) else { return };
        hook.seconds.record(took);
        if ok { &hook.ok } else { &hook.failed }.increment(1);
    }

    pub(crate) fn used(&self, fuel: u64, memory: usize) {
        self.fuel.increment(fuel);
        #[expect(clippy::cast_precision_loss, reason = "a gauge of memory below 2^52 bytes")]
        self.memory.set(memory as f64);
    }

    pub(crate) fn fault(&self, fault: &Fault) {
        metrics::counter!(
            "plugin_faults_total",
            "plugin_id" => self.plugin_id.clone(), "hook" => fault.hook, "kind" => fault.kind.name()
        )
        .increment(1);
    }
}
