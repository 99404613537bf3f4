//! A plugin that is kept to a channel or a team, and tries the others. It has every permission.

use serde_json::{Value, json};
use wasmoat_tests::{Channel, Reply};

use crate::Moat;

const OUT_OF_SCOPE: &str = "app.plugin.out_of_scope.app_error";

/// `conformance`, kept to a place; a channel inside of that and one outside, with posts in both.
struct Kept {
    moat: Moat,
    inside: Channel,
    outside: Channel,
    /// In the channel inside.
    open: String,
    /// In the channel outside.
    secret: String,
    admin_id: String,
}

impl Kept {
    /// Kept to a channel.
    async fn to_a_channel() -> Self {
        Self::new(|inside| json!({"channels": [inside.id]})).await
    }

    /// Kept to a team.
    async fn to_a_team() -> Self {
        Self::new(|inside| json!({"teams": [inside.team_id]})).await
    }

    async fn new(scope: impl Fn(&Channel) -> Value) -> Self {
        let moat = Moat::new().await;
        let inside = moat.channel.clone();
        let outside = moat.admin.new_channel("vault", &[]).await;
        let (open, secret) = (moat.say(&inside, "open books").await, moat.say(&outside, "secret books").await);
        moat.upload("conformance").await;
        moat.approve_all("conformance", scope(&inside)).await;
        moat.enable("conformance").await.ok();
        let admin_id = moat.admin.my_id().await;
        Self { moat, inside, outside, open, secret, admin_id }
    }

    async fn call(&self, function: &str, arguments: Value) -> Reply {
        let call = json!({"function": function, "arguments": arguments});
        self.moat.admin.post("/plugins/conformance/call", &call).await
    }

    /// The call is answered, and the answer.
    async fn allowed(&self, function: &str, arguments: Value) -> Value {
        let reply = self.call(function, arguments).await;
        assert_eq!(reply.status, 200, "{function}: {}", reply.body);
        assert!(!reply.body.to_string().contains("secret"), "{function}: {}", reply.body);
        reply.body
    }

    /// The call is refused as out of scope, and says nothing else.
    async fn denied(&self, function: &str, arguments: Value) {
        let reply = self.call(function, arguments).await;
        assert_eq!((reply.status.as_u16(), reply.text("id")), (422, OUT_OF_SCOPE), "{function}: {}", reply.body);
    }

    async fn stop(self) {
        self.moat.server.stop().await;
    }

    fn post(&self, channel: &Channel, message: &str) -> Value {
        json!({"channel_id": channel.id, "user_id": self.admin_id, "message": message})
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_another_channel_is_not_read_in_any_way() {
    let kept = Kept::to_a_channel().await;
    let (open, secret) = (&kept.open, &kept.secret);
    assert_eq!(kept.allowed("posts.get-post", json!({"post_id": open})).await["message"], "open books");
    kept.denied("posts.get-post", json!({"post_id": secret})).await;
    kept.denied("posts.get-post", json!({"post_id": "nowherenowherenowherenowhe"})).await;
    kept.allowed("posts.get-post-thread", json!({"post_id": open})).await;
    kept.denied("posts.get-post-thread", json!({"post_id": secret})).await;
    for function in ["posts.get-posts-after", "posts.get-posts-before"] {
        let page = |channel: &Channel, post: &str| json!({"channel_id": channel.id, "post_id": post, "page": 0, "per_page": 9});
        kept.allowed(function, page(&kept.inside, open)).await;
        kept.denied(function, page(&kept.outside, secret)).await;
        kept.denied(function, page(&kept.inside, secret)).await;
    }
    let page = |channel: &Channel| json!({"channel_id": channel.id, "page": 0, "per_page": 9});
    kept.allowed("posts.get-posts-for-channel", page(&kept.inside)).await;
    kept.denied("posts.get-posts-for-channel", page(&kept.outside)).await;
    kept.denied("posts.get-posts-since", json!({"channel_id": kept.outside.id, "time": 0})).await;
    kept.denied("reactions.get-reactions", json!({"post_id": secret})).await;
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_nothing_of_another_channel() {
    let kept = Kept::to_a_channel().await;
    let sibling = json!({"team_id": kept.inside.team_id, "name": "cellar", "display_name": "cellar", "type": "O"});
    let sibling = kept.moat.admin.post("/api/v4/channels", &sibling).await.ok();
    let sibling = Channel { team_id: kept.inside.team_id.clone(), id: sibling["id"].as_str().unwrap().to_owned() };
    kept.moat.say(&sibling, "secret books of the same team").await;
    let everything = json!({"team_id": kept.inside.team_id, "user_id": kept.admin_id,
        "search_params": {"terms": "books", "is_or_search": false}});
    let found = kept.allowed("posts.search-posts-in-team-for-user", everything).await;
    assert_eq!(found["order"], json!([kept.open]), "{found}");
    let params = json!({"terms": "books"});
    let found = kept
        .allowed("posts.search-posts-in-team", json!({"team_id": kept.inside.team_id, "params_list": [params]}))
        .await;
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    let elsewhere = json!({"team_id": kept.outside.team_id, "params_list": [params]});
    kept.denied("posts.search-posts-in-team", elsewhere).await;
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_in_another_channel() {
    let kept = Kept::to_a_channel().await;
    kept.allowed("posts.create-post", json!({"post": kept.post(&kept.inside, "mine")})).await;
    kept.denied("posts.create-post", json!({"post": kept.post(&kept.outside, "mine")})).await;
    let mut changed = kept.post(&kept.inside, "changed");
    changed["id"] = json!(kept.secret);
    kept.denied("posts.update-post", json!({"post": changed})).await;
    kept.denied("posts.delete-post", json!({"post_id": kept.secret})).await;
    let reaction =
        json!({"user_id": kept.admin_id, "post_id": kept.secret, "emoji_name": "eyes", "channel_id": kept.inside.id});
    kept.denied("reactions.add-reaction", json!({"reaction": reaction})).await;
    let (channel_id, user_id) = (&kept.outside.id, &kept.admin_id);
    kept.denied("channel-members.add-channel-member", json!({"channel_id": channel_id, "user_id": user_id})).await;
    kept.denied("channels.delete-channel", json!({"channel_id": channel_id})).await;
    kept.denied("channels.register-channel-guard", json!({"channel_id": channel_id})).await;
    kept.denied("channels.get-direct-channel", json!({"user_id1": user_id, "user_id2": user_id})).await;
    kept.denied("teams.delete-team", json!({"team_id": kept.inside.team_id})).await;
    let messages = kept.moat.admin.get(&format!("/api/v4/channels/{channel_id}/posts")).await.ok().to_string();
    assert!(messages.contains("secret books") && !messages.contains("mine"), "{messages}");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_an_error_to_answer_stops_the_guest() {
    let kept = Kept::to_a_channel().await;
    let ephemeral = |channel: &Channel| json!({"user_id": kept.admin_id, "post": kept.post(channel, "psst")});
    kept.allowed("posts.send-ephemeral-post", ephemeral(&kept.inside)).await;
    let reply = kept.call("posts.send-ephemeral-post", ephemeral(&kept.outside)).await;
    assert!(reply.status.is_server_error(), "{}", reply.body);
    let (_, _, error) = kept.moat.status("conformance").await;
    assert!(error.contains("denied: ") && error.contains("kept to some teams and channels"), "{error}");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_channel_is_not_read_and_not_smuggled_in() {
    let kept = Kept::to_a_channel().await;
    let upload = |channel: &Channel| json!({"data": [115, 101, 99], "channel_id": channel.id, "filename": "a.txt"});
    let mine = kept.allowed("files.upload-file", upload(&kept.inside)).await;
    kept.allowed("files.get-file", json!({"file_id": mine["id"]})).await;
    kept.denied("files.upload-file", upload(&kept.outside)).await;
    let path = format!("/api/v4/files?channel_id={}&filename=secret.txt", kept.outside.id);
    let uploaded = kept.moat.admin.request(reqwest::Method::POST, &path).body("secret");
    let uploaded = wasmoat_tests::Rest::send(uploaded).await.ok();
    let secret = &uploaded["file_infos"][0]["id"];
    for function in ["files.get-file", "files.get-file-info", "files.get-file-link"] {
        kept.denied(function, json!({"file_id": secret})).await;
    }
    kept.denied("files.copy-file-infos", json!({"user_id": kept.admin_id, "file_ids": [secret]})).await;
    kept.denied("files.read-file", json!({"path": "config.json"})).await;
    let mut post = kept.post(&kept.inside, "look what I have found");
    post["file_ids"] = json!([secret]);
    kept.denied("posts.create-post", json!({"post": post})).await;
    let infos = kept.allowed("files.get-file-infos", json!({"page": 0, "per_page": 100, "opt": {}})).await;
    assert_eq!(infos.as_array().unwrap().len(), 1, "{infos}");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_what_is_inside_only() {
    let kept = Kept::to_a_team().await;
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|item| item["id"].as_str().or(item["team_id"].as_str()).unwrap().to_owned()).collect()
    };
    let (team, user) = (&kept.inside.team_id, &kept.admin_id);
    assert_eq!(ids(&kept.allowed("teams.get-teams", json!({})).await), [&**team]);
    assert_eq!(ids(&kept.allowed("teams.get-teams-for-user", json!({"user_id": user})).await), [&**team]);
    let memberships = json!({"user_id": user, "page": 0, "per_page": 100});
    assert_eq!(ids(&kept.allowed("team-members.get-team-members-for-user", memberships).await), [&**team]);
    kept.denied("teams.get-team", json!({"team_id": kept.outside.team_id})).await;
    kept.denied("users.get-users-in-team", json!({"team_id": kept.outside.team_id, "page": 0, "per_page": 9})).await;
    let in_channel = json!({"channel_id": kept.outside.id, "sort_by": "username", "page": 0, "per_page": 9});
    kept.denied("users.get-users-in-channel", in_channel).await;
    let search = json!({"search": {"term": "a", "in_channel_id": kept.outside.id}});
    kept.denied("users.search-users", search).await;
    let oracle = json!({"user_id": user, "channel_id": kept.outside.id, "permission": "read_channel"});
    assert_eq!(
        kept.allowed("permissions.has-permission-to-channel", oracle).await,
        json!(false),
        "tells no membership"
    );
    kept.allowed("channels.get-channel", json!({"channel_id": kept.inside.id})).await;
    kept.denied("channels.get-channel", json!({"channel_id": kept.outside.id})).await;
    let by_name = json!({"team_name": "vault-team", "channel_name": "vault", "include_deleted": false});
    kept.denied("channels.get-channel-by-name-for-team-name", by_name).await;
    kept.allowed("posts.create-post", json!({"post": kept.post(&kept.inside, "in the team")})).await;
    kept.denied("posts.get-post", json!({"post_id": kept.secret})).await;
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_to_a_scope_is_denied_and_what_is_no_content_is_not() {
    let kept = Kept::to_a_team().await;
    let command = json!({"command": "/echo hello", "user_id": kept.admin_id, "team_id": kept.inside.team_id, "channel_id": kept.inside.id});
    kept.denied("commands.execute-slash-command", json!({"command_args": command})).await;
    kept.denied("preferences.get-preferences-for-user", json!({"user_id": kept.admin_id})).await;
    kept.denied("shared-channels.unshare-channel", json!({"channel_id": kept.inside.id})).await;
    kept.denied("sessions.create-session", json!({"session": {"user_id": kept.admin_id}})).await;
    kept.allowed("kv.kv-set", json!({"key": "k", "value": [1]})).await;
    kept.allowed("users.get-user", json!({"user_id": kept.admin_id})).await;
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_the_scope_opens_the_rest() {
    let kept = Kept::to_a_channel().await;
    kept.denied("posts.get-post", json!({"post_id": kept.secret})).await;
    kept.moat.decide("conformance", json!({"approve": true})).await.ok();
    assert_eq!(kept.call("posts.get-post", json!({"post_id": kept.secret})).await.status, 200);
    kept.stop().await;
}
