//! `wit/log.wit`: lines never fail.

use serde_json::{Value, json};

use crate::{Case, edge, success};

async fn lines(case: &Case) -> Vec<Value> {
    let log = case.admin.get("/api/v4/plugins/conformance/logs?lines=1000").await.ok();
    log["lines"].as_array().cloned().unwrap_or_default()
}

async fn is_logged(case: &Case, level: &str) {
    let text = case.name("line");
    let pairs = json!([["user", "bob"], ["answer", "4\n2"]]);
    case.call(json!({"msg": text, "key_value_pairs": pairs})).await;
    let lines = lines(case).await;
    let line = lines.iter().find(|line| line["message"].as_str().unwrap().starts_with(&text)).unwrap();
    assert_eq!(line["message"], format!(r#"{text} user="bob" answer="4\n2""#));
    assert_eq!(line["level"].as_str().unwrap().to_lowercase(), level);
}

/// What cannot be logged as it is does no harm: a line break is no new line, a giant is cut.
async fn is_harmless(case: &Case) {
    let text = case.name("line");
    case.call(json!({"msg": format!("{text}\nERROR forged"), "key_value_pairs": []})).await;
    case.call(json!({"msg": format!("{text}{}", "x".repeat(100_000)), "key_value_pairs": []})).await;
    let lines = lines(case).await;
    let own: Vec<_> = lines.iter().filter_map(|line| line["message"].as_str()?.strip_prefix(&*text)).collect();
    assert_eq!(own[0], "⏎ERROR forged");
    assert!(own[1].len() < 50_000 && own[1].ends_with('…'), "{} bytes", own[1].len());
}

macro_rules! levels {
    ($($level:literal $function:literal $writes:ident $harmless:ident;)*) => {$(
        #[test]
        fn $writes() {
            success($function).run(async |case| is_logged(case, $level).await);
        }

        #[test]
        fn $harmless() {
            edge($function).run(async |case| is_harmless(case).await);
        }
    )*};
}

levels! {
    "debug" "log.log-debug" log_debug_writes_a_line log_debug_keeps_to_one_line;
    "info" "log.log-info" log_info_writes_a_line log_info_keeps_to_one_line;
    "warn" "log.log-warn" log_warn_writes_a_line log_warn_keeps_to_one_line;
    "error" "log.log-error" log_error_writes_a_line log_error_keeps_to_one_line;
}
