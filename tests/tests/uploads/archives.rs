//! Archives that want out of their folder, or to fill the disk.

use wasmoat_tests::{Bundle, plugin};

use crate::Lab;

const MEGABYTE: usize = 1 << 20;

/// A good bundle, which one more entry makes bad.
fn bundle() -> Bundle {
    Bundle::new("moat").file("plugin.wasm", &plugin("word-filter"))
}

async fn is_refused(bundle: Bundle, expected: &str) {
    let lab = Lab::open().await;
    let (status, text) = lab.refuses("moat.tar.gz", bundle.finish()).await;
    assert_eq!(status, 400, "{text}");
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn a_good_one_is_taken() {
    let lab = Lab::open().await;
    let manifest = lab.admin.upload("moat.tar.gz", bundle().finish(), false).await.ok();
    assert_eq!(manifest["id"], "moat");
}

#[tokio::test]
async fn a_name_that_climbs_out() {
    is_refused(bundle().file("../../escaped.txt", b"x"), "../../escaped.txt").await;
    is_refused(bundle().file("a/../../escaped.txt", b"x"), "a/../../escaped.txt").await;
}

#[tokio::test]
async fn an_absolute_path() {
    is_refused(bundle().file("/tmp/wasmoat-escaped.txt", b"x"), "/tmp/wasmoat-escaped.txt").await;
    assert!(!std::path::Path::new("/tmp/wasmoat-escaped.txt").exists());
}

#[tokio::test]
async fn a_symbolic_link() {
    is_refused(bundle().symlink("etc", "/etc").file("etc/wasmoat", b"x"), "etc").await;
}

#[tokio::test]
async fn a_hard_link() {
    is_refused(bundle().hard_link("passwd", "/etc/passwd"), "passwd").await;
}

#[tokio::test]
async fn a_decompression_bomb() {
    is_refused(bundle().file("bomb", &vec![0; 64 * MEGABYTE]), "unpacks to more than").await;
}

#[tokio::test]
async fn too_many_entries() {
    let many = (0..10_001).fold(bundle(), |bundle, number| bundle.folder(&format!("d{number}")));
    is_refused(many, "10000 entries").await;
}

#[tokio::test]
async fn a_truncated_archive() {
    let lab = Lab::open().await;
    let whole = bundle().finish();
    for part in [whole.len() - 1, whole.len() / 2, 20] {
        let (status, text) = lab.refuses("moat.tar.gz", &whole[..part]).await;
        assert_eq!(status, 400, "{part} bytes: {text}");
    }
}

#[tokio::test]
async fn no_manifest() {
    is_refused(Bundle::default().file("plugin.wasm", &plugin("word-filter")), "manifest").await;
}

#[tokio::test]
async fn no_component() {
    is_refused(Bundle::new("moat"), "component").await;
}

#[tokio::test]
async fn an_id_that_is_a_path() {
    is_refused(Bundle::new("../../etc").file("plugin.wasm", &plugin("word-filter")), "id").await;
}
