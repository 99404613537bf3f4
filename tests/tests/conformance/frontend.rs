//! `wit/frontend.wit`.

use serde_json::{Value, json};

use crate::{Case, error, success};

fn request(trigger_id: &str) -> Value {
    let element = json!({"display_name": "Depth", "name": "depth", "type": "text", "optional": true});
    json!({"dialog": {
        "trigger_id": trigger_id,
        "url": "/plugins/conformance/dialog",
        "dialog": {"callback_id": "dig", "title": "Dig", "elements": [element]},
    }})
}

#[test]
fn open_interactive_dialog_opens_it_for_who_made_the_trigger_id() {
    success("frontend.open-interactive-dialog").run(async |case| {
        let user = case.user().await;
        let mut events = case.events(&user.rest).await;
        let (client_id, trigger_id) = case.server.running.core().generate_trigger_id(&user.id);
        case.call(request(&trigger_id)).await;
        let event = events.next("open_dialog").await;
        let text = event["data"]["dialog"].as_str().expect("the dialog is JSON in a text");
        let dialog: Value = serde_json::from_str(text).expect("the dialog is JSON in a text");
        assert_eq!(dialog["trigger_id"], client_id, "the client gets its half alone");
        assert_eq!(
            (&dialog["dialog"]["title"], &dialog["url"]),
            (&json!("Dig"), &json!("/plugins/conformance/dialog"))
        );
        assert_eq!(dialog["dialog"]["elements"][0]["name"], "depth");
    });
}

#[test]
fn open_interactive_dialog_wants_a_trigger_id_of_this_server() {
    error("frontend.open-interactive-dialog").run(async |case| {
        case.refused(request("Zm9yZ2Vk")).await.is("interactive_message.decode_trigger_id.app_error", 400);
    });
}

fn toast(case: &Case, message: &str) -> Value {
    json!({"user_id": case.bob.id, "connection_id": "", "message": message, "options": {"position": "top-center"}})
}

#[test]
fn send_toast_message_is_shown_to_the_user() {
    success("frontend.send-toast-message").run(async |case| {
        let mut events = case.events(&case.bob.rest).await;
        let message = case.name("toast");
        case.call(toast(case, &message)).await;
        let event = events.next_where("show_toast", |event| event["data"]["message"] == *message).await;
        assert_eq!(event["data"]["position"], "top-center");
    });
}

#[test]
fn send_toast_message_wants_a_text() {
    error("frontend.send-toast-message").run(async |case| {
        case.refused(toast(case, "")).await.is("app.toast.send_toast_message.message.app_error", 400);
    });
}
