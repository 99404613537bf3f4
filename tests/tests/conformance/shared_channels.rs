//! `wit/shared-channels.wit`. The guest is the plugin behind the remotes; it notes the posts it is sent
//! in its key-value store.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

const OFF: &str = "api.command_share.service_disabled";

/// A remote of its own for the case.
async fn remote(case: &Case) -> String {
    let opts = json!({"displayname": "East", "creator_id": case.bob.id, "site_url": case.name("https://east")});
    let answer = case.call_other("shared-channels.register-plugin-for-shared-channels", json!({"opts": opts})).await;
    answer.as_str().unwrap().to_owned()
}

/// A channel that is shared with a remote.
async fn shared(case: &Case) -> (Value, String) {
    let (channel, remote_id) = (case.channel().await, remote(case).await);
    invite(case, &channel, &remote_id).await;
    (channel, remote_id)
}

async fn invite(case: &Case, channel: &Value, remote_id: &str) {
    let path = format!("/api/v4/remotecluster/{remote_id}/channels/{}/invite", id(channel));
    case.admin.post(&path, &json!({})).await.ok();
}

/// How admins see the remotes of a channel.
async fn remotes_of(case: &Case, channel: &Value) -> Vec<Value> {
    let path = format!("/api/v4/sharedchannels/{}/remotes", id(channel));
    case.admin.get(&path).await.ok().as_array().unwrap().clone()
}

async fn is_shared(case: &Case, channel: &Value) -> bool {
    case.admin.get(&format!("/api/v4/channels/{}", id(channel))).await.ok()["shared"] == true
}

/// Waits until the guest was sent a post.
async fn until_sent(case: &Case, remote_id: &str, post: &Value) -> Value {
    let key = format!("sent {remote_id} {}", id(post));
    loop {
        let value = case.call_other("kv.kv-get", json!({"key": key})).await;
        if !value.is_null() {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A new user of the remote, as the guest brings it.
fn foreigner(case: &Case) -> Value {
    let name = case.name("zoe").replace('-', "");
    json!({"id": new_id(case), "username": name, "email": format!("{name}@east"), "nickname": "Zoe"})
}

/// An id that nothing has so far.
fn new_id(case: &Case) -> String {
    let name = case.name("id").replace('-', "");
    format!("{name:x<26}")
}

async fn receive(case: &Case, remote_id: &str, msg: Value) -> Value {
    let arguments = json!({"remote_id": remote_id, "msg": msg});
    case.call_other("shared-channels.receive-shared-channel-sync-msg", arguments).await
}

/// A user of the remote who is a member of the channel.
async fn zoe(case: &Case, channel: &Value, remote_id: &str) -> String {
    let user = foreigner(case);
    let msg = json!({"channel_id": channel["id"], "users": [[user["id"], user]]});
    assert_eq!(receive(case, remote_id, msg).await["user_errors"], json!([]));
    id(&user)
}

#[test]
fn register_plugin_for_shared_channels_makes_a_remote_once() {
    success("shared-channels.register-plugin-for-shared-channels").run(async |case| {
        let opts = json!({"displayname": "West", "creator_id": case.bob.id, "site_url": case.name("https://west")});
        let remote_id = case.call(json!({"opts": opts})).await;
        assert_eq!(case.call(json!({"opts": opts})).await, remote_id);
        let path = format!("/api/v4/sharedchannels/remote_info/{}", remote_id.as_str().unwrap());
        loop {
            let info = case.admin.get(&path).await.ok();
            assert_eq!(info["display_name"], "West");
            // It is asked at once whether it is there.
            if info["last_ping_at"].as_i64() > Some(0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}

#[test]
fn register_plugin_for_shared_channels_wants_a_creator() {
    error("shared-channels.register-plugin-for-shared-channels").run(async |case| {
        let opts = json!({"displayname": "West", "creator_id": "", "site_url": case.name("https://west")});
        let refusal = case.refused(json!({"opts": opts})).await;
        refusal.is("model.cluster.is_valid.creator_id.app_error", 400);
    });
}

#[test]
fn unregister_plugin_for_shared_channels_deletes_all_remotes() {
    // Alone: the remotes of all other cases go too.
    success("shared-channels.unregister-plugin-for-shared-channels").settings(json!({})).run(async |case| {
        let (channel, _) = shared(case).await;
        for _ in 0..2 {
            case.call(json!({"plugin_id": "conformance"})).await;
        }
        assert!(remotes_of(case, &channel).await.is_empty());
    });
}

#[test]
fn unregister_plugin_for_shared_channels_is_for_oneself() {
    error("shared-channels.unregister-plugin-for-shared-channels").run(async |case| {
        let refusal = case.refused(json!({"plugin_id": "poll"})).await;
        refusal.is("app.shared_channels.not_owner.app_error", 403);
    });
}

#[test]
fn unregister_plugin_remote_deletes_one() {
    success("shared-channels.unregister-plugin-remote-for-shared-channels").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        let other = remote(case).await;
        invite(case, &channel, &other).await;
        case.call(json!({"remote_id": remote_id})).await;
        assert_eq!(remotes_of(case, &channel).await.len(), 1);
    });
}

#[test]
fn unregister_plugin_remote_wants_a_remote() {
    error("shared-channels.unregister-plugin-remote-for-shared-channels").run(async |case| {
        case.refused(json!({"remote_id": NOBODY})).await.is("api.remote_cluster.get.not_found", 404);
    });
}

#[test]
fn share_channel_fills_in_what_is_blank() {
    success("shared-channels.share-channel").run(async |case| {
        let channel = case.channel().await;
        let sc = json!({"id": channel["id"], "home": true});
        let shared = case.call(json!({"sc": sc})).await;
        assert_eq!((&shared["name"], &shared["team_id"]), (&channel["name"], &json!(case.team_id)));
        assert!(is_shared(case, &channel).await);
        let again = json!({"id": channel["id"], "home": true, "name": "other"});
        assert_eq!(case.call(json!({"sc": again})).await["name"], channel["name"]);
        let path = format!("/api/v4/sharedchannels/{}?per_page=200", case.team_id);
        let listed = case.admin.get(&path).await.ok();
        assert!(listed.as_array().unwrap().iter().any(|shared| shared["id"] == channel["id"]));
    });
}

#[test]
fn share_channel_wants_a_channel_and_no_direct_one() {
    error("shared-channels.share-channel").run(async |case| {
        let refusal = case.refused(json!({"sc": {"id": NOBODY, "home": true}})).await;
        refusal.is("app.channel.get.existing.app_error", 404);
        let ids = json!([case.admin_id, case.bob.id]);
        let direct = case.admin.post("/api/v4/channels/direct", &ids).await.ok();
        let refusal = case.refused(json!({"sc": {"id": direct["id"], "home": true}})).await;
        refusal.is("app.shared_channels.share.direct.app_error", 400);
    });
}

#[test]
fn update_shared_channel_changes_how_it_is_presented() {
    success("shared-channels.update-shared-channel").run(async |case| {
        let (channel, _) = shared(case).await;
        let sc = json!({"id": channel["id"], "home": true, "header": "Hello, East"});
        assert_eq!(case.call(json!({"sc": sc})).await["header"], "Hello, East");
        let path = format!("/api/v4/sharedchannels/{}?per_page=200", case.team_id);
        let listed = case.admin.get(&path).await.ok();
        let mine = listed.as_array().unwrap().iter().find(|shared| shared["id"] == channel["id"]).unwrap();
        assert_eq!(mine["header"], "Hello, East");
    });
}

#[test]
fn update_and_sync_want_a_shared_channel() {
    error("shared-channels.update-shared-channel").run(async |case| {
        let refusal = case.refused(json!({"sc": {"id": NOBODY, "home": true}})).await;
        refusal.is("app.shared_channels.get.app_error", 404);
    });
    error("shared-channels.sync-shared-channel").run(async |case| {
        case.refused(json!({"channel_id": NOBODY})).await.is("app.shared_channels.get.app_error", 404);
    });
}

#[test]
fn unshare_channel_ends_it() {
    success("shared-channels.unshare-channel").run(async |case| {
        let (channel, _) = shared(case).await;
        assert_eq!(case.call(json!({"channel_id": channel["id"]})).await, true);
        assert!(!is_shared(case, &channel).await);
        assert_eq!(case.call(json!({"channel_id": channel["id"]})).await, false);
    });
}

#[test]
fn unshare_channel_wants_the_service() {
    let off = json!({"ConnectedWorkspacesSettings": {"EnableSharedChannels": false}});
    error("shared-channels.unshare-channel").settings(off).run(async |case| {
        case.refused(json!({"channel_id": NOBODY})).await.is(OFF, 400);
    });
    let unlicensed = json!({"ServiceSettings": {"LicensedFeatures": []}});
    error("shared-channels.unshare-channel").settings(unlicensed).run(async |case| {
        case.refused(json!({"channel_id": NOBODY})).await.is(OFF, 400);
    });
}

#[test]
fn update_shared_channel_cursor_sends_history() {
    success("shared-channels.update-shared-channel-cursor").run(async |case| {
        let channel = case.channel().await;
        let old = case.say(&channel, "before it was shared").await;
        let remote_id = remote(case).await;
        invite(case, &channel, &remote_id).await;
        case.call(json!({"channel_id": channel["id"], "remote_id": remote_id, "cursor": {}})).await;
        case.call_other("shared-channels.sync-shared-channel", json!({"channel_id": channel["id"]})).await;
        assert!(until_sent(case, &remote_id, &old).await.is_array());
    });
}

#[test]
fn update_shared_channel_cursor_wants_an_invitation() {
    error("shared-channels.update-shared-channel-cursor").run(async |case| {
        let arguments = json!({"channel_id": NOBODY, "remote_id": NOBODY, "cursor": {}});
        case.refused(arguments).await.is("app.shared_channels.remote.not_invited.app_error", 404);
    });
}

#[test]
fn sync_shared_channel_sends_what_changed() {
    success("shared-channels.sync-shared-channel").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        let post = case.say(&channel, "news").await;
        case.call(json!({"channel_id": channel["id"]})).await;
        until_sent(case, &remote_id, &post).await;
    });
}

#[test]
fn invite_remote_to_channel_shares_it() {
    success("shared-channels.invite-remote-to-channel").run(async |case| {
        let (channel, remote_id) = (case.channel().await, remote(case).await);
        let arguments = json!({
            "channel_id": channel["id"], "remote_id": remote_id, "user_id": case.bob.id, "share_if_not_shared": true,
        });
        for _ in 0..2 {
            case.call(arguments.clone()).await;
        }
        assert!(is_shared(case, &channel).await);
        let path = format!("/api/v4/remotecluster/{remote_id}/sharedchannelremotes");
        let invitations = case.admin.get(&path).await.ok();
        assert_eq!(invitations[0]["channel_id"], channel["id"]);
    });
}

#[test]
fn invite_remote_to_channel_wants_a_remote_and_a_shared_channel() {
    error("shared-channels.invite-remote-to-channel").run(async |case| {
        let channel = case.channel().await;
        let to = |remote_id: &str| {
            json!({"channel_id": channel["id"], "remote_id": remote_id, "user_id": case.bob.id, "share_if_not_shared": false})
        };
        case.refused(to(NOBODY)).await.is("api.remote_cluster.get.not_found", 404);
        let remote_id = remote(case).await;
        case.refused(to(&remote_id)).await.is("app.shared_channels.get.app_error", 404);
    });
}

#[test]
fn uninvite_remote_from_channel_unshares_it_with_the_last() {
    success("shared-channels.uninvite-remote-from-channel").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        case.call(json!({"channel_id": channel["id"], "remote_id": remote_id})).await;
        assert!(remotes_of(case, &channel).await.is_empty());
        assert!(!is_shared(case, &channel).await);
    });
}

#[test]
fn uninvite_remote_from_channel_wants_an_invitation() {
    error("shared-channels.uninvite-remote-from-channel").run(async |case| {
        let refusal = case.refused(json!({"channel_id": NOBODY, "remote_id": NOBODY})).await;
        refusal.is("app.shared_channels.remote.not_invited.app_error", 404);
    });
}

#[test]
fn receive_sync_msg_applies_what_happened_there() {
    success("shared-channels.receive-shared-channel-sync-msg").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        let user = foreigner(case);
        let post = json!({
            "id": new_id(case), "channel_id": channel["id"], "user_id": user["id"],
            "message": "from afar", "create_at": 1_700_000_000_000_i64,
        });
        let reaction = json!({"user_id": user["id"], "post_id": post["id"], "emoji_name": "wave"});
        let msg = json!({
            "channel_id": channel["id"], "users": [[user["id"], user]], "posts": [post], "reactions": [reaction],
            "statuses": [{"user_id": user["id"], "status": "away"}],
            "acknowledgements": [{"user_id": user["id"], "post_id": post["id"], "acknowledged_at": 1}],
        });
        let response = case.call(json!({"remote_id": remote_id, "msg": msg})).await;
        for errors in ["user", "post", "reaction", "status", "acknowledgement", "membership"] {
            assert_eq!(response[format!("{errors}_errors")], json!([]), "{errors}: {response}");
        }
        assert_eq!(response["users_syncd"], json!([user["id"]]));
        let stored = case.bob.rest.get(&format!("/api/v4/posts/{}", id(&post))).await.ok();
        assert_eq!((&stored["message"], &stored["remote_id"]), (&json!("from afar"), &json!(remote_id)));
        let account = case.admin.get(&format!("/api/v4/users/{}", id(&user))).await.ok();
        assert_eq!(account["username"], format!("{}:east", user["username"].as_str().unwrap()));
        let member = format!("/api/v4/channels/{}/members/{}", id(&channel), id(&user));
        case.admin.get(&member).await.ok();
        let leave = json!({"channel_id": channel["id"], "user_id": user["id"], "is_add": false});
        let msg = json!({"channel_id": channel["id"], "membership_changes": [leave]});
        assert_eq!(case.call(json!({"remote_id": remote_id, "msg": msg})).await["membership_errors"], json!([]));
        assert_eq!(case.admin.get(&member).await.status, 404);
    });
}

#[test]
fn receive_sync_msg_wants_a_remote_of_the_plugin() {
    error("shared-channels.receive-shared-channel-sync-msg").run(async |case| {
        let refusal = case.refused(json!({"remote_id": NOBODY, "msg": {}})).await;
        refusal.is("api.remote_cluster.get.not_found", 404);
        let (channel, remote_id) = (case.channel().await, remote(case).await);
        let refusal = case.refused(json!({"remote_id": remote_id, "msg": {"channel_id": channel["id"]}})).await;
        refusal.is("app.shared_channels.get.app_error", 404);
    });
}

#[test]
fn receive_attachment_keeps_it_before_and_after_its_post() {
    success("shared-channels.receive-shared-channel-attachment-sync-msg").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        let user_id = zoe(case, &channel, &remote_id).await;
        let files: Vec<String> = (0..2).map(|_| new_id(case)).collect();
        let arguments = |file_id: &str| {
            let fi = json!({"id": file_id, "user_id": user_id, "name": "notes.txt"});
            json!({"remote_id": remote_id, "channel_id": channel["id"], "fi": fi, "data": [104, 105]})
        };
        for _ in 0..2 {
            let info = case.call(arguments(&files[0])).await;
            assert_eq!((&info["id"], &info["size"]), (&json!(files[0]), &json!(2)));
        }
        let post = json!({
            "id": new_id(case), "channel_id": channel["id"], "user_id": user_id, "message": "see", "file_ids": files,
        });
        let response = receive(case, &remote_id, json!({"channel_id": channel["id"], "posts": [post]})).await;
        assert_eq!(response["post_errors"], json!([]));
        case.call(arguments(&files[1])).await;
        let infos = case.bob.rest.get(&format!("/api/v4/posts/{}/files/info", id(&post))).await.ok();
        assert_eq!(infos.as_array().map(Vec::len), Some(2), "{infos}");
    });
}

#[test]
fn receive_attachment_refuses_an_id_that_another_has() {
    error("shared-channels.receive-shared-channel-attachment-sync-msg").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        let file_id = new_id(case);
        let mut give = Vec::new();
        for _ in 0..2 {
            let user_id = zoe(case, &channel, &remote_id).await;
            let fi = json!({"id": file_id, "user_id": user_id, "name": "notes.txt"});
            give.push(json!({"remote_id": remote_id, "channel_id": channel["id"], "fi": fi, "data": [104]}));
        }
        case.call_other("shared-channels.receive-shared-channel-attachment-sync-msg", give[0].clone()).await;
        let refusal = case.refused(give[1].clone()).await;
        refusal.is("app.shared_channels.attachment.exists.app_error", 409);
    });
}

/// A picture of one pixel.
const PNG: [u8; 70] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 31, 21, 196,
    137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 218, 99, 248, 207, 192, 240, 31, 0, 5, 0, 1, 255, 86, 199, 47, 13, 0, 0, 0,
    0, 73, 69, 78, 68, 174, 66, 96, 130,
];

#[test]
fn receive_profile_image_sets_the_picture_of_a_user_of_the_remote() {
    success("shared-channels.receive-shared-channel-profile-image-sync-msg").run(async |case| {
        let (channel, remote_id) = shared(case).await;
        let user_id = zoe(case, &channel, &remote_id).await;
        case.call(json!({"remote_id": remote_id, "user_id": user_id, "image": PNG.to_vec()})).await;
        let user = case.admin.get(&format!("/api/v4/users/{user_id}")).await.ok();
        assert!(user["last_picture_update"].as_i64() > Some(0), "{user}");
    });
}

#[test]
fn receive_profile_image_refuses_another_user() {
    error("shared-channels.receive-shared-channel-profile-image-sync-msg").run(async |case| {
        let remote_id = remote(case).await;
        let arguments = json!({"remote_id": remote_id, "user_id": case.bob.id, "image": PNG.to_vec()});
        case.refused(arguments).await.is("app.shared_channels.user.not_remote.app_error", 403);
    });
}
