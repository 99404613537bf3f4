use crate::Core;

#[tokio::test]
async fn only_two_folders_of_a_bundle_are_assets() {
    let core = Core::for_tests().await;
    for path in ["", "component.wasm", "plugin.json", "assetsx/a", "Assets/a", "assets/../plugin.json", "/assets/a"] {
        let read = core.read_assets("Test", "moat", path, |tree, path| tree.read(path, 0, 1)).await;
        assert_eq!(read.unwrap_err().status_code, 400, "{path}");
    }
    let read = core.read_assets("Test", "moat", "assets/a", |tree, path| tree.read(path, 0, 1)).await;
    assert_eq!(read.unwrap_err().status_code, 404, "not installed");
}
