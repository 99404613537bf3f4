//! What the plugin does, told from the channel.

use serde_json::{Value, json};
use wasmoat::testing::{Platform, calls};

use super::*;

/// A channel with two members, Ann and Bob, and Eve outside.
struct Channel {
    platform: Platform,
    plugin: PollPlugin,
    id: String,
    ann: String,
    bob: String,
    eve: String,
}

fn channel() -> Channel {
    let platform = Platform::of::<PollPlugin>();
    let id = platform.add_channel(wasmoat::types::Channel::default()).id;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| platform.user(name).id);
    platform.add_channel_member(&id, &ann).add_channel_member(&id, &bob);
    let plugin = PollPlugin;
    plugin.on_activate().unwrap();
    Channel { platform, plugin, id, ann, bob, eve }
}

impl Channel {
    fn command(&self, user_id: &str, line: &str) -> Result<String> {
        let args = CommandArgs {
            user_id: user_id.into(),
            channel_id: self.id.clone(),
            command: line.into(),
            ..CommandArgs::default()
        };
        match self.plugin.execute_command(PluginContext::default(), args)? {
            ExecuteCommandOutcome::Respond(response) => Ok(response.text),
            ExecuteCommandOutcome::NotHandled => panic!("`{line}` is not the plugin's"),
        }
    }

    /// Ann asks; the id of the poll.
    fn ask(&self, flags: &str) -> String {
        self.command(&self.ann, &format!(r#"/poll "Lunch?" "Here" "There" {flags}"#)).unwrap();
        let url = self.attachment()["actions"][0]["integration"]["url"].clone();
        url.as_str().unwrap().split('/').nth(6).unwrap().to_owned()
    }

    fn http(&self, method: &str, path: &str, user_id: &str, body: &Value) -> (u16, Value) {
        let request = HttpRequest {
            method: method.into(),
            url: format!("/api/v1/polls/{path}"),
            headers: vec![HttpHeader { name: "Mattermost-User-Id".into(), value: user_id.into() }],
            body: body.to_string().into_bytes(),
            ..HttpRequest::default()
        };
        let response = self.plugin.serve_http(PluginContext::default(), request);
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    /// Presses a button; what the user is told.
    fn press(&self, path: &str, user_id: &str) -> String {
        let body = json!({"user_id": "whoever", "context": {"button": true}});
        let (status, answer) = self.http("POST", path, user_id, &body);
        assert_eq!(status, 200, "{answer}");
        answer["ephemeral_text"].as_str().unwrap().to_owned()
    }

    fn attachment(&self) -> Value {
        let post = self.platform.posts().pop().unwrap();
        let props: Value = serde_json::from_str(&post.props).unwrap();
        props["attachments"][0].clone()
    }

    fn text(&self) -> String {
        self.attachment()["text"].as_str().unwrap().to_owned()
    }
}

#[test]
fn activation_offers_the_command_and_makes_the_bot() {
    let channel = channel();
    let [command] = channel.platform.commands().try_into().unwrap();
    assert_eq!((command.trigger.as_str(), command.auto_complete), ("poll", true));
    let data: Value = serde_json::from_str(&command.autocomplete_data).unwrap();
    assert_eq!(data["Trigger"], "poll");
    assert_eq!(channel.platform.calls(calls::bots::EnsureBotUser)[0].0.username, "pollbot");
}

#[test]
fn help_is_for_the_asker_alone() {
    let channel = channel();
    for line in ["/poll", "/poll help"] {
        assert!(channel.command(&channel.ann, line).unwrap().contains("--anonymous"));
    }
    assert!(channel.command(&channel.ann, "/poll a --multy").unwrap().contains("no `--multy`"));
    assert!(channel.platform.posts().is_empty());
}

#[test]
fn a_poll_is_a_post_of_the_bot_with_a_button_for_each_answer() {
    let channel = channel();
    let id = channel.ask("");
    let [post] = channel.platform.posts().try_into().unwrap();
    assert_eq!(post.channel_id, channel.id);
    assert_eq!(wasmoat::users::get_user(&post.user_id).unwrap().username, "pollbot");
    let attachment = channel.attachment();
    assert_eq!(attachment["title"], "Lunch?");
    let names: Vec<_> = attachment["actions"].as_array().unwrap().iter().map(|a| &a["name"]).collect();
    assert_eq!(names, ["Here", "There", "End poll"]);
    assert_eq!(attachment["actions"][1]["integration"]["url"], format!("/plugins/poll/api/v1/polls/{id}/vote/1"));
}

#[test]
fn a_poll_in_a_thread_stays_there() {
    let channel = channel();
    let args = CommandArgs {
        user_id: channel.ann.clone(),
        channel_id: channel.id.clone(),
        root_id: "the-root".into(),
        command: "/poll Sure?".into(),
        ..CommandArgs::default()
    };
    channel.plugin.execute_command(PluginContext::default(), args).unwrap();
    assert_eq!(channel.platform.posts()[0].root_id, "the-root");
    assert!(channel.text().contains("**Yes**: 0"));
}

#[test]
fn a_poll_that_makes_no_sense_is_refused_with_a_reason() {
    let channel = channel();
    for (line, id) in [
        (r#"/poll """#, "poll.question.empty"),
        ("/poll a b", "poll.answers.count"),
        ("/poll a b b", "poll.answers.repeated"),
        (r#"/poll a b """#, "poll.answers.empty"),
        (&format!("/poll a b {}", "c".repeat(301)), "poll.too_long"),
    ] {
        assert_eq!(channel.command(&channel.ann, line).unwrap_err().id(), id, "{line}");
    }
    assert!(channel.platform.posts().is_empty());
}

#[test]
fn who_may_not_post_in_a_channel_may_not_ask_there() {
    let channel = channel();
    let error = channel.command(&channel.eve, "/poll Sure?").unwrap_err();
    assert_eq!(error.status(), 403);
}

#[test]
fn a_vote_shows_at_once_and_can_be_changed_and_taken_back() {
    let channel = channel();
    let id = channel.ask("");
    assert_eq!(channel.press(&format!("{id}/vote/0"), &channel.bob), "You voted for **Here**.");
    assert_eq!(channel.text(), "**Here**: 1 (100 %)\nbob\n**There**: 0 (0 %)");
    channel.press(&format!("{id}/vote/1"), &channel.bob);
    assert_eq!(channel.text(), "**Here**: 0 (0 %)\n**There**: 1 (100 %)\nbob");
    channel.press(&format!("{id}/vote/0"), &channel.ann);
    assert_eq!(channel.attachment()["footer"], "2 people voted");
    let told = channel.press(&format!("{id}/vote/1"), &channel.bob);
    assert_eq!(told, "You took back your vote for **There**.");
    assert_eq!(channel.attachment()["footer"], "1 person voted");
}

#[test]
fn several_answers_where_the_poll_allows_it() {
    let channel = channel();
    let id = channel.ask("--multi");
    channel.press(&format!("{id}/vote/0"), &channel.bob);
    channel.press(&format!("{id}/vote/1"), &channel.bob);
    assert_eq!(channel.text(), "**Here**: 1 (100 %)\nbob\n**There**: 1 (100 %)\nbob");
}

#[test]
fn an_anonymous_poll_tells_nobody_who_voted() {
    let channel = channel();
    let id = channel.ask("--anonymous");
    channel.press(&format!("{id}/vote/0"), &channel.bob);
    assert_eq!(channel.text(), "**Here**: 1 (100 %)\n**There**: 0 (0 %)");
    let (_, view) = channel.http("GET", &id, &channel.ann, &Value::Null);
    assert_eq!(view["options"][0], json!({"text": "Here", "votes": 1}));
    assert!(!view.to_string().contains(&channel.bob));
}

#[test]
fn the_user_is_the_one_the_server_names_not_the_one_in_the_body() {
    let channel = channel();
    let id = channel.ask("");
    let body = json!({"user_id": channel.ann});
    channel.http("POST", &format!("{id}/vote/0"), &channel.bob, &body);
    assert!(channel.text().contains("bob"));
}

#[test]
fn nobody_votes_without_logging_in() {
    let channel = channel();
    let id = channel.ask("");
    for (method, path) in [("GET", ""), ("POST", "/vote"), ("POST", "/vote/0"), ("POST", "/end")] {
        let (status, _) = channel.http(method, &format!("{id}{path}"), "", &json!({"option": 0}));
        assert_eq!(status, 401, "{method} {path}");
    }
}

#[test]
fn for_outsiders_of_the_channel_the_poll_does_not_exist() {
    let channel = channel();
    let id = channel.ask("");
    for (method, path) in [("GET", ""), ("POST", "/vote"), ("POST", "/end")] {
        let path = format!("{id}{path}");
        let (status, _) = channel.http(method, &path, &channel.eve, &json!({"option": 0}));
        assert_eq!(status, 404, "{method} {path}");
    }
    assert_eq!(channel.press(&format!("{id}/vote/0"), &channel.eve), "There is no such poll.");
}

#[test]
fn api_clients_vote_and_read_with_json() {
    let channel = channel();
    let id = channel.ask("");
    let (status, view) = channel.http("POST", &format!("{id}/vote"), &channel.bob, &json!({"option": 1}));
    assert_eq!(status, 200);
    assert_eq!(view["mine"], json!([1]));
    assert_eq!(view["options"][1], json!({"text": "There", "votes": 1, "voters": [channel.bob]}));
    let (status, error) = channel.http("POST", &format!("{id}/vote"), &channel.bob, &json!({"option": 2}));
    assert_eq!((status, &error["id"]), (400, &json!("poll.no_such_answer")));
}

#[test]
fn only_its_creator_ends_a_poll_and_then_it_takes_no_more_votes() {
    let channel = channel();
    let id = channel.ask("");
    let end = format!("{id}/end");
    assert_eq!(channel.press(&end, &channel.bob), "Only who began a poll can end it.");
    assert_eq!(channel.press(&end, &channel.ann), "The poll has ended.");
    assert_eq!(channel.attachment()["actions"], Value::Null);
    assert_eq!(channel.press(&format!("{id}/vote/0"), &channel.bob), "This poll has ended.");
    let (status, _) = channel.http("POST", &end, &channel.ann, &Value::Null);
    assert_eq!(status, 409);
}

#[test]
fn a_vote_that_comes_between_is_not_lost() {
    let channel = channel();
    let id = channel.ask("");
    // While Bob's vote is being stored, Ann's arrives.
    let (key, ann) = (format!("poll:{id}"), channel.ann.clone());
    let once = std::cell::Cell::new(false);
    let platform = channel.platform.clone();
    channel.platform.on(calls::kv::KvCompareAndSet, move |(key_asked, old, new)| {
        let now = platform.stored(&key);
        if !once.replace(true) {
            let mut poll: poll::Poll = serde_json::from_slice(&now.unwrap()).unwrap();
            poll.vote(&ann, 0).unwrap();
            kv::set_json(&key, &poll)?;
            return Ok(false);
        }
        assert_eq!((&key_asked, &old), (&key, &now));
        kv::kv_set(&key, new.as_deref())?;
        Ok(true)
    });
    channel.press(&format!("{id}/vote/1"), &channel.bob);
    assert_eq!(channel.text(), "**Here**: 1 (50 %)\nann\n**There**: 1 (50 %)\nbob");
}

#[test]
fn a_pinned_poll_stays_pinned() {
    let channel = channel();
    let id = channel.ask("");
    let pinned = Post { is_pinned: true, ..channel.platform.posts()[0].clone() };
    channel.platform.add_post(pinned);
    channel.press(&format!("{id}/vote/0"), &channel.bob);
    let post = channel.platform.posts()[0].clone();
    assert!(post.is_pinned && post.props.contains("from_plugin"));
}

#[test]
fn a_question_mentions_nobody() {
    let channel = channel();
    channel.command(&channel.ann, r#"/poll "@all, lunch?""#).unwrap();
    assert!(!channel.attachment().to_string().contains("@all"));
}
