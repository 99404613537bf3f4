use std::ops::Deref;

use wasmoat_model::{Channel, ChannelMember, ChannelPatch, ChannelType, Post, Team, User};
use wasmoat_runtime::CallContext;

use super::{ChannelSearch, Listing};
use crate::{
    Core,
    channel_members::Added,
    posts::PostPage,
    testing::TestCore,
    websocket::{Connection, Event, Login},
};

/// A team of Ann, who is the system's admin, Bob and Eve, and its town-square.
pub(crate) struct World {
    core: TestCore,
    pub team: Team,
    pub ann: User,
    pub bob: User,
    pub eve: User,
    pub square: Channel,
    pub cx: CallContext,
}

impl Deref for World {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl World {
    pub async fn new() -> Self {
        let core = Core::for_tests().await;
        let cx = CallContext::core();
        let (ann, bob, eve) = (core.new_user("ann").await, core.new_user("bob").await, core.new_user("eve").await);
        let team = Team { name: "dev".into(), display_name: "Dev".into(), ..Team::default() };
        let team = core.create_team(&cx, team).await.unwrap();
        for user in [&ann, &bob, &eve] {
            core.add_team_member(&cx, &team.id, &user.id, "").await.unwrap();
        }
        let square = core.get_channel_by_name(&team.id, "town-square", false).await.unwrap();
        Self { core, team, ann, bob, eve, square, cx }
    }

    /// A channel that Ann made and is alone in.
    pub async fn channel(&self, name: &str, r#type: ChannelType) -> Channel {
        let channel = Channel {
            team_id: self.team.id.clone(),
            name: name.into(),
            display_name: name.to_uppercase(),
            r#type,
            ..Channel::default()
        };
        self.create_channel_with_user(&self.cx, channel, &self.ann).await.unwrap()
    }

    pub async fn join(&self, channel: &Channel, user: &User) -> ChannelMember {
        self.add_channel_member(&self.cx, &user.id, channel, Added::default()).await.unwrap()
    }

    pub async fn say(&self, user: &User, channel: &Channel, message: &str) -> Post {
        self.reply(user, channel, message, "").await
    }

    pub async fn reply(&self, user: &User, channel: &Channel, message: &str, root_id: &str) -> Post {
        let post = Post {
            user_id: user.id.clone(),
            channel_id: channel.id.clone(),
            message: message.into(),
            root_id: root_id.into(),
            ..Post::default()
        };
        let post = self.create_post(&self.cx, post).await.unwrap();
        // Two posts of one millisecond have no order.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        post
    }

    /// What is said in a channel, the newest first.
    pub async fn said(&self, channel: &Channel) -> Vec<String> {
        let list = self.get_posts_page(&channel.id, &PostPage::of(0, 100)).await.unwrap();
        list.posts.into_iter().map(|post| post.message).collect()
    }

    /// A client that hears what happens from now on: what was published before is through the hub.
    pub async fn listen(&self, user: &User) -> Ear {
        let login = Login { user_id: user.id.clone(), ..Login::default() };
        let mut ear = Ear(self.hub.connect(login, None, None, |_| Event::new("hello")));
        self.publish(Event::new("from_here").to_connection(&ear.0.id));
        ear.hear("from_here").await;
        ear
    }
}

/// A connected client.
pub(crate) struct Ear(Connection);

impl Ear {
    /// The next event of this name.
    pub async fn hear(&mut self, name: &str) -> serde_json::Value {
        loop {
            let next = tokio::time::timeout(std::time::Duration::from_secs(30), self.0.frames.recv());
            let frame = next.await.unwrap_or_else(|_| panic!("no event `{name}`")).unwrap();
            let frame: serde_json::Value = serde_json::from_str(&frame.text()).unwrap();
            if frame["event"] == name {
                return frame;
            }
        }
    }
}

impl Ear {
    /// The event that tells of a post; lines of the server may come before it.
    pub async fn hear_post(&mut self, post_id: &str) -> serde_json::Value {
        loop {
            let posted = self.hear("posted").await;
            if inner(&posted, "post")["id"] == post_id {
                return posted;
            }
        }
    }
}

/// The JSON text that a field of an event holds.
pub(crate) fn inner(event: &serde_json::Value, field: &str) -> serde_json::Value {
    serde_json::from_str(event["data"][field].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn who_makes_a_channel_is_its_admin() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Private).await;
    let member = world.get_channel_member(&channel.id, &world.ann.id).await.unwrap();
    assert_eq!(member.roles, "channel_user channel_admin");
    assert_eq!(world.said(&channel).await, ["@ann joined the channel."]);
    assert!(world.get_channel_member(&channel.id, &world.bob.id).await.is_err());
}

#[tokio::test]
async fn a_name_is_taken_once_in_a_team() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.delete_channel(&world.cx, &channel, &world.ann.id).await.unwrap();
    let again = Channel { id: String::new(), ..channel };
    let error = world.create_channel(&world.cx, again, None).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("store.sql_channel.save_channel.exists.app_error", 400));
}

#[tokio::test]
async fn a_direct_channel_is_made_once() {
    let world = World::new().await;
    let mut bob = world.listen(&world.bob).await;
    let one = world.get_direct_channel(&world.cx, &world.ann.id, &world.bob.id).await.unwrap();
    let other = world.get_direct_channel(&world.cx, &world.bob.id, &world.ann.id).await.unwrap();
    assert_eq!(one.id, other.id);
    assert_eq!(one.other_user_id(&world.ann.id), Some(world.bob.id.as_str()));
    let added = bob.hear("direct_added").await;
    assert_eq!(added["data"]["teammate_id"], world.bob.id.as_str());
    let alone = world.get_direct_channel(&world.cx, &world.ann.id, &world.ann.id).await.unwrap();
    assert_eq!(world.get_channel_stats(&alone.id).await.unwrap().member_count, 1);
    let error = world.get_direct_channel(&world.cx, &world.ann.id, &wasmoat_model::new_id()).await.unwrap_err();
    assert_eq!(error.status_code, 400);
}

#[tokio::test]
async fn a_group_has_three_to_eight_people() {
    let world = World::new().await;
    let ids = [world.ann.id.clone(), world.bob.id.clone(), world.eve.id.clone()];
    let error = world.get_group_channel(&world.cx, &ids[..2], "").await.unwrap_err();
    assert_eq!(error.id, "api.channel.create_group.bad_size.app_error");
    let group = world.get_group_channel(&world.cx, &ids, &world.ann.id).await.unwrap();
    assert_eq!((group.name.len(), group.display_name.as_str()), (40, "ann, bob, eve"));
    let again =
        world.get_group_channel(&world.cx, &[ids[2].clone(), ids[0].clone(), ids[1].clone()], "").await.unwrap();
    assert_eq!(again.id, group.id);
}

#[tokio::test]
async fn an_archived_channel_is_silent_until_it_is_restored() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.delete_channel(&world.cx, &channel, &world.ann.id).await.unwrap();
    let archived = world.get_channel(&channel.id).await.unwrap();
    assert!(archived.delete_at > 0);
    let post =
        Post { user_id: world.ann.id.clone(), channel_id: channel.id.clone(), message: "hi".into(), ..Post::default() };
    let error = world.create_post_as_user(&world.cx, post, false).await.unwrap_err();
    assert_eq!(error.id, "api.post.create_post.can_not_post_to_deleted.error");
    let error = world.delete_channel(&world.cx, &archived, &world.ann.id).await.unwrap_err();
    assert_eq!(error.id, "api.channel.delete_channel.deleted.app_error");
    let restored = world.restore_channel(&world.cx, &archived, &world.ann.id).await.unwrap();
    assert_eq!(restored.delete_at, 0);
    assert_eq!(world.said(&channel).await[..2], ["@ann unarchived the channel.", "@ann archived the channel."]);
    let error = world.delete_channel(&world.cx, &world.square, &world.ann.id).await.unwrap_err();
    assert_eq!(error.id, "api.channel.delete_channel.cannot.app_error");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_says_so() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let mut ann = world.listen(&world.ann).await;
    let patch = ChannelPatch { header: Some("Read me".into()), ..ChannelPatch::default() };
    let patched = world.patch_channel(&world.cx, &channel, patch, &world.ann.id).await.unwrap();
    assert_eq!((patched.header.as_str(), patched.display_name.as_str()), ("Read me", "PLANS"));
    assert_eq!(world.said(&channel).await[0], "@ann updated the channel header to: Read me");
    assert_eq!(inner(&ann.hear("channel_updated").await, "channel")["header"], "Read me");
    let private = world.update_channel_privacy(&world.cx, patched, ChannelType::Private, &world.ann.id).await.unwrap();
    assert_eq!(private.r#type, ChannelType::Private);
    assert_eq!(ann.hear("channel_converted").await["data"]["channel_type"], "P");
    let square = world.square.clone();
    let error = world.update_channel_privacy(&world.cx, square, ChannelType::Private, &world.ann.id).await.unwrap_err();
    assert_eq!(error.id, "api.channel.update_channel_privacy.default_channel_error");
}

#[tokio::test]
async fn counters_of_posts_survive_a_change_of_the_channel() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    world.say(&world.ann, &channel, "one").await;
    // The change begins with a channel as it was before the post.
    let changed = world.update_channel(&world.cx, Channel { purpose: "p".into(), ..channel.clone() }).await.unwrap();
    assert_eq!((changed.purpose.as_str(), changed.total_msg_count), ("p", 1));
    assert_eq!(world.get_channel(&channel.id).await.unwrap().total_msg_count, 1);
}

#[tokio::test]
async fn lists_and_searches_show_what_may_be_seen() {
    let world = World::new().await;
    world.channel("open-plans", ChannelType::Open).await;
    world.channel("secret_plans", ChannelType::Private).await;
    let names = |channels: Vec<Channel>| channels.into_iter().map(|channel| channel.name).collect::<Vec<_>>();
    let public = world.list_team_channels(&world.team.id, Listing::Public, 0, 60).await.unwrap();
    assert_eq!(names(public), ["open-plans", "off-topic", "town-square"]);
    let second = world.list_team_channels(&world.team.id, Listing::Public, 1, 60).await.unwrap();
    assert!(second.is_empty(), "the page after the last is empty");
    assert_eq!(names(world.search_channels(&world.team.id, "PLANS", "").await.unwrap()), ["open-plans"]);
    assert_eq!(names(world.search_channels(&world.team.id, "t_p", "").await.unwrap()), [""; 0], "`_` is no wildcard");
    let mine = world.autocomplete_channels_for_team(&world.team.id, &world.ann.id, "plans").await.unwrap();
    assert_eq!(names(mine), ["open-plans", "secret_plans"]);
    let bobs = world.autocomplete_channels_for_team(&world.team.id, &world.bob.id, "plans").await.unwrap();
    assert_eq!(names(bobs), ["open-plans"]);
    let search = ChannelSearch { term: "plans".into(), per_page: 1, ..ChannelSearch::default() };
    let (page, total) = world.search_all_channels(&search).await.unwrap();
    assert_eq!((page.len(), total), (1, 2));
}

#[tokio::test]
async fn what_nobody_in_particular_did_the_server_says() {
    let world = World::new().await;
    let channel = Channel { name: "plans".into(), team_id: world.team.id.clone(), ..Channel::default() };
    let channel = world.create_channel(&world.cx, channel, None).await.unwrap();
    world.delete_channel(&world.cx, &channel, "").await.unwrap();
    let page = world.get_posts_page(&channel.id, &PostPage::of(0, 1)).await.unwrap();
    assert_eq!(page.posts[0].message, "The channel was archived.");
    assert_eq!(world.get_user(&page.posts[0].user_id).await.unwrap().username, "system-bot");
}
