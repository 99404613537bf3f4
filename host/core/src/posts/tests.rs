use wasmoat_model::{ChannelType, Post, PostPatch};

use super::{Around, PostPage};
use crate::{
    channels::tests::{World, inner},
    files::Upload,
};

fn messages(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.message.as_str()).collect()
}

#[tokio::test]
async fn a_post_is_stored_counted_and_told() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.join(&channel, &world.bob).await;
    let (mut bob, mut ann) = (world.listen(&world.bob).await, world.listen(&world.ann).await);
    let post = world.say(&world.ann, &channel, "hi @bob, see #release").await;
    assert_eq!(post.hashtags, "#release");
    assert_eq!(world.get_post(&post.id).await.unwrap().message, "hi @bob, see #release");
    let stored = world.get_channel(&channel.id).await.unwrap();
    assert_eq!((stored.total_msg_count, stored.total_msg_count_root, stored.last_post_at), (1, 1, post.create_at));
    let posted = bob.hear_post(&post.id).await;
    let data = &posted["data"];
    assert_eq!((&data["channel_type"], &data["channel_name"]), (&"O".into(), &"plans".into()));
    assert_eq!((&data["sender_name"], &data["team_id"]), (&"@ann".into(), &world.team.id.as_str().into()));
    assert_eq!(inner(&posted, "mentions"), serde_json::json!([world.bob.id]));
    assert_eq!(inner(&posted, "post")["id"], post.id.as_str());
    assert_eq!(posted["broadcast"]["channel_id"], channel.id.as_str());
    assert!(ann.hear_post(&post.id).await["data"].get("mentions").is_none(), "the author is not mentioned");
}

#[tokio::test]
async fn the_same_pending_post_is_stored_once() {
    let world = World::new().await;
    let post = Post {
        user_id: world.ann.id.clone(),
        channel_id: world.square.id.clone(),
        message: "once".into(),
        pending_post_id: format!("{}:1", world.ann.id),
        ..Post::default()
    };
    let first = world.create_post(&world.cx, post.clone()).await.unwrap();
    let second = world.create_post(&world.cx, post.clone()).await.unwrap();
    assert_eq!(first.id, second.id);
    let others = Post { user_id: world.bob.id.clone(), ..post.clone() };
    assert_ne!(world.create_post(&world.cx, others).await.unwrap().id, first.id);
    let broken = Post { root_id: wasmoat_model::new_id(), pending_post_id: "again".into(), ..post.clone() };
    assert!(world.create_post(&world.cx, broken).await.is_err());
    let mended = Post { pending_post_id: "again".into(), ..post };
    assert!(world.create_post(&world.cx, mended).await.is_ok(), "a failure is forgotten");
}

#[tokio::test]
async fn a_reply_goes_to_a_root_of_the_same_channel() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let root = world.say(&world.ann, &channel, "root").await;
    let reply = world.reply(&world.ann, &channel, "reply", &root.id).await;
    for (root_id, channel_id, id) in [
        (wasmoat_model::new_id(), &channel.id, "api.post.create_post.root_id.app_error"),
        (reply.id.clone(), &channel.id, "api.post.create_post.root_id.app_error"),
        (root.id.clone(), &world.square.id, "api.post.create_post.channel_root_id.app_error"),
    ] {
        let post = Post { user_id: world.ann.id.clone(), channel_id: channel_id.clone(), root_id, ..Post::default() };
        let error = world.create_post(&world.cx, post).await.unwrap_err();
        assert_eq!((error.id.as_str(), error.status_code), (id, 400));
    }
}

#[tokio::test]
async fn who_is_named_is_counted() {
    let world = World::new().await;
    let unread = async |user_id: &str| world.get_channel_unread(&world.square.id, user_id).await.unwrap().mention_count;
    let before = (unread(&world.bob.id).await, unread(&world.eve.id).await);
    world.say(&world.ann, &world.square, "`@bob` mail@bob.example @bobby").await;
    assert_eq!((unread(&world.bob.id).await, unread(&world.eve.id).await), before);
    world.say(&world.ann, &world.square, "@bob. and @channel").await;
    assert_eq!((unread(&world.bob.id).await, unread(&world.eve.id).await), (before.0 + 1, before.1 + 1));
    let props = vec![("ignore_channel_mentions".to_owned(), "on".to_owned())];
    world.update_channel_member_notify_props(&world.square.id, &world.eve.id, &props).await.unwrap();
    world.say(&world.ann, &world.square, "@all").await;
    assert_eq!((unread(&world.bob.id).await, unread(&world.eve.id).await), (before.0 + 2, before.1 + 1));
    let direct = world.get_direct_channel(&world.cx, &world.ann.id, &world.bob.id).await.unwrap();
    world.say(&world.ann, &direct, "psst").await;
    assert_eq!(world.get_channel_unread(&direct.id, &world.bob.id).await.unwrap().mention_count, 1);
}

#[tokio::test]
async fn an_edit_keeps_the_former_version() {
    let world = World::new().await;
    let post = world.say(&world.ann, &world.square, "frist").await;
    let mut bob = world.listen(&world.bob).await;
    let patch = PostPatch { message: Some("first".into()), ..PostPatch::default() };
    let edited = world.patch_post(&world.cx, &post.id, patch).await.unwrap();
    assert!(edited.edit_at > 0 && edited.update_at > post.update_at);
    assert_eq!(inner(&bob.hear("post_edited").await, "post")["message"], "first");
    let history = world.get_edit_history_for_post(&post.id).await.unwrap();
    assert_eq!((history[0].message.as_str(), history[0].original_id.as_str()), ("frist", post.id.as_str()));
    assert!(!world.said(&world.square).await.contains(&"frist".to_owned()));
    let pinned = world.pin_post(&world.cx, &post.id, true).await.unwrap();
    assert_eq!((pinned.is_pinned, pinned.edit_at), (true, edited.edit_at));
    assert_eq!(messages(&world.get_pinned_posts(&world.square.id).await.unwrap().posts), ["first"]);
    let joined = world.get_posts_page(&world.square.id, &PostPage::of(0, 10)).await.unwrap();
    let line = joined.posts.iter().find(|post| post.is_system_message()).unwrap();
    let error = world.update_post(&world.cx, line).await.unwrap_err();
    assert_eq!(error.id, "api.post.update_post.system_message.app_error");
}

#[tokio::test]
async fn a_deleted_root_takes_its_replies_along() {
    let world = World::new().await;
    let root = world.say(&world.ann, &world.square, "root").await;
    let reply = world.reply(&world.bob, &world.square, "reply", &root.id).await;
    let mut bob = world.listen(&world.bob).await;
    world.delete_post(&world.cx, &root.id, &world.ann.id).await.unwrap();
    for id in [&root.id, &reply.id] {
        assert_eq!(world.get_post(id).await.unwrap_err().status_code, 404);
    }
    let deleted = bob.hear("post_deleted").await;
    assert_eq!(inner(&deleted, "post")["id"], root.id.as_str());
    assert!(deleted["data"].get("delete_by").is_none(), "only admins learn who did it");
    let error = world.delete_post(&world.cx, &root.id, &world.ann.id).await.unwrap_err();
    assert_eq!(error.status_code, 400);
    let since = world.get_posts_since(&world.square.id, root.create_at, &PostPage::default()).await.unwrap();
    let shown = world.prepare_post_list(&world.cx, since).await.unwrap();
    let gone = shown.posts.iter().find(|post| post.id == root.id).unwrap();
    assert!(gone.delete_at > 0 && gone.message.is_empty(), "clients learn that it is gone, not what it said");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let mut posts = Vec::new();
    for number in 0..5 {
        posts.push(world.say(&world.ann, &channel, &number.to_string()).await);
    }
    let ids = channel.id.clone();
    let first = world.get_posts_page(&ids, &PostPage::of(0, 2)).await.unwrap();
    assert_eq!(messages(&first.posts), ["4", "3"]);
    assert_eq!((first.next_post_id.as_str(), &first.prev_post_id), ("", &posts[2].id));
    let second = world.get_posts_page(&ids, &PostPage::of(1, 2)).await.unwrap();
    assert_eq!(messages(&second.posts), ["2", "1"]);
    assert_eq!(second.next_post_id, posts[3].id);
    assert!(world.get_posts_page(&ids, &PostPage::of(9, 2)).await.unwrap().order.is_empty());
    let before = world.get_posts_before(&ids, &posts[2].id, &PostPage::of(0, 1)).await.unwrap();
    assert_eq!(messages(&before.posts), ["1"]);
    let after = world.get_posts_after(&ids, &posts[2].id, &PostPage::of(0, 1)).await.unwrap();
    assert_eq!(messages(&after.posts), ["3"], "the page nearest to the post");
    let error = world.get_posts_page(&ids, &PostPage::of(0, 1001)).await.unwrap_err();
    assert_eq!(error.status_code, 400);
}

#[tokio::test]
async fn reading_begins_at_the_oldest_unread_post() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.join(&channel, &world.bob).await;
    world.say(&world.ann, &channel, "read").await;
    world.mark_channels_as_viewed(&world.bob.id, std::slice::from_ref(&channel.id)).await.unwrap();
    for text in ["unread", "newer", "newest"] {
        world.say(&world.ann, &channel, text).await;
    }
    let around = Around { before: 1, after: 2 };
    let list =
        world.get_posts_around_last_unread(&channel.id, &world.bob.id, around, &PostPage::default()).await.unwrap();
    assert_eq!(messages(&list.posts), ["newer", "unread", "read"]);
    assert!(!list.next_post_id.is_empty() && !list.prev_post_id.is_empty());
}

#[tokio::test]
async fn a_reply_brings_its_root_along() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let root = world.say(&world.ann, &channel, "root").await;
    for number in 0..3 {
        world.reply(&world.bob, &channel, &number.to_string(), &root.id).await;
    }
    let page = world.get_posts_page(&channel.id, &PostPage::of(0, 1)).await.unwrap();
    assert_eq!(page.order.len(), 1);
    assert_eq!(messages(&page.posts), ["2", "root"]);
    assert_eq!(page.posts[1].reply_count, 3);
    let thread = world.get_post_thread(&page.order[0], &PostPage::default()).await.unwrap();
    assert_eq!(messages(&thread.posts), ["2", "1", "0", "root"]);
    let collapsed = PostPage { collapsed_threads: true, reader: Some(world.ann.id.clone()), ..PostPage::of(0, 10) };
    let roots = world.get_posts_page(&channel.id, &collapsed).await.unwrap();
    assert_eq!(roots.posts[0].message, "root");
    assert_eq!(
        (roots.posts[0].is_following, roots.posts[0].participants[0].id.as_str()),
        (Some(true), world.bob.id.as_str())
    );
}

#[tokio::test]
async fn a_post_takes_the_files_of_its_author() {
    let world = World::new().await;
    let upload = async |user_id: &str| {
        let upload = Upload {
            user_id: user_id.into(),
            channel_id: world.square.id.clone(),
            name: "../a/note.txt".into(),
            content: world.spool("Test", b"text").await.unwrap(),
            id: String::new(),
            remote_id: None,
        };
        world.upload_file(&world.cx, upload).await.unwrap()
    };
    let (own, strange) = (upload(&world.ann.id).await, upload(&world.bob.id).await);
    assert_eq!((own.name.as_str(), own.mime_type.as_str(), own.size), ("note.txt", "text/plain", 4));
    let post = Post {
        user_id: world.ann.id.clone(),
        channel_id: world.square.id.clone(),
        file_ids: vec![own.id.clone(), strange.id, own.id.clone()],
        ..Post::default()
    };
    let post = world.create_post(&world.cx, post).await.unwrap();
    assert_eq!(post.file_ids, std::slice::from_ref(&own.id));
    let shown = world.prepare_post(&world.cx, post.clone()).await.unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&shown.metadata).unwrap();
    assert_eq!(metadata["files"][0]["id"], own.id.as_str());
    assert_eq!(world.get_file(&own).await.unwrap(), "text");
    world.delete_post(&world.cx, &post.id, &world.ann.id).await.unwrap();
    assert_eq!(world.get_file_info(&own.id).await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn an_ephemeral_post_is_seen_by_one_and_kept_by_nobody() {
    let world = World::new().await;
    let mut bob = world.listen(&world.bob).await;
    let post = Post { channel_id: world.square.id.clone(), message: "psst".into(), ..Post::default() };
    let shown = world.send_ephemeral_post(&world.bob.id, post).await;
    assert_eq!(shown.r#type, "system_ephemeral");
    assert_eq!(inner(&bob.hear("ephemeral_message").await, "post")["message"], "psst");
    assert_eq!(world.get_post(&shown.id).await.unwrap_err().status_code, 404);
    world.update_ephemeral_post(&world.bob.id, shown.clone()).await;
    bob.hear("post_edited").await;
    world.delete_ephemeral_post(&world.bob.id, &shown.id);
    assert_eq!(inner(&bob.hear("post_deleted").await, "post")["id"], shown.id.as_str());
}

#[tokio::test]
async fn nobody_poses_as_a_plugin() {
    let world = World::new().await;
    let post = Post {
        user_id: world.ann.id.clone(),
        channel_id: world.square.id.clone(),
        props: r#"{"from_plugin":"true","mine":1}"#.into(),
        ..Post::default()
    };
    let post = world.create_post(&world.cx, post).await.unwrap();
    assert_eq!(post.props, r#"{"mine":1}"#);
    let cx = world.cx.inside(&"poll".into(), std::time::Instant::now() + std::time::Duration::from_secs(9));
    let plugin = Post { user_id: world.ann.id.clone(), channel_id: world.square.id.clone(), ..Post::default() };
    let posted = world.create_post(&cx, plugin).await.unwrap();
    assert_eq!(posted.prop("from_plugin"), Some("true".into()));
    let forged = Post { props: r#"{"from_plugin":"true"}"#.into(), ..post };
    assert_eq!(world.update_post(&world.cx, &forged).await.unwrap().prop("from_plugin"), None);
}
