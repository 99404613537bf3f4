//! Single files.

use wasmoat_tests::{plugin, renamed};

use crate::{
    Lab,
    components::{async_component, component},
};

const HOOK: &str = "interface on-activate { on-activate: func() -> result<_, string>; }";

#[tokio::test]
async fn an_empty_file() {
    let lab = Lab::open().await;
    let (status, text) = lab.refuses("plugin.wasm", []).await;
    assert_eq!(status, 400);
    assert!(text.contains("empty"), "{text}");
}

#[tokio::test]
async fn garbage() {
    let lab = Lab::open().await;
    let (status, text) = lab.refuses("plugin.wasm", b"MZ this is no WebAssembly".to_vec()).await;
    assert_eq!(status, 400);
    assert!(text.contains("not WebAssembly"), "{text}");
}

#[tokio::test]
async fn a_truncated_component() {
    let lab = Lab::open().await;
    let whole = plugin("word-filter");
    for part in [whole.len() - 1, whole.len() / 2, 100, 9] {
        let (status, text) = lab.refuses("plugin.wasm", &whole[..part]).await;
        assert_eq!(status, 400);
        assert!(text.contains("cut off"), "{part} bytes: {text}");
    }
}

#[tokio::test]
async fn a_core_module() {
    let lab = Lab::open().await;
    let (status, text) = lab.refuses("plugin.wasm", b"\0asm\x01\0\0\0".to_vec()).await;
    assert_eq!(status, 400);
    assert!(text.contains("core WebAssembly module"), "{text}");
}

#[tokio::test]
async fn a_contract_of_another_version() {
    let lab = Lab::open().await;
    for version in ["2.0.0", "1.1.0", "0.9.0"] {
        let wit = format!(
            "package wasmoat:plugin@{version}; {HOOK} interface posts {{ get: func(); }}
             world w {{ import posts; export on-activate; }}"
        );
        let (status, text) = lab.refuses("plugin.wasm", component(&wit)).await;
        assert_eq!(status, 400);
        assert!(text.contains(&format!("wasmoat:plugin/posts@{version}")) && text.contains("1.0.0"), "{text}");
    }
}

#[tokio::test]
async fn an_unknown_import() {
    let lab = Lab::open().await;
    let wit = "package evil:door@1.0.0; interface back { open: func(); }
               interface hook { run: func(); } world w { import back; export hook; }";
    let (status, text) = lab.refuses("plugin.wasm", component(wit)).await;
    assert_eq!(status, 400);
    assert!(text.contains("evil:door/back@1.0.0"), "{text}");
}

#[tokio::test]
async fn an_import_that_the_contract_lacks() {
    let lab = Lab::open().await;
    let wit = format!(
        "package wasmoat:plugin@1.0.0; {HOOK} interface shredder {{ shred: func(); }}
         world w {{ import shredder; export on-activate; }}"
    );
    let (status, text) = lab.refuses("plugin.wasm", component(&wit)).await;
    assert_eq!(status, 400);
    assert!(text.contains("shredder"), "{text}");
}

#[tokio::test]
async fn a_function_of_another_type() {
    let lab = Lab::open().await;
    let wit = "package wasmoat:plugin@1.0.0;
               interface on-activate { on-activate: func() -> u32; } world w { export on-activate; }";
    let (status, text) = lab.refuses("plugin.wasm", component(wit)).await;
    assert_eq!(status, 400);
    assert!(text.contains("on-activate"), "{text}");
}

#[tokio::test]
async fn a_component_without_hooks() {
    let lab = Lab::open().await;
    let wit = "package some:thing@1.0.0; interface run { run: func(); } world w { export run; }";
    let (status, text) = lab.refuses("plugin.wasm", component(wit)).await;
    assert_eq!(status, 400);
    assert!(text.contains("no hook"), "{text}");
}

#[tokio::test]
async fn an_async_export() {
    let lab = Lab::open().await;
    let wit = "package wasmoat:plugin@1.0.0;
               interface on-activate { on-activate: async func() -> result<_, string>; } world w { export on-activate; }";
    let (status, text) = lab.refuses("plugin.wasm", async_component(wit)).await;
    assert_eq!(status, 400);
    assert!(text.contains("async"), "{text}");
}

#[tokio::test]
async fn a_file_larger_than_allowed() {
    let lab = Lab::open().await;
    let (status, text) = lab.refuses("plugin.wasm", vec![0; (64 << 20) + 1]).await;
    assert_eq!(status, 413);
    assert!(text.contains("allowed"), "{text}");
}

#[tokio::test]
async fn an_id_that_is_installed_already() {
    let lab = Lab::open().await;
    lab.admin.upload("word-filter.wasm", plugin("word-filter"), false).await.ok();
    for again in [plugin("word-filter").to_vec(), renamed(&plugin("poll"), "word-filter")] {
        let (status, text) = lab.refuses("again.wasm", again).await;
        assert_eq!(status, 400);
        assert!(text.contains("word-filter") && text.contains("force"), "{text}");
    }
    let reply = lab.admin.upload("word-filter.wasm", plugin("word-filter"), true).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

#[tokio::test]
async fn somebody_who_is_no_admin() {
    let lab = Lab::open().await;
    let user = lab.admin.sign_up("bob").await;
    for (client, status) in [(user, 403), (lab.server.stranger(), 401)] {
        let reply = client.upload("word-filter.wasm", plugin("word-filter"), false).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    assert_eq!(lab.plugins().await["inactive"], serde_json::json!([]));
}
