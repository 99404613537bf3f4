//! The support packet: a zip of what somebody needs to know who is to help, without secrets.

use std::{
    collections::BTreeSet,
    io::{Cursor, Write as _},
    path::{Component, Path},
};

use serde_json::json;
use wasmoat_model::{AppError, FileData};
use wasmoat_runtime::{CallContext, CallError, GenerateSupportData};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Installed, install::blocking};
use crate::{
    Core,
    server::{BUILD_NUMBER, SERVER_VERSION},
    store::{Queries as _, args},
};

/// Most files of a plugin.
const FILES: usize = 100;
/// Most bytes of a plugin's files.
const FILE_BYTES: usize = 32 << 20;
/// Log lines of each plugin.
const LINES: usize = 10_000;
/// The prop of a manifest by which a plugin is asked only where the admin ticked it.
const ON_DEMAND: &str = "support_packet";

/// What the admin ticked.
#[derive(Clone, Debug, Default)]
pub struct SupportOptions {
    /// Logs are in the packet.
    pub logs: bool,
    /// Plugins that are asked although they are asked on demand only.
    pub plugins: Vec<String>,
}

/// What goes into the packet, and what did not.
#[derive(Default)]
struct Packet {
    files: Vec<FileData>,
    names: BTreeSet<String>,
    warnings: Vec<String>,
}

impl Packet {
    fn add(&mut self, filename: impl Into<String>, body: impl Into<Vec<u8>>) {
        let mut filename = filename.into();
        while !self.names.insert(filename.clone()) {
            filename.insert(0, '_');
        }
        self.files.push(FileData { filename, body: body.into() });
    }

    fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    fn zip(mut self) -> Result<Vec<u8>, zip::result::ZipError> {
        if !self.warnings.is_empty() {
            let text = self.warnings.join("\n") + "\n";
            self.add("warning.txt", text);
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for file in self.files {
            zip.start_file(file.filename, SimpleFileOptions::default())?;
            zip.write_all(&file.body)?;
        }
        Ok(zip.finish()?.into_inner())
    }
}

/// A relative path of plain names.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && !name.contains(['\\', '\0', ':'])
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

impl Core {
    /// Mattermost's `GenerateSupportPacket`: a zip file.
    ///
    /// # Errors
    ///
    /// 500 where the zip file cannot be made.
    pub async fn generate_support_packet(
        &self,
        cx: &CallContext,
        options: &SupportOptions,
    ) -> Result<Vec<u8>, AppError> {
        let mut packet = Packet::default();
        self.add_server(&mut packet, options).await;
        for plugin in self.plugins.registry().iter() {
            if options.logs {
                self.add_log(&mut packet, plugin);
            }
            let on_demand = plugin.manifest.props.contains_key(ON_DEMAND);
            if !on_demand || options.plugins.iter().any(|id| id == plugin.id()) {
                self.add_plugin(&mut packet, cx, plugin).await;
            }
        }
        let zipped = blocking(move || {
            packet.zip().map_err(|error| {
                let message = "The support packet could not be written.";
                AppError::new("GenerateSupportPacket", "app.support_packet.zip.app_error", 500, message).detail(error)
            })
        });
        zipped.await
    }

    async fn add_server(&self, packet: &mut Packet, options: &SupportOptions) {
        let pretty = |value: &serde_json::Value| serde_json::to_vec_pretty(value).unwrap_or_default();
        let metadata = json!({
            "type": "support-packet",
            "version": 1,
            "generated_at": wasmoat_model::now_ms(),
            "server_version": SERVER_VERSION,
            "server_id": self.get_diagnostic_id(),
        });
        packet.add("metadata.json", pretty(&metadata));
        packet.add("sanitized_config.json", pretty(self.get_sanitized_config().json()));
        packet.add("plugins.json", pretty(&json!(self.get_plugins().unwrap_or_default())));
        packet.add("plugin_statuses.json", pretty(&json!(self.get_plugin_statuses().unwrap_or_default())));
        match self.diagnostics().await {
            Ok(diagnostics) => packet.add("diagnostics.json", pretty(&diagnostics)),
            Err(error) => packet.warn(format!("diagnostics.json: {error}")),
        }
        if options.logs {
            packet
                .warn("The server writes its log to its standard error: whatever runs the server keeps it.".to_owned());
        }
    }

    async fn diagnostics(&self) -> Result<serde_json::Value, AppError> {
        let mut connection = self.store.read().await?;
        let mut counts = serde_json::Map::new();
        for table in ["users", "sessions", "teams", "channels", "posts", "plugins"] {
            let count: Option<i64> = connection.value(&format!("SELECT COUNT(*) FROM {table}"), args![]).await?;
            counts.insert(table.to_owned(), count.unwrap_or_default().into());
        }
        Ok(json!({
            "build": BUILD_NUMBER,
            "os": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "installed_at": self.get_system_install_date(),
            "cluster_id": self.cluster_id(),
            "rows": counts,
        }))
    }

    fn add_log(&self, packet: &mut Packet, plugin: &Installed) {
        let lines = self.runtime.logs(plugin.id(), 0, LINES);
        let text: String = lines.iter().map(|line| json!(line).to_string() + "\n").collect();
        packet.add(format!("logs/{}.jsonl", plugin.id()), text);
    }

    async fn add_plugin(&self, packet: &mut Packet, cx: &CallContext, plugin: &Installed) {
        let id = plugin.id();
        match self.runtime.provide::<GenerateSupportData>(cx, id, |ctx| (ctx,)).await {
            Ok((Ok(files),)) => take(packet, id, files),
            Ok((Err(error),)) => packet.warn(format!("plugin `{id}`: {error}")),
            Err(CallError::Fault(fault)) => packet.warn(format!("plugin `{id}`: {fault}")),
            Err(_) => {}
        }
    }
}

/// Adds what a plugin gave, as far as it may.
fn take(packet: &mut Packet, id: &str, files: Vec<FileData>) {
    if files.len() > FILES {
        packet.warn(format!("plugin `{id}`: {} files; {FILES} are taken", files.len()));
    }
    let mut left = FILE_BYTES;
    for file in files.into_iter().take(FILES) {
        if !is_plain(&file.filename) {
            packet.warn(format!("plugin `{id}`: `{}` is no name for a file", file.filename.escape_default()));
        } else if let Some(rest) = left.checked_sub(file.body.len()) {
            left = rest;
            packet.add(file.filename, file.body);
        } else {
            packet.warn(format!("plugin `{id}`: `{}` is left out: more than {FILE_BYTES} bytes in all", file.filename));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugins_file_stays_in_the_packet() {
        for (name, good) in
            [("a.txt", true), ("x/y.json", true), ("", false), ("../a", false), ("/a", false), ("a\\b", false)]
        {
            assert_eq!(is_plain(name), good, "{name}");
        }
        let file = |name: &str| FileData { filename: name.to_owned(), body: vec![1] };
        let mut packet = Packet::default();
        take(&mut packet, "moat", vec![file("a"), file("a"), file("../b")]);
        assert_eq!((packet.files.len(), packet.warnings.len()), (2, 1));
        let names: Vec<&str> = packet.files.iter().map(|file| file.filename.as_str()).collect();
        assert_eq!(names, ["a", "_a"]);
    }
}
