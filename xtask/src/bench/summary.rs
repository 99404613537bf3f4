//! The file that scripts read and the table that people read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// What a full run measures, in the order of the table.
const NAMES: [&str; 16] = [
    "hook_native",
    "hook_wasmtime_raw",
    "hook_dispatch",
    "hook_dispatch_10_plugins",
    GO,
    "plugin_call_raw",
    "plugin_call",
    "bridge_raw",
    "bridge_call",
    GO_BRIDGE,
    "instance_new",
    "load_cold",
    "load_cached",
    "post_0_filters",
    "post_1_filter",
    "post_10_filters",
];

/// Those that need Go.
const GO: &str = "hook_go_plugin";
const GO_BRIDGE: &str = "bridge_go_plugin";

/// Ratios worth a line: what they say, above, below.
const RATIOS: [(&str, &str, &str); 5] = [
    ("our dispatch, against a bare wasmtime call", "hook_dispatch", "hook_wasmtime_raw"),
    ("a subprocess plugin, against our dispatch", GO, "hook_dispatch"),
    ("plugin to plugin, against two bare calls", "plugin_call", "plugin_call_raw"),
    ("the bridge with all checks, against two bare calls", "bridge_call", "bridge_raw"),
    ("two subprocess plugins, against the bridge", GO_BRIDGE, "bridge_call"),
];

/// Measurements by name: `{"median_ns": N}` or `{"bytes": N}`.
#[derive(Debug, Default)]
pub struct Summary(BTreeMap<String, Value>);

impl Summary {
    /// Collects `**/NAME/new/estimates.json`, the layout of criterion.
    pub fn read_criterion(&mut self, folder: &Path) -> Result<()> {
        let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if !path.is_dir() {
                continue;
            }
            let estimates = path.join("new/estimates.json");
            if !estimates.is_file() {
                self.read_criterion(&path)?;
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let value: Value = serde_json::from_str(&fs::read_to_string(&estimates)?)
                .with_context(|| format!("cannot read {}", estimates.display()))?;
            let median = value
                .pointer("/median/point_estimate")
                .and_then(Value::as_f64)
                .with_context(|| format!("no median in {}", estimates.display()))?;
            // Tenths of a nanosecond are more than the clock can tell.
            self.add(name, json!({ "median_ns": (median * 10.0).round() / 10.0 }))?;
        }
        Ok(())
    }

    /// Merges a file of measurements, if it is there.
    pub fn read_file(&mut self, path: &Path) -> Result<()> {
        if !path.exists() {
            return Ok(());
        }
        self.read_text(&fs::read_to_string(path)?).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Merges a JSON object of measurements.
    pub fn read_text(&mut self, text: &str) -> Result<()> {
        let values: BTreeMap<String, Value> = serde_json::from_str(text)?;
        values.into_iter().try_for_each(|(name, value)| self.add(name, value))
    }

    fn add(&mut self, name: String, value: Value) -> Result<()> {
        if self.0.contains_key(&name) {
            bail!("`{name}` was measured twice");
        }
        self.0.insert(name, value);
        Ok(())
    }

    /// Names of a full run that were not measured.
    pub fn missing(&self, with_go: bool) -> Vec<&'static str> {
        NAMES
            .into_iter()
            .filter(|name| self.median(name).is_none() && (with_go || ![GO, GO_BRIDGE].contains(name)))
            .collect()
    }

    /// Writes the object.
    pub fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, serde_json::to_string_pretty(&self.0)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn median(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.get("median_ns")?.as_f64()
    }

    /// Medians in the order of a full run, then what else was measured, then the ratios.
    pub fn table(&self) -> String {
        let mut table = String::new();
        let others = self.0.keys().map(String::as_str).filter(|name| !NAMES.contains(name));
        for name in NAMES.into_iter().chain(others) {
            let amount = match self.0.get(name) {
                Some(value) => amount(value),
                None => "-".to_owned(),
            };
            let _ = writeln!(table, "{name:<26} {amount:>12}");
        }
        table.push('\n');
        for (meaning, above, below) in RATIOS {
            let ratio = match (self.median(above), self.median(below)) {
                (Some(above), Some(below)) => format!("{:.2}x", above / below),
                _ => "-".to_owned(),
            };
            let _ = writeln!(table, "{:<38} {ratio:>8}  {meaning}", format!("{above} / {below}"));
        }
        table
    }
}

fn amount(value: &Value) -> String {
    let number = |key: &str| value.get(key).and_then(Value::as_f64);
    if let Some(ns) = number("median_ns") {
        return match ns {
            ns if ns < 1e3 => format!("{ns:.1} ns"),
            ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
            ns => format!("{:.2} ms", ns / 1e6),
        };
    }
    number("bytes").map_or_else(|| value.to_string(), |bytes| format!("{:.1} KiB", bytes / 1024.0))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Summary};

    fn full() -> Summary {
        let mut summary = Summary::default();
        for (at, name) in NAMES.into_iter().enumerate() {
            summary.read_text(&format!("{{\"{name}\":{{\"median_ns\":{}}}}}", 10_u64.pow(at as u32))).unwrap();
        }
        summary
    }

    #[test]
    fn nothing_is_missing_from_a_full_run() {
        assert!(full().missing(true).is_empty());
        assert_eq!(Summary::default().missing(true).len(), NAMES.len());
    }

    #[test]
    fn go_may_be_left_out_and_nothing_else() {
        let mut summary = full();
        summary.0.remove("hook_go_plugin");
        summary.0.remove("bridge_go_plugin");
        assert!(summary.missing(false).is_empty());
        assert_eq!(summary.missing(true), ["hook_go_plugin", "bridge_go_plugin"]);
        summary.0.remove("plugin_call");
        assert_eq!(summary.missing(false), ["plugin_call"]);
    }

    #[test]
    fn one_name_is_one_measurement() {
        let error = full().read_text(r#"{"plugin_call":{"median_ns":1}}"#).unwrap_err();
        assert_eq!(error.to_string(), "`plugin_call` was measured twice");
    }

    #[test]
    fn criterion_folders_are_read_with_and_without_groups() {
        let folder = std::env::temp_dir().join(format!("wasmoat-xtask-{}", std::process::id()));
        for (name, median) in [("hook_native", 1.26), ("group/plugin_call", 5000.0)] {
            let new = folder.join(name).join("new");
            std::fs::create_dir_all(&new).unwrap();
            let text = format!("{{\"median\":{{\"point_estimate\":{median}}}}}");
            std::fs::write(new.join("estimates.json"), text).unwrap();
        }
        let mut summary = Summary::default();
        summary.read_criterion(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(summary.median("hook_native"), Some(1.3));
        assert_eq!(summary.median("plugin_call"), Some(5000.0));
    }

    #[test]
    fn the_table_shows_units_and_ratios() {
        let table = full().table().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(table.contains("hook_native 1.0 ns hook_wasmtime_raw 10.0 ns"), "{table}");
        assert!(table.contains("hook_go_plugin 10.00 µs plugin_call_raw 100.00 µs"), "{table}");
        assert!(table.contains("hook_dispatch / hook_wasmtime_raw 10.00x"), "{table}");
    }
}
