//! That the plugin sees everything, and changes nothing.

use wasmoat::testing::Platform;

use super::*;

fn command(line: &str) -> Result<ExecuteCommandOutcome> {
    let args = CommandArgs { command: line.into(), ..CommandArgs::default() };
    Demo.execute_command(PluginContext::default(), args)
}

#[test]
fn each_call_is_logged_with_its_ids_and_counted() {
    let platform = Platform::of::<Demo>();
    let reaction = Reaction { post_id: "p".into(), user_id: "u".into(), ..Reaction::default() };
    Demo.reaction_has_been_added(PluginContext::default(), reaction);
    let [line] = platform.log().try_into().unwrap();
    assert_eq!(line.message, "reaction_has_been_added");
    assert_eq!((line.value("post"), line.value("user")), (Some("p"), Some("u")));
    assert_eq!(platform.stored("count:reaction_has_been_added").as_deref(), Some(&b"1"[..]));
}

#[test]
fn nothing_is_changed_or_refused() {
    let _platform = Platform::of::<Demo>();
    let ctx = PluginContext::default;
    assert_eq!(Demo.message_will_be_posted(ctx(), Post::default()), MessageWillBePostedVerdict::Keep);
    assert_eq!(
        Demo.message_will_be_updated(ctx(), Post::default(), Post::default()),
        MessageWillBeUpdatedVerdict::Keep
    );
    assert_eq!(Demo.file_will_be_uploaded(ctx(), FileInfo::default()), FileWillBeUploadedVerdict::Keep);
    assert_eq!(Demo.user_will_log_in(ctx(), User::default()), UserWillLogInVerdict::Allow);
    assert_eq!(Demo.channel_will_be_archived(ctx(), Channel::default()), ChannelWillBeArchivedVerdict::Allow);
}

#[test]
fn counts_are_json_over_http() {
    let _platform = Platform::of::<Demo>();
    Demo.on_deactivate().unwrap();
    Demo.on_deactivate().unwrap();
    let request = HttpRequest { method: "GET".into(), url: "/counts".into(), ..HttpRequest::default() };
    let response = Demo.serve_http(PluginContext::default(), request);
    assert_eq!(response.status, 200);
    assert_eq!(response.body, br#"{"on_deactivate":2,"serve_http":1}"#);
}

#[test]
fn the_command_shows_the_counts() {
    let platform = Platform::of::<Demo>();
    Demo.on_activate().unwrap();
    assert_eq!(platform.commands()[0].trigger, "demo");
    let Ok(ExecuteCommandOutcome::Respond(response)) = command("/demo") else {
        panic!("no answer");
    };
    assert!(response.text.contains("| on_activate | 1 |"), "{}", response.text);
}

#[test]
#[should_panic(expected = "/demo crash")]
fn crash_panics() {
    let _platform = Platform::of::<Demo>();
    let _ = command("/demo crash");
}
