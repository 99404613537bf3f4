//! Where a plugin's manifest is found, and what stands in for one that is missing.

use wasmoat_model::{AppError, Manifest, PLUGIN_ID_LENGTH};
use wasmoat_runtime::HostRule;

/// Names of the file, in the order in which Mattermost looks.
pub(super) const FILES: [&str; 3] = ["plugin.yml", "plugin.yaml", "plugin.json"];

/// Largest manifest.
pub(super) const MAX_BYTES: usize = 1 << 20;

pub(super) fn error(message: impl Into<String>) -> AppError {
    AppError::new("InstallPlugin", "app.plugin.manifest.app_error", 400, message)
}

/// Reads a manifest file of a bundle.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Manifest, AppError> {
    if bytes.len() > MAX_BYTES {
        return Err(error(format!("The manifest `{name}` has {} bytes; {MAX_BYTES} are allowed.", bytes.len())));
    }
    let parsed: Result<Manifest, String> = match name {
        "plugin.json" => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
        _ => serde_yaml_ng::from_slice(bytes).map_err(|error| error.to_string()),
    };
    check(parsed.map_err(|reason| error(format!("The manifest `{name}` cannot be read: {reason}.")))?)
}

/// The manifest of a bare component: its custom section, else what the file's name says.
pub(super) fn of_component(bytes: &[u8], file_name: &str) -> Result<Manifest, AppError> {
    match wasmoat_runtime::manifest_section(bytes) {
        Some(section) if section.len() > MAX_BYTES => {
            Err(error(format!("The manifest in the component has {} bytes; {MAX_BYTES} are allowed.", section.len())))
        }
        Some(section) => {
            let parsed = serde_json::from_slice(section);
            check(parsed.map_err(|reason| error(format!("The manifest in the component cannot be read: {reason}.")))?)
        }
        None => check(derived(bytes, file_name)),
    }
}

fn check(manifest: Manifest) -> Result<Manifest, AppError> {
    let manifest = manifest.normalise()?;
    for (field, text) in [("version", &manifest.version), ("min_server_version", &manifest.min_server_version)] {
        if !text.is_empty()
            && let Err(reason) = semver::Version::parse(text)
        {
            return Err(error(format!("The manifest's {field} `{text}` is not a semantic version: {reason}.")));
        }
    }
    super::settings::check_suggestion(&manifest)?;
    wasmoat_runtime::check_endpoints(&manifest.wasmoat.bridge)
        .map_err(|reason| error(format!("The manifest cannot be used: {reason}.")))?;
    for host in manifest.wasmoat.hosts.keys() {
        host.parse::<HostRule>().map_err(|reason| error(format!("The manifest's {reason}.")))?;
    }
    Ok(manifest)
}

/// A component without a manifest still has an id that is the same at every upload: its file name,
/// or its digest where that has no usable letters.
fn derived(bytes: &[u8], file_name: &str) -> Manifest {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = base
        .strip_suffix(".wasm")
        .unwrap_or(base)
        .strip_suffix(".component")
        .unwrap_or_else(|| base.strip_suffix(".wasm").unwrap_or(base));
    let usable =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c.to_ascii_lowercase() } else { '-' };
    let mut id: String = stem.chars().map(usable).take(*PLUGIN_ID_LENGTH.end()).collect();
    id = id.trim_matches(['-', '.']).to_owned();
    if id.len() < *PLUGIN_ID_LENGTH.start() || !id.contains(|c: char| c.is_ascii_alphanumeric()) {
        let digest = blake3::hash(bytes).to_hex();
        id = format!("plugin-{}", digest.get(..12).unwrap_or_default());
    }
    let name = if stem.is_empty() { id.clone() } else { stem.chars().take(64).collect() };
    Manifest { id, name, version: "0.0.0".to_owned(), ..Manifest::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_without_a_manifest_is_named_after_its_file() {
        for (file, id) in [
            ("My Filter.wasm", "my-filter"),
            ("C:\\plugins\\poll.component.wasm", "poll"),
            ("../../evil.wasm", "evil"),
            ("..wasm", "plugin-"),
            ("", "plugin-"),
            ("日本.wasm", "plugin-"),
        ] {
            let manifest = of_component(b"bytes", file).unwrap();
            assert!(manifest.id.starts_with(id), "{file}: {}", manifest.id);
            assert!(wasmoat_model::is_valid_plugin_id(&manifest.id), "{file}");
        }
    }

    #[test]
    fn a_manifest_may_be_yaml() {
        let yaml = b"id: Com.Example.Moat\nname: Moat\nversion: 1.2.3\nserver:\n  executable: moat.wasm\n";
        assert_eq!(read("plugin.yaml", yaml).unwrap().id, "com.example.moat");
    }

    #[test]
    fn a_bad_manifest_is_refused_and_says_why() {
        for (json, text) in [
            (r#"{"id": "a"}"#, "3 to 190"),
            (r#"{"id": "../../etc"}"#, "letters, digits"),
            (r#"{"id": "moat", "version": "one"}"#, "semantic version"),
            (r#"{"id": "moat", "wasmoat": {"limits": {"feul": 1}}}"#, "unknown limit"),
            (
                r#"{"id": "moat", "wasmoat": {"bridge": [{"path": "/x", "description": "d", "callers": []}]}}"#,
                "names nobody",
            ),
            (r#"{"id": "moat", "wasmoat": {"hosts": {"example.org/x": "No path."}}}"#, "host `example.org/x`"),
            ("{", "cannot be read"),
        ] {
            let error = read("plugin.json", json.as_bytes()).unwrap_err();
            assert_eq!(error.status_code, 400, "{json}");
            assert!(error.message.contains(text), "{}", error.message);
        }
    }
}
