//! `wit/notify.wit`, and what a post sets off by mail and push.

use serde_json::{Value, json};
use wasmoat_tests::sink;

use crate::{Case, error, success, world::Person};

fn mail_settings(port: u16) -> Value {
    json!({"EmailSettings": {
        "SendEmailNotifications": true,
        "SMTPServer": "127.0.0.1",
        "SMTPPort": port.to_string(),
        "FeedbackName": "Moat",
        "FeedbackEmail": "moat@example.org",
        "ReplyToAddress": "",
    }})
}

fn push_settings(port: u16) -> Value {
    json!({"EmailSettings": {
        "SendPushNotifications": true,
        "PushNotificationServer": format!("http://127.0.0.1:{port}"),
    }})
}

/// A user with a device.
async fn mobile(case: &Case) -> Person {
    let user = case.user().await;
    let device = json!({"device_id": format!("apple_rn:{}", user.name)});
    user.rest.put("/api/v4/users/sessions/device", &device).await.ok();
    user
}

#[test]
fn send_mail_sends_it() {
    let mails = sink::mail_server();
    success("notify.send-mail").settings(mail_settings(mails.port())).run(async |case| {
        let mail = json!({"to": "ann@example.org", "subject": "Dig", "html_body": "<p>Dig <b>deeper</b></p>"});
        case.call(mail).await;
        let letter = mails.next();
        assert_eq!(
            (letter.from.as_str(), letter.to.as_slice()),
            ("moat@example.org", &["ann@example.org".to_owned()][..])
        );
        assert!(letter.data.contains("Subject: Dig\r\n"), "{}", letter.data);
        assert!(letter.data.contains("<b>deeper</b>") && letter.data.contains("Dig deeper"), "{}", letter.data);
    });
}

#[test]
fn send_mail_wants_a_receiver() {
    error("notify.send-mail").run(async |case| {
        let mail = json!({"to": "", "subject": "Dig", "html_body": "<p>Dig</p>"});
        case.refused(mail).await.is("plugin_api.send_mail.missing_to", 400);
    });
}

#[test]
fn send_mail_says_that_nobody_takes_it() {
    // A port that nothing listens on.
    error("notify.send-mail").settings(mail_settings(1)).run(async |case| {
        let mail = json!({"to": "ann@example.org", "subject": "Dig", "html_body": "<p>Dig</p>"});
        case.refused(mail).await.is("app.email.send_mail.app_error", 500);
    });
}

#[test]
fn send_push_notification_reaches_each_device() {
    let proxy = sink::service(&json!({"status": "OK"}));
    success("notify.send-push-notification").settings(push_settings(proxy.port())).run(async |case| {
        let user = mobile(case).await;
        let notification = json!({"message": "Dig", "type": "message", "version": "v2", "ack_id": "mine"});
        case.call(json!({"notification": notification, "user_id": user.id})).await;
        let push = proxy.next_where(|push| push.body["device_id"] == *user.name);
        assert_eq!(push.line, "POST /api/v1/send_push");
        assert_eq!((&push.body["platform"], &push.body["message"]), (&json!("apple_rn"), &json!("Dig")));
        assert_eq!(push.body["ack_id"].as_str().map(str::len), Some(26), "made per device");
        assert_eq!(push.body["signature"].as_str().map(|jwt| jwt.split('.').count()), Some(3));
    });
}

#[test]
fn send_push_notification_tells_of_a_broken_store() {
    let settings = push_settings(1);
    error("notify.send-push-notification").settings(settings).without_table("sessions").run(async |case| {
        let push = json!({"notification": {"message": "Dig"}, "user_id": case.bob.id});
        case.refused(push).await.is_of_the_store();
    });
}

#[test]
fn a_post_that_names_somebody_who_is_away_is_mailed() {
    let mails = sink::mail_server();
    success("notify.send-mail").settings(mail_settings(mails.port())).run(async |case| {
        let user = case.user().await;
        let channel = case.channel().await;
        case.join(&channel, &user).await;
        let text = format!("<dig> @{}", user.name);
        case.say(&channel, &text).await;
        let address = format!("{}@example.org", user.name);
        let letter = mails.next_where(|letter| letter.to == [address.clone()]);
        assert!(letter.data.contains("mentioned you in"), "{}", letter.data);
        assert!(letter.data.contains("&lt;dig&gt;"), "what is HTML in a message is text in the mail: {}", letter.data);
        // Somebody who is online sees it in the client.
        user.rest
            .put(&format!("/api/v4/users/{}/status", user.id), &json!({"user_id": user.id, "status": "online"}))
            .await
            .ok();
        case.say(&channel, &text).await;
        mails.stays_empty();
        case.call(json!({"to": address, "subject": "s", "html_body": "b"})).await;
    });
}

#[test]
fn a_post_that_names_somebody_is_pushed() {
    let proxy = sink::service(&json!({"status": "OK"}));
    success("notify.send-push-notification").settings(push_settings(proxy.port())).run(async |case| {
        let user = mobile(case).await;
        let channel = case.channel().await;
        case.join(&channel, &user).await;
        let post = case.say(&channel, &format!("hello @{}", user.name)).await;
        let push = proxy.next_where(|push| push.body["device_id"] == *user.name).body;
        assert_eq!((&push["type"], &push["post_id"]), (&json!("message"), &post["id"]));
        assert_eq!(push["message"], format!("@bob: hello @{}", user.name));
        // All that is unread and names the user, as its client counts it.
        let path = format!("/api/v4/users/{}/teams/{}/channels/members", user.id, case.team_id);
        let members = user.rest.get(&path).await.ok();
        let mentions = members.as_array().unwrap().iter().filter_map(|member| member["mention_count"].as_i64());
        assert_eq!((&push["version"], &push["badge"]), (&json!("v2"), &json!(mentions.sum::<i64>())));
        case.call(json!({"notification": {"message": "Dig"}, "user_id": case.admin_id})).await;
    });
}
