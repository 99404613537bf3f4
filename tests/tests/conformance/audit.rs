//! `wit/audit.wit`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Case, edge, success};

fn on() -> Value {
    json!({"ExperimentalAuditSettings": {"FileEnabled": true}})
}

fn rec(name: &str) -> Value {
    json!({
        "event_name": name,
        "status": "success",
        "event": {"parameters": r#"{"plugin_id": "somebody-else", "depth": 3}"#, "object_type": "moat"},
        "actor": {"user_id": "ann"},
        "meta": "{}",
    })
}

/// The line of the audit log with this name.
async fn line(case: &Case, name: &str) -> Value {
    for _ in 0..300 {
        let log = std::fs::read_to_string(case.server.data().join("audit.log")).unwrap_or_default();
        let mut found = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("lines are JSON"));
        if let Some(line) = found.find(|line| line["event_name"] == name) {
            return line;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the audit log has no `{name}`");
}

#[test]
fn log_audit_rec_writes_a_line_in_the_plugins_name() {
    success("audit.log-audit-rec").settings(on()).run(async |case| {
        let name = case.name("dig");
        case.call(json!({"rec": rec(&name)})).await;
        let line = line(case, &name).await;
        assert_eq!((&line["level"], &line["status"]), (&json!("audit-cli"), &json!("success")));
        assert_eq!(line["event"]["parameters"], json!({"plugin_id": "conformance", "depth": 3}));
        assert_eq!((&line["event"]["object_type"], &line["actor"]["user_id"]), (&json!("moat"), &json!("ann")));
    });
}

#[test]
fn log_audit_rec_keeps_parameters_that_are_no_json() {
    edge("audit.log-audit-rec").settings(on()).run(async |case| {
        let name = case.name("odd");
        case.call(json!({"rec": {"event_name": name, "event": {"parameters": "three"}}})).await;
        let expected = json!({"plugin_id": "conformance", "text": "three"});
        assert_eq!(line(case, &name).await["event"]["parameters"], expected);
    });
}

#[test]
fn log_audit_rec_with_level_writes_the_level() {
    success("audit.log-audit-rec-with-level").settings(on()).run(async |case| {
        let name = case.name("fill");
        case.call(json!({"rec": rec(&name), "level": {"id": 102}})).await;
        let line = line(case, &name).await;
        assert_eq!(line["level"], "audit-permissions");
        assert_eq!(line["event"]["parameters"]["plugin_id"], "conformance");
    });
}

#[test]
fn log_audit_rec_with_level_says_nothing_while_the_log_is_off() {
    edge("audit.log-audit-rec-with-level").run(async |case| {
        let name = case.name("silent");
        case.call(json!({"rec": rec(&name), "level": {"id": 100}})).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let log = std::fs::read_to_string(case.server.data().join("audit.log")).unwrap_or_default();
        assert!(!log.contains(&name), "{log}");
    });
}
