//! Signatures of plugins, on every way that code comes in.

use std::io::{Cursor, Write as _};

use super::*;
use minisign::KeyPair;

/// A key whose public half is in a file of the data folder, trusted or not.
struct SignerKey(KeyPair);

impl SignerKey {
    fn new(core: &Core, file: &str) -> Self {
        let pair = KeyPair::generate_unencrypted_keypair().unwrap();
        let key = Self(pair);
        std::fs::write(core.data.join(file), key.public()).unwrap();
        key
    }

    fn public(&self) -> String {
        self.0.pk.to_box().unwrap().to_string()
    }

    fn id(&self) -> String {
        Signer::named_by(&self.sign(b"")).unwrap().key_id
    }

    fn sign(&self, file: &[u8]) -> String {
        minisign::sign(Some(&self.0.pk), &self.0.sk, Cursor::new(file), Some("file:moat"), None).unwrap().to_string()
    }

    fn signed(&self, bytes: Bytes, force: bool) -> Upload {
        let signature = Some(self.sign(&bytes));
        Upload { bytes, file_name: "moat.wasm".to_owned(), force, signature }
    }
}

/// What the configuration file says about signatures.
async fn require(core: &Core, required: bool, keys: &[&str]) {
    let path = core.data.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config["PluginSettings"]["RequirePluginSignature"] = json!(required);
    config["PluginSettings"]["SignaturePublicKeyFiles"] = json!(keys);
    std::fs::write(path, config.to_string()).unwrap();
    core.reload_config(&admin()).await.unwrap();
}

/// A server that demands signatures, and the key that it trusts.
async fn strict() -> (TestCore, SignerKey) {
    let core = Core::for_tests().await;
    let key = SignerKey::new(&core, "trusted.pub");
    require(&core, true, &["trusted.pub"]).await;
    (core, key)
}

/// A bundle with a file for browsers.
fn bundle(version: &str) -> Bytes {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let files = [
        ("plugin.json", manifest(version).to_string().into_bytes()),
        ("server/moat.wasm", component(GOOD, &manifest(version)).to_vec()),
        ("public/hello.js", b"hello()".to_vec()),
    ];
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, content.as_slice()).unwrap();
    }
    let mut gzip = archive.into_inner().unwrap();
    gzip.flush().unwrap();
    gzip.finish().unwrap().into()
}

async fn refused(core: &Core, upload: Upload) -> String {
    let error = core.install_plugin(&admin(), upload).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.plugin.verify_plugin.app_error", 400));
    assert_eq!(versions(core), 0);
    error.message
}

#[tokio::test]
async fn a_signed_plugin_is_installed_and_its_signer_is_shown() {
    let (core, key) = strict().await;
    for bytes in [component(GOOD, &manifest("1.0.0")), bundle("1.0.0")] {
        core.install_plugin(&admin(), key.signed(bytes, true)).await.unwrap();
        core.enable_plugin(&admin(), "moat").await.unwrap();
        assert_eq!(status(&core), (PluginState::Running, "1.0.0".to_owned(), String::new()));
        let shown = core.inspect_plugin("moat").await.unwrap();
        assert_eq!(shown["signer"], json!({ "key_id": key.id(), "trusted_comment": "file:moat" }));
        // From the disk.
        core.disable_plugin(&admin(), "moat").await.unwrap();
        core.enable_plugin(&admin(), "moat").await.unwrap();
        assert_eq!(status(&core).0, PluginState::Running, "{}", status(&core).2);
    }
    core.remove_plugin(&admin(), "moat").await.unwrap();
    assert_eq!(versions(&core), 0, "the signed file goes too");
}

#[tokio::test]
async fn an_unsigned_plugin_is_refused() {
    let (core, _) = strict().await;
    let message = refused(&core, upload(GOOD, "1.0.0", false)).await;
    assert!(message.contains("RequirePluginSignature"), "{message}");
}

#[tokio::test]
async fn a_tampered_plugin_is_refused() {
    let (core, key) = strict().await;
    let mut upload = key.signed(component(GOOD, &manifest("1.0.0")), false);
    upload.bytes = component(GOOD, &manifest("1.0.1"));
    let message = refused(&core, upload).await;
    assert!(message.contains(&key.id()) && message.contains("not that of this file"), "{message}");
}

#[tokio::test]
async fn a_plugin_signed_by_an_untrusted_key_is_refused() {
    let (core, key) = strict().await;
    let other = SignerKey::new(&core, "other.pub");
    let message = refused(&core, other.signed(component(GOOD, &manifest("1.0.0")), false)).await;
    assert!(message.contains(&other.id()) && message.contains(&key.id()), "{message}");
    require(&core, true, &[]).await;
    let message = refused(&core, key.signed(component(GOOD, &manifest("1.0.0")), false)).await;
    assert!(message.contains("names no key"), "{message}");
}

#[tokio::test]
async fn a_signature_that_names_a_trusted_key_but_is_by_another_is_refused() {
    let (core, key) = strict().await;
    let thief = SignerKey::new(&core, "thief.pub");
    let bytes = component(GOOD, &manifest("1.0.0"));
    let decode = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.decode(text.lines().nth(1).unwrap()).unwrap()
    };
    let (honest, forged) = (key.sign(&bytes), thief.sign(&bytes));
    let (mut line, name) = (decode(&forged), decode(&honest));
    line[2..10].copy_from_slice(&name[2..10]);
    let line = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(line)
    };
    let signature = forged.replace(forged.lines().nth(1).unwrap(), &line);
    let upload = Upload { signature: Some(signature), ..key.signed(bytes, false) };
    assert!(refused(&core, upload).await.contains("not that of this file"));
}

#[tokio::test]
async fn the_trusted_comment_cannot_be_changed() {
    let (core, key) = strict().await;
    let mut upload = key.signed(component(GOOD, &manifest("1.0.0")), false);
    upload.signature = upload.signature.map(|signature| signature.replace("file:moat", "file:meat"));
    refused(&core, upload).await;
}

#[tokio::test]
async fn the_signature_of_another_file_is_refused() {
    let (core, key) = strict().await;
    let signature = key.sign(b"something else");
    refused(&core, Upload { signature: Some(signature), ..upload(GOOD, "1.0.0", false) }).await;
    for nonsense in ["", "untrusted comment: x\nAAAA\n", "x".repeat(MAX_SIGNATURE_BYTES + 1).as_str()] {
        let upload = Upload { signature: Some(nonsense.to_owned()), ..upload(GOOD, "1.0.0", false) };
        assert!(refused(&core, upload).await.contains("no minisign signature"));
    }
}

#[tokio::test]
async fn a_bad_signature_is_refused_where_none_is_required() {
    let core = Core::for_tests().await;
    let key = SignerKey::new(&core, "trusted.pub");
    require(&core, false, &["trusted.pub"]).await;
    let signature = Some(key.sign(b"something else"));
    refused(&core, Upload { signature, ..upload(GOOD, "1.0.0", false) }).await;
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    assert_eq!(core.inspect_plugin("moat").await.unwrap()["signer"], Value::Null);
}

#[tokio::test]
async fn a_plugin_that_runs_is_stopped_when_its_key_is_no_longer_trusted() {
    let (core, key) = strict().await;
    SignerKey::new(&core, "next.pub");
    core.install_plugin(&admin(), key.signed(bundle("1.0.0"), false)).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert!(core.runtime.is_active("moat"));
    require(&core, true, &["next.pub"]).await;
    assert!(!core.runtime.is_active("moat"));
    let (state, _, error) = status(&core);
    assert_eq!(state, PluginState::FailedToStart);
    assert!(error.contains(&key.id()) && error.contains("not trusted"), "{error}");
    require(&core, true, &["next.pub", "trusted.pub"]).await;
    assert!(core.runtime.is_active("moat"), "{:?}", status(&core));
}

#[tokio::test]
async fn an_unsigned_plugin_that_runs_is_stopped_when_signatures_are_required() {
    let core = enabled().await;
    let key = SignerKey::new(&core, "trusted.pub");
    require(&core, true, &["trusted.pub"]).await;
    let (state, _, error) = status(&core);
    assert!(state == PluginState::FailedToStart && error.contains("not signed"), "{error}");
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert!(!core.runtime.is_active("moat"), "enabling does not help");
    core.install_plugin(&admin(), key.signed(component(GOOD, &manifest("1.0.0")), true)).await.unwrap();
    assert!(core.runtime.is_active("moat"), "a signed copy does");
}

#[tokio::test]
async fn what_was_changed_on_disk_does_not_start_whatever_was_changed() {
    let (core, key) = strict().await;
    core.install_plugin(&admin(), key.signed(bundle("1.0.0"), false)).await.unwrap();
    let plugin = core.get_plugin("moat").unwrap();
    let folder = core.plugins.files.folder(&plugin);
    let signed = folder.with_extension("bundle");
    let (other, exchanged) = (component(GOOD, &manifest("6.6.6")), bundle("6.6.6"));
    for (file, content, says) in [
        (folder.join("public/hello.js"), b"steal()".as_slice(), "public/hello.js"),
        (folder.join("public/more.js"), b"more()".as_slice(), "public/more.js"),
        (folder.join("component.wasm"), other.as_ref(), "not the one that was installed"),
        (signed, exchanged.as_ref(), "not that of this file"),
    ] {
        let honest = std::fs::read(&file).ok();
        std::fs::write(&file, content).unwrap();
        core.enable_plugin(&admin(), "moat").await.unwrap();
        let (state, _, error) = status(&core);
        assert_eq!(state, PluginState::FailedToStart, "{}", file.display());
        assert!(error.contains(says), "{error}");
        match honest {
            Some(honest) => std::fs::write(&file, honest).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        core.disable_plugin(&admin(), "moat").await.unwrap();
    }
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running, "{}", status(&core).2);
}

#[tokio::test]
async fn a_row_that_points_at_other_signed_code_does_not_start() {
    let (core, key) = strict().await;
    core.install_plugin(&admin(), key.signed(bundle("1.0.0"), false)).await.unwrap();
    // Signed by a trusted key, and another plugin's.
    let mut mine = (*core.get_plugin("moat").unwrap()).clone();
    mine.manifest.id = "other".to_owned();
    std::fs::rename(core.data.join("plugins/moat"), core.data.join("plugins/other")).unwrap();
    let reason = core.verify_installed(&Arc::new(mine)).await.unwrap_err();
    assert!(reason.contains("is plugin `moat`"), "{reason}");
}

#[tokio::test]
async fn a_start_of_the_server_verifies_what_it_starts() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Core::open(Options { data: directory.path().to_owned(), config: None, development: true });
    let core = open().await.unwrap();
    let key = SignerKey::new(&core, "trusted.pub");
    require(&core, true, &["trusted.pub"]).await;
    core.install_plugin(&admin(), key.signed(bundle("1.0.0"), false)).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    core.shutdown().await;
    let core = open().await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running, "{}", status(&core).2);
    core.shutdown().await;
    std::fs::remove_file(directory.path().join("trusted.pub")).unwrap();
    let core = open().await.unwrap();
    let (state, _, error) = status(&core);
    assert!(state == PluginState::FailedToStart && error.contains("trusted.pub"), "{error}");
    core.shutdown().await;
}

#[tokio::test]
async fn a_forged_cache_file_does_not_run_in_a_signed_plugins_place() {
    let (core, key) = strict().await;
    core.install_plugin(&admin(), key.signed(component(GOOD, &manifest("1.0.0")), false)).await.unwrap();
    let compiled = || {
        let files = core.data.join("cache").read_dir().unwrap().map(|file| file.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "cwasm")).collect::<Vec<_>>()
    };
    let honest = compiled();
    // Code that this server compiled itself, put under the signed plugin's name.
    core.runtime.compile(component(UNLUCKY, &manifest("1.0.0"))).await.unwrap();
    let other = compiled().into_iter().find(|path| !honest.contains(path)).unwrap();
    std::fs::copy(other, &honest[0]).unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running, "{}", status(&core).2);
}

#[tokio::test]
async fn a_plugins_own_api_installs_nothing_unsigned_neither_another_plugin_nor_itself() {
    let (core, key) = strict().await;
    core.install_plugin(&admin(), key.signed(component(GOOD, &manifest("1.0.0")), false)).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    let mut other = manifest("2.0.0");
    for id in ["another", "moat"] {
        other["id"] = json!(id);
        let error = install_as_plugin(&core, component(GOOD, &other)).await.unwrap_err();
        assert_eq!(error.id, "api.plugin.verify_plugin.app_error", "{id}");
    }
    assert_eq!(status(&core), (PluginState::Running, "1.0.0".to_owned(), String::new()));
}

/// `InstallPlugin`, as the guest's import hands it on.
async fn install_as_plugin(core: &Core, file: Bytes) -> Result<Manifest, AppError> {
    let upload = Upload { bytes: file, file_name: String::new(), force: true, signature: None };
    core.install_plugin(&CallContext::core(), upload).await
}

#[tokio::test]
async fn what_is_delivered_beside_the_server_needs_its_signature_beside_it() {
    let (core, key) = strict().await;
    let folder = core.data.join("prepackaged_plugins");
    std::fs::create_dir(&folder).unwrap();
    let bytes = bundle("1.0.0");
    std::fs::write(folder.join("moat.tar.gz"), &bytes).unwrap();
    let chosen = Onboarding { install_plugins: vec!["moat".to_owned()], ..Onboarding::default() };
    core.complete_onboarding(&admin(), &chosen).await.unwrap();
    assert!(core.get_plugin("moat").is_err());
    std::fs::write(folder.join("moat.tar.gz.minisig"), key.sign(&bytes)).unwrap();
    core.complete_onboarding(&admin(), &chosen).await.unwrap();
    assert!(core.runtime.is_active("moat"));
}

#[tokio::test]
async fn nothing_that_is_saved_changes_whom_the_server_trusts() {
    let (core, _) = strict().await;
    let lax = json!({ "PluginSettings": { "RequirePluginSignature": false, "SignaturePublicKeyFiles": ["mine.pub"] } });
    core.save_config(&admin(), &lax).await.unwrap();
    core.patch_config(&admin(), &lax).await.unwrap();
    let config = core.config.get();
    assert!(config.flag("PluginSettings.RequirePluginSignature"));
    assert_eq!(config.list("PluginSettings.SignaturePublicKeyFiles"), ["trusted.pub"]);
}
