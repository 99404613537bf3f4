//! Signed uploads over REST, on a server that demands signatures, and a plugin that would bring
//! code in by itself.

use std::{fs, io::Cursor};

use minisign::KeyPair;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use wasmoat_tests::{Bundle, Reply, Rest, TestServer, guest, plugin, renamed};

/// A server that trusts one key.
struct Vault {
    server: TestServer,
    admin: Rest,
    key: KeyPair,
    _folder: tempfile::TempDir,
}

impl Vault {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate_unencrypted_keypair().unwrap();
        fs::write(folder.path().join("trusted.pub"), key.pk.to_box().unwrap().to_string()).unwrap();
        let settings = json!({"RequirePluginSignature": true, "SignaturePublicKeyFiles": ["trusted.pub"]});
        fs::write(folder.path().join("config.json"), json!({"PluginSettings": settings}).to_string()).unwrap();
        let server = TestServer::start_in(folder.path().to_owned()).await;
        let admin = server.admin().await;
        Self { server, admin, key, _folder: folder }
    }

    fn sign(&self, bytes: &[u8]) -> String {
        sign(&self.key, bytes)
    }

    async fn upload(&self, bytes: &[u8], signature: &str) -> Reply {
        let form = Form::new()
            .part("plugin", Part::bytes(bytes.to_vec()).file_name("moat.tar.gz"))
            .text("signature", signature.to_owned());
        Rest::send(self.admin.request(Method::POST, "/api/v4/plugins").multipart(form)).await
    }

    async fn plugins(&self) -> Vec<Value> {
        self.admin.get("/api/v4/plugins/statuses").await.ok().as_array().unwrap().clone()
    }
}

fn sign(key: &KeyPair, bytes: &[u8]) -> String {
    minisign::sign(Some(&key.pk), &key.sk, Cursor::new(bytes), Some("file:moat"), None).unwrap().to_string()
}

fn bundle() -> Vec<u8> {
    Bundle::new("moat").file("plugin.wasm", &plugin("word-filter")).finish()
}

fn assert_refused(reply: &Reply, says: &str) {
    assert_eq!((reply.status.as_u16(), reply.text("id")), (400, "api.plugin.verify_plugin.app_error"));
    crate::assert_is_app_error(reply);
    assert!(reply.text("message").contains(says), "{}", reply.body);
}

#[tokio::test]
async fn a_signed_bundle_is_taken_and_runs() {
    let vault = Vault::open().await;
    let bytes = bundle();
    let reply = vault.upload(&bytes, &vault.sign(&bytes)).await;
    assert_eq!((reply.status.as_u16(), &reply.body["id"]), (201, &json!("moat")));
    vault.admin.post("/api/v4/plugins/moat/enable", &json!({})).await.ok();
    assert_eq!(vault.plugins().await[0]["state"], 2);
    let shown = vault.admin.get("/api/v4/plugins/moat/inspection").await.ok();
    assert_eq!(shown["signer"]["trusted_comment"], "file:moat");
    assert_eq!(shown["signer"]["key_id"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn an_unsigned_a_tampered_and_an_untrusted_one_are_refused_and_leave_nothing() {
    let vault = Vault::open().await;
    let bytes = bundle();
    assert_refused(&vault.admin.upload("moat.tar.gz", bytes.clone(), false).await, "not signed");
    let mut tampered = bytes.clone();
    // The comment of the gzip header: the archive is as good as before.
    tampered[4] ^= 1;
    assert_refused(&vault.upload(&tampered, &vault.sign(&bytes)).await, "not that of this file");
    let stranger = KeyPair::generate_unencrypted_keypair().unwrap();
    assert_refused(&vault.upload(&bytes, &sign(&stranger, &bytes)).await, "not trusted");
    assert_refused(&vault.upload(&bytes, &"x".repeat(60_000)).await, "8192 bytes");
    assert!(vault.plugins().await.is_empty());
    assert!(!vault.server.data().join("plugins/moat").exists());
}

#[tokio::test]
async fn a_plugin_with_the_right_to_install_brings_in_nothing_unsigned() {
    let vault = Vault::open().await;
    let code = guest("conformance");
    vault.upload(&code, &vault.sign(&code)).await.ok();
    vault.admin.post("/api/v4/plugins/conformance/enable", &json!({})).await.ok();
    // Another plugin, and itself.
    for file in [bundle(), renamed(&plugin("word-filter"), "conformance")] {
        let call = json!({"function": "plugins.install-plugin", "arguments": {"file": file, "replace": true}});
        let reply = vault.admin.post("/plugins/conformance/call", &call).await;
        assert_eq!(reply.status, 422, "{}", reply.body);
        assert!(reply.body.to_string().contains("api.plugin.verify_plugin.app_error"), "{}", reply.body);
    }
    // What it saves changes nothing about whom the server trusts.
    let lax = json!({"PluginSettings": {"RequirePluginSignature": false}}).to_string();
    let call = json!({"function": "config.save-config", "arguments": {"config": lax}});
    vault.admin.post("/plugins/conformance/call", &call).await;
    assert_refused(&vault.admin.upload("moat.tar.gz", bundle(), false).await, "not signed");
    assert_eq!(vault.plugins().await.len(), 1);
}
