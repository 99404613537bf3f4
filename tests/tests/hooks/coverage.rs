//! That no hook is left out.

use serde_json::Value;
use wasmoat_runtime::HOOKS;

use crate::scene::on_stage;

#[test]
fn the_recorder_has_every_hook_of_the_contract() {
    on_stage(async |scene| {
        let inspection = scene.ada.rest.get("/api/v4/plugins/recorder-a/inspection").await.ok();
        let recorded: Vec<&str> =
            inspection["hooks"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let missing: Vec<_> = HOOKS.iter().map(|hook| hook.name).filter(|hook| !recorded.contains(hook)).collect();
        assert!(missing.is_empty(), "no line in `recorded!` of tests/guests/recorder for {missing:?}: {inspection}");
    });
}
