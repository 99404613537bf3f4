//! What the plugin does, as an administrator would say it.

use wasmoat::testing::{LogLevel, Platform, calls};

use super::*;

/// A platform where `darn` and `heck` are not welcome.
fn platform(action: &str) -> Platform {
    let platform = Platform::of::<WordFilter>();
    platform.set_setting("Words", "darn, heck").set_setting("Action", action);
    platform
}

fn post(message: &str) -> Post {
    Post { message: message.into(), user_id: "the-author".into(), channel_id: "the-channel".into(), ..Post::default() }
}

fn posted(message: &str) -> MessageWillBePostedVerdict {
    WordFilter::default().message_will_be_posted(PluginContext::default(), post(message))
}

fn updated(message: &str) -> MessageWillBeUpdatedVerdict {
    WordFilter::default().message_will_be_updated(PluginContext::default(), post(message), post("as it was"))
}

#[test]
fn without_words_everything_passes() {
    let _platform = Platform::of::<WordFilter>();
    assert_eq!(posted("darn"), MessageWillBePostedVerdict::Keep);
}

#[test]
fn a_message_without_such_words_is_kept() {
    for action in ["block", "mask", "warn"] {
        let platform = platform(action);
        assert_eq!(posted("what a nice day"), MessageWillBePostedVerdict::Keep);
        assert_eq!(updated("what a nice day"), MessageWillBeUpdatedVerdict::Keep);
        assert!(platform.ephemeral_posts().is_empty());
    }
}

#[test]
fn block_refuses_and_names_the_word_as_it_was_written() {
    let _platform = platform("block");
    let reason = "Your message contains a word that is not allowed here: \"Darn\"".to_owned();
    assert_eq!(posted("Darn it"), MessageWillBePostedVerdict::Reject(reason.clone()));
    assert_eq!(updated("Darn it"), MessageWillBeUpdatedVerdict::Reject(reason));
}

#[test]
fn mask_is_the_default_and_hides_every_word_behind_asterisks() {
    let platform = Platform::of::<WordFilter>();
    platform.set_setting("words", "darn, heck");
    let masked = post("what the ****, ****!");
    assert_eq!(posted("what the heck, Darn!"), MessageWillBePostedVerdict::Replace(masked.clone()));
    assert_eq!(updated("what the heck, Darn!"), MessageWillBeUpdatedVerdict::Replace(masked));
}

#[test]
fn warn_keeps_the_message_and_tells_the_author_alone() {
    let platform = platform("warn");
    assert_eq!(posted("oh heck"), MessageWillBePostedVerdict::Keep);
    let [shown] = platform.ephemeral_posts().try_into().unwrap();
    assert_eq!(shown.user_id, "the-author");
    assert_eq!(shown.post.channel_id, "the-channel");
    assert!(shown.post.message.contains("\"heck\""));
}

#[test]
fn the_servers_own_lines_are_left_alone() {
    let _platform = platform("block");
    let line = Post { type_: "system_header_change".into(), ..post("darn") };
    assert_eq!(
        WordFilter::default().message_will_be_posted(PluginContext::default(), line),
        MessageWillBePostedVerdict::Keep
    );
}

#[test]
fn an_instance_reads_its_settings_once() {
    let platform = platform("mask");
    let plugin = WordFilter::default();
    for _ in 0..3 {
        plugin.message_will_be_posted(PluginContext::default(), post("darn"));
    }
    assert_eq!(platform.calls(calls::config::LoadPluginConfiguration).len(), 1);
}

#[test]
fn unreadable_settings_let_everything_pass_and_are_logged() {
    let platform = platform("explode");
    assert_eq!(posted("darn"), MessageWillBePostedVerdict::Keep);
    assert_eq!(platform.log()[0].level, LogLevel::Error);
}
