//! `wit/websocket.wit`.

use serde_json::{Value, json};

use crate::{edge, success, world::id};

#[test]
fn publish_web_socket_event_reaches_who_is_meant() {
    success("websocket.publish-web-socket-event").run(async |case| {
        let (name, eve) = (case.name("event"), case.user().await);
        let mut events = case.events(&case.bob.rest).await;
        let mut others = case.events(&eve.rest).await;
        let publish = async |payload: Value, broadcast: Value| {
            let event = json!({"event": name, "payload": payload.to_string(), "broadcast": broadcast});
            case.call(event).await;
        };
        publish(json!({"a": [1, "two"]}), json!({"user_id": case.bob.id})).await;
        publish(json!({"last": true}), json!({})).await;
        let event = format!("custom_conformance_{name}");
        let own = events.next(&event).await;
        assert_eq!(own["data"], json!({"a": [1, "two"]}));
        assert_eq!(own["broadcast"]["user_id"], *case.bob.id);
        assert_eq!(events.next(&event).await["data"], json!({"last": true}), "everybody is bob too");
        assert_eq!(others.next(&event).await["data"], json!({"last": true}), "the first was not for eve");
    });
}

#[test]
fn publish_web_socket_event_sends_nothing_that_is_no_object() {
    edge("websocket.publish-web-socket-event").run(async |case| {
        let name = case.name("event");
        let mut events = case.events(&case.bob.rest).await;
        for payload in ["no json", "[]", "", r#"{"last": true}"#] {
            let broadcast = json!({"user_id": case.bob.id});
            case.call(json!({"event": name, "payload": payload, "broadcast": broadcast})).await;
        }
        let event = format!("custom_conformance_{name}");
        assert_eq!(events.next(&event).await["data"], json!({}), "an empty text is an empty object");
        assert_eq!(events.next(&event).await["data"], json!({"last": true}));
    });
}

#[test]
fn publish_user_typing_shows_it_to_the_others() {
    success("websocket.publish-user-typing").run(async |case| {
        let channel = id(&case.channel().await);
        let mut events = case.events(&case.admin).await;
        case.call(json!({"user_id": case.bob.id, "channel_id": channel, "parent_id": "thread"})).await;
        let typing = events.next_where("typing", |event| event["broadcast"]["channel_id"] == *channel).await;
        assert_eq!(typing["data"], json!({"user_id": case.bob.id, "parent_id": "thread"}));
        assert_eq!(typing["broadcast"]["omit_users"][&case.bob.id], true);
    });
}

#[test]
fn publish_user_typing_asks_nothing() {
    edge("websocket.publish-user-typing").run(async |case| {
        case.call(json!({"user_id": "nobody", "channel_id": "nowhere", "parent_id": ""})).await;
    });
}
