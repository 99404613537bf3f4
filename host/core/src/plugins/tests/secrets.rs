//! Secrets of plugins: what stands in the file, what is shown, and to whom.

use std::{
    io::{Cursor, Read as _},
    sync::Mutex,
};

use super::*;
use crate::config::MASK;

const SECRET: &str = "s3cret-of-the-moat";

fn config_file(core: &Core) -> String {
    std::fs::read_to_string(core.data.join("config.json")).unwrap()
}

/// What the file holds for the plugin `moat`.
fn in_file(core: &Core) -> Value {
    serde_json::from_str::<Value>(&config_file(core)).unwrap()["PluginSettings"]["Plugins"]["moat"].clone()
}

/// Changes the file as an admin does with an editor, and has it read again.
async fn edit(core: &Core, change: impl FnOnce(&mut Value)) {
    let mut config: Value = serde_json::from_str(&config_file(core)).unwrap();
    change(&mut config);
    std::fs::write(core.data.join("config.json"), config.to_string()).unwrap();
    core.reload_config(&admin()).await.unwrap();
}

async fn with_secret() -> TestCore {
    let core = enabled().await;
    let settings = json!({ "KEY": SECRET, "Depth": 7 });
    core.save_plugin_config(&admin(), "moat", settings.as_object().unwrap().clone()).await.unwrap();
    core
}

#[tokio::test]
async fn a_secret_is_encrypted_at_rest_and_clear_in_its_own_plugin() {
    let core = with_secret().await;
    assert!(!config_file(&core).contains(SECRET));
    assert!(in_file(&core)["KEY"].as_str().unwrap().starts_with("wasmoat:secret:v1:"));
    assert_eq!(in_file(&core)["Depth"], 7);
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!(SECRET)));
    assert_eq!(core.config.in_clear().plugin("moat").get("KEY"), Some(&json!(SECRET)), "GetUnsanitizedConfig");
}

#[tokio::test]
async fn a_secret_is_in_no_listing() {
    let core = with_secret().await;
    let sealed = in_file(&core)["KEY"].as_str().unwrap().to_owned();
    let packet = core.generate_support_packet(&admin(), &SupportOptions::default()).await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(packet)).unwrap();
    let mut shown: Vec<String> = (0..zip.len())
        .map(|index| {
            let mut text = String::new();
            zip.by_index(index).unwrap().read_to_string(&mut text).unwrap();
            text
        })
        .collect();
    assert!(shown.iter().any(|text| text.contains(MASK)), "the packet holds the configuration");
    shown.push(core.get_sanitized_config().json().to_string());
    shown.push(core.inspect_plugin("moat").await.unwrap().to_string());
    shown.push(json!(core.get_plugin_statuses().unwrap()).to_string());
    shown.push(json!(core.get_plugins().unwrap()).to_string());
    shown.push(format!("{:?} {:?}", core.config, core.config.get()));
    for text in &shown[..shown.len() - 1] {
        assert!(!text.contains(&sealed), "a ciphertext is for nobody either: {text}");
    }
    for text in shown {
        assert!(!text.contains(SECRET), "{text}");
    }
}

/// Lines of the log, at every level.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_secret_is_in_no_log_line_of_any_level() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let core = with_secret().await;
    core.disable_plugin(&admin(), "moat").await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    // A secret that does not open is an error, and logged as one.
    edit(&core, |config| config["PluginSettings"]["Plugins"]["moat"]["KEY"] = json!("wasmoat:secret:v1:nobody:AAAA"))
        .await;
    let text = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(text.contains("plugin activated") && text.contains("cannot be decrypted"), "{text}");
    assert!(!text.contains(SECRET));
}

#[tokio::test]
async fn a_secret_stays_encrypted_and_hidden_when_its_plugin_is_removed() {
    let core = with_secret().await;
    core.remove_plugin(&admin(), "moat").await.unwrap();
    let sealed = in_file(&core);
    assert!(!config_file(&core).contains(SECRET));
    assert!(!core.get_sanitized_config().json().to_string().contains("wasmoat:secret"));
    // Saving what is shown keeps what is not.
    core.save_config(&admin(), core.get_sanitized_config().json()).await.unwrap();
    assert_eq!(in_file(&core), sealed);
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!(SECRET)));
}

#[tokio::test]
async fn a_secret_in_clear_is_encrypted_before_its_manifest_goes() {
    let core = Core::for_tests().await;
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    edit(&core, |config| config["PluginSettings"]["Plugins"] = json!({ "moat": { "Key": SECRET } })).await;
    assert!(config_file(&core).contains(SECRET));
    core.remove_plugin(&admin(), "moat").await.unwrap();
    assert!(!config_file(&core).contains(SECRET));
}

#[tokio::test]
async fn a_secret_that_was_there_before_its_manifest_is_encrypted_by_the_installation() {
    let core = Core::for_tests().await;
    let settings = json!({ "Key": SECRET });
    core.save_plugin_config(&admin(), "moat", settings.as_object().unwrap().clone()).await.unwrap();
    assert!(config_file(&core).contains(SECRET), "nobody knows that it is one");
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    assert!(!config_file(&core).contains(SECRET));
}

#[tokio::test]
async fn a_secret_written_by_hand_works_and_is_encrypted_by_the_next_save() {
    let core = enabled().await;
    edit(&core, |config| config["PluginSettings"]["Plugins"] = json!({ "moat": { "Key": SECRET } })).await;
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!(SECRET)));
    assert_eq!(core.get_sanitized_config().plugin("moat").get("Key"), Some(&json!(MASK)));
    core.patch_config(&admin(), &json!({ "TeamSettings": { "SiteName": "x" } })).await.unwrap();
    assert!(!config_file(&core).contains(SECRET));
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!(SECRET)));
}

#[tokio::test]
async fn saving_what_get_unsanitized_config_gave_changes_nothing() {
    let core = with_secret().await;
    let before = (config_file(&core), core.config.fingerprint());
    core.save_config(&admin(), core.config.in_clear().json()).await.unwrap();
    assert_eq!((config_file(&core), core.config.fingerprint()), before);
}

#[tokio::test]
async fn a_ciphertext_of_another_plugin_stops_the_plugin_that_it_was_moved_to() {
    let core = with_secret().await;
    // The secret is put under another plugin, and under another setting of its own.
    edit(&core, |config| {
        let plugins = &mut config["PluginSettings"]["Plugins"];
        plugins["thief"] = plugins["moat"].clone();
        plugins["moat"]["Depth"] = plugins["moat"]["KEY"].clone();
    })
    .await;
    let (state, _, error) = status(&core);
    assert_eq!(state, PluginState::FailedToStart);
    assert!(error.contains("`Depth`") && error.contains("another plugin or setting"), "{error}");
    assert!(!core.load_plugin_configuration("thief").values().any(|value| value == SECRET));
    assert_ne!(core.load_plugin_configuration("moat").get("depth"), Some(&json!(SECRET)));
}

#[tokio::test]
async fn with_another_key_the_server_starts_the_plugin_does_not_and_saving_destroys_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Core::open(Options { data: directory.path().to_owned(), config: None, development: true });
    let core = open().await.unwrap();
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    let settings = json!({ "Key": SECRET });
    core.save_plugin_config(&admin(), "moat", settings.as_object().unwrap().clone()).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    core.shutdown().await;
    let (key, hidden) = (directory.path().join("secret.key"), directory.path().join("hidden.key"));
    std::fs::rename(&key, &hidden).unwrap();

    let core = open().await.unwrap();
    let sealed = in_file(&core);
    let (state, _, error) = status(&core);
    assert_eq!(state, PluginState::FailedToStart);
    assert!(error.contains("`Key`") && error.contains("secret.key"), "{error}");
    assert!(!key.exists(), "no key is made that could not open anything");
    core.save_config(&admin(), core.get_sanitized_config().json()).await.unwrap();
    core.save_config(&admin(), core.config.in_clear().json()).await.unwrap();
    core.patch_config(&admin(), &json!({ "TeamSettings": { "SiteName": "x" } })).await.unwrap();
    assert_eq!(in_file(&core), sealed);
    core.shutdown().await;

    std::fs::rename(&hidden, &key).unwrap();
    let core = open().await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!(SECRET)));
    core.shutdown().await;
}

#[tokio::test]
async fn a_secret_that_can_not_be_read_any_more_is_set_anew() {
    let core = with_secret().await;
    edit(&core, |config| config["PluginSettings"]["Plugins"]["moat"]["KEY"] = json!("wasmoat:secret:v1:nobody:AAAA"))
        .await;
    assert_eq!(status(&core).0, PluginState::FailedToStart);
    let settings = json!({ "KEY": "new" });
    core.save_plugin_config(&admin(), "moat", settings.as_object().unwrap().clone()).await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!("new")));
}
