use std::time::Duration;

use serde_json::json;
use wasmoat_model::AuditEventData;
use wasmoat_runtime::{CallContext, OutboundRecord};

use super::*;

async fn lines(core: &Core, count: usize) -> Vec<Value> {
    for _ in 0..200 {
        let text = std::fs::read_to_string(core.data.join("audit.log")).unwrap_or_default();
        if text.lines().count() >= count {
            return text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the audit log has no {count} lines");
}

#[tokio::test]
async fn a_plugins_record_names_the_plugin_whatever_it_says() {
    let core = Core::for_tests().await;
    let on = json!({ "ExperimentalAuditSettings": { "FileEnabled": true } });
    core.patch_config(&CallContext::core(), &on).await.unwrap();
    let event = AuditEventData { parameters: r#"{"plugin_id":"other","a":1}"#.into(), ..AuditEventData::default() };
    let rec = AuditRecord { event_name: "shred".into(), status: "success".into(), event, ..AuditRecord::default() };
    core.log_plugin_audit_rec("moat", rec.clone(), Level::Cli).unwrap();
    let event = AuditEventData { parameters: "no json".into(), ..AuditEventData::default() };
    core.log_plugin_audit_rec("moat", AuditRecord { event, ..rec }, Level::Content).unwrap();
    let lines = lines(&core, 2).await;
    assert_eq!(lines[0]["event"]["parameters"], json!({ "plugin_id": "moat", "a": 1 }));
    assert_eq!((&lines[0]["level"], &lines[0]["event_name"]), (&json!("audit-cli"), &json!("shred")));
    assert_eq!(lines[1]["event"]["parameters"], json!({ "plugin_id": "moat", "text": "no json" }));
    assert_eq!(lines[1]["level"], "audit-content");
}

#[tokio::test]
async fn audits_are_read_newest_first_and_by_user() {
    let core = Core::for_tests().await;
    for (user, action) in [("ann", "/a"), ("bob", "/b"), ("ann", "/c")] {
        core.save_audit(Audit { user_id: user.into(), action: action.into(), ..Audit::default() });
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let mut all = Vec::new();
    for _ in 0..200 {
        all = core.get_audits_page("", 0, 10).await.unwrap();
        if all.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let actions: Vec<&str> = all.iter().map(|audit| audit.action.as_str()).collect();
    assert_eq!(actions, ["/c", "/b", "/a"]);
    assert_eq!(core.get_audits_page("ann", 1, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_plugins_request_is_kept_with_who_asked_whom() {
    let core = Core::for_tests().await;
    let on = json!({ "ExperimentalAuditSettings": { "FileEnabled": true } });
    core.patch_config(&CallContext::core(), &on).await.unwrap();
    let record = OutboundRecord {
        method: "POST".into(),
        host: "api.example.org".into(),
        status: Some(200),
        outcome: "ok",
        sent: 5,
        received: 7,
        milliseconds: 3,
    };
    core.log_plugin_request("moat", &record);
    core.log_plugin_request("moat", &OutboundRecord { status: None, outcome: "denied", ..record });
    let lines = lines(&core, 2).await;
    let parameters = &lines[0]["event"]["parameters"];
    assert_eq!((&parameters["plugin_id"], &parameters["host"]), (&json!("moat"), &json!("api.example.org")));
    assert_eq!((&parameters["status"], &parameters["received"]), (&json!(200), &json!(7)));
    assert_eq!((&lines[0]["event_name"], &lines[0]["status"]), (&json!("pluginRequest"), &json!("success")));
    assert_eq!((&lines[1]["status"], &lines[1]["error"]["description"]), (&json!("fail"), &json!("denied")));
}
