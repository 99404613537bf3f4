//! The test kit's own promises.

use super::*;
use crate::{bots, channels, commands, log, posts, random, reactions, time, types::*};

fn panic_text(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
    *std::panic::catch_unwind(call).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn what_is_not_programmed_panics_and_says_how_to_program_it() {
    let _platform = Platform::new();
    let text = panic_text(|| drop(channels::get_channel_stats("c1")));
    assert!(text.contains("`channels.get-channel-stats` was called with (\"c1\",)"), "{text}");
    assert!(
        text.contains("platform.on(wasmoat::testing::calls::channels::GetChannelStats, |(channel_id,)| …)"),
        "{text}"
    );
}

#[test]
fn without_a_platform_the_panic_says_so() {
    let text = std::thread::spawn(|| panic_text(|| drop(posts::get_post("p1")))).join().unwrap();
    assert!(text.contains("Platform::new()"), "{text}");
}

#[test]
fn a_programmed_answer_replaces_the_built_in_one() {
    let platform = Platform::new();
    platform.on(calls::posts::GetPost, |(id,)| Ok(Post { id, message: "from the test".into(), ..Post::default() }));
    assert_eq!(posts::get_post("p1").unwrap().message, "from the test");
    assert_eq!(platform.calls(calls::posts::GetPost), [("p1".to_owned(),)]);
    assert_eq!(platform.called(), ["posts.get-post"]);
}

#[test]
fn posts_get_ids_and_can_be_changed_and_deleted() {
    let platform = Platform::new();
    let root = posts::create_post(&Post { message: "hi".into(), ..Post::default() }).unwrap();
    assert_eq!((root.id.len(), root.create_at), (26, platform.now()));
    assert!(root.props.contains("from_plugin"));
    let reply = Post { root_id: root.id.clone(), ..Post::default() };
    let reply = posts::create_post(&reply).unwrap();
    let changed = Post { message: "ho".into(), user_id: "ignored".into(), ..root.clone() };
    let changed = posts::update_post(&changed).unwrap();
    assert_eq!((changed.message.as_str(), changed.user_id.as_str()), ("ho", ""));
    assert_eq!(posts::create_post(&root).unwrap_err().status(), 400);
    posts::delete_post(&root.id).unwrap();
    assert!(posts::get_post(&reply.id).unwrap_err().is_not_found());
}

#[test]
fn ephemeral_posts_are_seen_changed_and_taken_away() {
    let platform = Platform::new();
    let shown = posts::send_ephemeral_post("ann", &Post::default());
    posts::update_ephemeral_post("ann", &Post { message: "new".into(), ..shown.clone() });
    assert_eq!(platform.ephemeral_posts()[0].post.message, "new");
    posts::delete_ephemeral_post("ann", &shown.id);
    assert!(platform.ephemeral_posts().is_empty());
}

#[test]
fn a_reaction_is_there_once() {
    let platform = Platform::new();
    let post = platform.add_post(Post { channel_id: "c".into(), ..Post::default() });
    let reaction =
        Reaction { post_id: post.id.clone(), user_id: "ann".into(), emoji_name: "+1".into(), ..Reaction::default() };
    for _ in 0..2 {
        assert_eq!(reactions::add_reaction(&reaction).unwrap().channel_id, "c");
    }
    assert_eq!(reactions::get_reactions(&post.id).unwrap().len(), 1);
    reactions::remove_reaction(&reaction).unwrap();
    assert!(reactions::get_reactions(&post.id).unwrap().is_empty());
}

#[test]
fn a_bot_keeps_its_id_and_a_command_its_place() {
    let platform = Platform::new();
    let bot = Bot { username: "helper".into(), ..Bot::default() };
    assert_eq!(bots::ensure_bot_user(&bot).unwrap(), bots::ensure_bot_user(&bot).unwrap());
    assert_eq!(bots::ensure_bot_user(&Bot::default()).unwrap_err().status(), 400);
    let command = Command { trigger: "Help".into(), ..Command::default() };
    commands::register_command(&command).unwrap();
    commands::register_command(&command).unwrap();
    let [registered] = platform.commands().try_into().unwrap();
    assert_eq!((registered.trigger, registered.plugin_id), ("help".into(), "test-plugin".into()));
    commands::unregister_command("", "help").unwrap();
    assert!(platform.commands().is_empty());
}

#[test]
fn a_direct_channel_is_the_same_from_both_sides() {
    let platform = Platform::new();
    let [ann, bob] = ["ann", "bob"].map(|name| platform.user(name).id);
    let channel = channels::get_direct_channel(&ann, &bob).unwrap();
    assert_eq!(channels::get_direct_channel(&bob, &ann).unwrap(), channel);
    assert!(crate::permissions::has_permission_to_channel(&bob, &channel.id, "read_channel"));
    let eve = platform.user("eve").id;
    assert!(!crate::permissions::has_permission_to_channel(&eve, &channel.id, "read_channel"));
}

#[test]
fn clock_and_randomness_are_the_tests() {
    let platform = Platform::new();
    platform.set_now(1_000).advance(std::time::Duration::from_secs(1));
    assert_eq!(time::now_ms(), 2_000);
    platform.seed(7);
    let (id, number) = (random::id(), random::u64());
    platform.seed(7);
    assert_eq!((random::id(), random::u64()), (id.clone(), number));
    assert_eq!(id.len(), 26);
}

#[test]
fn lines_of_the_log_are_kept_with_keys_and_values() {
    let platform = Platform::new();
    log::warn!(format!("{} votes", 3), poll = "p1", count = 3);
    let [line] = platform.log().try_into().unwrap();
    assert_eq!((line.level, line.message.as_str()), (LogLevel::Warn, "3 votes"));
    assert_eq!((line.value("poll"), line.value("count"), line.value("x")), (Some("p1"), Some("3"), None));
}
