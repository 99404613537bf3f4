use wasmoat_model::{ChannelMemberIdentifier, ChannelType};

use super::{Added, ChannelView};
use crate::channels::tests::{World, inner};

#[tokio::test]
async fn everybody_in_a_channel_learns_who_joined() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let (mut ann, mut bob) = (world.listen(&world.ann).await, world.listen(&world.bob).await);
    let member = world.join(&channel, &world.bob).await;
    assert_eq!(member.roles, "channel_user");
    for listener in [&mut ann, &mut bob] {
        assert_eq!(listener.hear("user_added").await["data"]["user_id"], world.bob.id.as_str());
    }
    let line = world.get_posts_page(&channel.id, &crate::posts::PostPage::of(0, 1)).await.unwrap();
    assert_eq!(inner(&bob.hear_post(&line.order[0]).await, "post")["message"], "@bob joined the channel.");
    let again = world.join(&channel, &world.bob).await;
    assert_eq!(again.last_update_at, member.last_update_at, "joining twice changes nothing");
    assert_eq!(world.said(&channel).await.len(), 2);
}

#[tokio::test]
async fn who_is_added_is_named_and_counted_as_mentioned() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Private).await;
    let added = Added { by: Some(&world.ann), root_id: "" };
    world.add_channel_member(&world.cx, &world.bob.id, &channel, added).await.unwrap();
    assert_eq!(world.said(&channel).await[0], "@bob added to the channel by @ann.");
    assert_eq!(world.get_channel_unread(&channel.id, &world.bob.id).await.unwrap().mention_count, 1);
}

#[tokio::test]
async fn only_people_of_the_team_become_members() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let stranger = world.new_user("stranger").await;
    let error = world.add_channel_member(&world.cx, &stranger.id, &channel, Added::default()).await.unwrap_err();
    assert_eq!(error.status_code, 404);
    let direct = world.get_direct_channel(&world.cx, &world.ann.id, &world.bob.id).await.unwrap();
    let error = world.add_channel_member(&world.cx, &world.eve.id, &direct, Added::default()).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.channel.add_user_to_channel.type.app_error", 400));
    world.delete_channel(&world.cx, &channel, &world.ann.id).await.unwrap();
    let archived = world.get_channel(&channel.id).await.unwrap();
    let error = world.add_channel_member(&world.cx, &world.bob.id, &archived, Added::default()).await.unwrap_err();
    assert_eq!(error.id, "api.channel.add_user_to_channel.deleted.app_error");
}

#[tokio::test]
async fn who_leaves_hears_nothing_more() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.join(&channel, &world.bob).await;
    let (mut ann, mut bob) = (world.listen(&world.ann).await, world.listen(&world.bob).await);
    world.remove_user_from_channel(&world.cx, &world.bob.id, &world.ann.id, &channel).await.unwrap();
    assert_eq!(bob.hear("user_removed").await["data"]["channel_id"], channel.id.as_str());
    assert_eq!(ann.hear("user_removed").await["data"]["user_id"], world.bob.id.as_str());
    let alone = world.say(&world.ann, &channel, "alone").await;
    world.say(&world.ann, &world.square, "all").await;
    loop {
        let heard = inner(&bob.hear("posted").await, "post");
        assert_ne!(heard["id"], alone.id.as_str());
        if heard["message"] == "all" {
            break;
        }
    }
    let error = world.remove_user_from_channel(&world.cx, &world.bob.id, &world.bob.id, &channel).await.unwrap_err();
    assert_eq!(error.status_code, 404);
    let error =
        world.remove_user_from_channel(&world.cx, &world.bob.id, &world.bob.id, &world.square).await.unwrap_err();
    assert_eq!(error.id, "api.channel.remove.default.app_error");
}

#[tokio::test]
async fn unread_posts_are_counted_until_they_are_viewed() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.join(&channel, &world.bob).await;
    let first = world.say(&world.ann, &channel, "one").await;
    world.reply(&world.ann, &channel, "hey @bob", &first.id).await;
    let unread = world.get_channel_unread(&channel.id, &world.bob.id).await.unwrap();
    assert_eq!(
        (unread.msg_count, unread.msg_count_root, unread.mention_count, unread.mention_count_root),
        (2, 1, 1, 0)
    );
    assert_eq!(
        world.get_channel_unread(&channel.id, &world.ann.id).await.unwrap().msg_count,
        0,
        "the author has read it"
    );
    let mut bob = world.listen(&world.bob).await;
    let view = ChannelView { channel_id: channel.id.clone(), ..ChannelView::default() };
    let times = world.view_channel(&world.bob.id, &view).await.unwrap();
    assert!(times[&channel.id] >= first.create_at);
    assert_eq!(bob.hear("multiple_channels_viewed").await["data"]["channel_times"][&channel.id], times[&channel.id]);
    let read = world.get_channel_unread(&channel.id, &world.bob.id).await.unwrap();
    assert_eq!((read.msg_count, read.mention_count), (0, 0));
    let at = world.mark_channel_as_unread_from_post(&first, &world.bob.id).await.unwrap();
    assert_eq!((at.msg_count, at.mention_count), (0, 1));
    assert_eq!(world.get_channel_unread(&channel.id, &world.bob.id).await.unwrap().msg_count, 2);
    assert_eq!(bob.hear("post_unread").await["data"]["post_id"], first.id.as_str());
}

#[tokio::test]
async fn roles_and_settings_are_checked() {
    let world = World::new().await;
    let (channel_id, bob) = (world.square.id.clone(), world.bob.id.clone());
    let member = world.update_channel_member_roles(&channel_id, &bob, "channel_user channel_admin").await.unwrap();
    assert!(member.scheme_admin);
    assert!(world.update_channel_member_roles(&channel_id, &bob, "channel_user no_such_role").await.is_err());
    let props = vec![("desktop".to_owned(), "all".to_owned()), ("unknown".to_owned(), "x".to_owned())];
    let member = world.update_channel_member_notify_props(&channel_id, &bob, &props).await.unwrap();
    assert_eq!(wasmoat_model::json::get(&member.notify_props, "desktop"), Some("all"));
    assert_eq!(wasmoat_model::json::get(&member.notify_props, "unknown"), None);
    let bad = vec![("desktop".to_owned(), "sometimes".to_owned())];
    let error = world.update_channel_member_notify_props(&channel_id, &bob, &bad).await.unwrap_err();
    assert_eq!(error.id, "model.channel_member.is_valid.notify_level.app_error");
    let many = vec![ChannelMemberIdentifier { channel_id, user_id: bob }; 201];
    assert_eq!(world.patch_channel_members_notify_props(&many, &props).await.unwrap_err().status_code, 400);
}

#[tokio::test]
async fn lists_of_members_end() {
    let world = World::new().await;
    assert_eq!(world.get_channel_members(&world.square.id, 0, 2).await.unwrap().len(), 2);
    assert_eq!(world.get_channel_members(&world.square.id, 1, 2).await.unwrap().len(), 1);
    assert!(world.get_channel_members(&world.square.id, 2, 2).await.unwrap().is_empty());
    let with_team = world.get_channel_members_with_team(&world.bob.id, 0, 60).await.unwrap();
    assert_eq!(with_team.len(), 2);
    assert_eq!(with_team[0].team_name, "dev");
    assert_eq!(world.get_channel_members_in_team(&world.bob.id, &world.team.id).await.unwrap().len(), 2);
}
