//! A digest, from the command of an ordinary client to the post: digest → agents → provider.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wasmoat_tests::{
    Channel, Rest,
    llm::{Answer, Question},
    plugin,
};

use crate::house::House;

const PATIENCE: Duration = Duration::from_secs(60);

const POSTS: usize = 200;

/// The lines of the conversation in a question.
fn lines(question: &Question) -> Vec<String> {
    let inside = question.turn(1).split("<conversation>").nth(1).unwrap_or_default();
    let inside = inside.split("</conversation>").next().unwrap_or_default();
    inside.trim().lines().map(str::to_owned).collect()
}

/// A model that points at the seventh message.
fn provider(question: &Question) -> Answer {
    let lines = lines(question);
    let Some(seventh) = lines.get(6).and_then(|line| line.split(' ').nth(1)) else {
        return Answer::json(500, &json!({}));
    };
    let summary = json!({
        "summary": format!("{} messages about the engine.", lines.len()),
        "highlights": [{"text": "The seventh mattered, @all", "post_id": seventh}],
        "action_items": [],
    });
    Answer::text(&summary.to_string())
}

async fn command(rest: &Rest, channel: &Channel, line: &str) -> wasmoat_tests::Reply {
    let args = json!({"channel_id": channel.id, "team_id": channel.team_id, "command": line});
    rest.post("/api/v4/commands/execute", &args).await
}

/// The post of the bot, as soon as it is there.
async fn digest(rest: &Rest, channel: &Channel, bot: &str) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let list = rest.get(&format!("/api/v4/channels/{}/posts?per_page=10", channel.id)).await.ok();
        let mut posts = list["posts"].as_object().unwrap().values();
        if let Some(post) = posts.find(|post| post["user_id"] == bot) {
            return post.clone();
        }
        assert!(Instant::now() < end, "no digest: {list}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The hops of all traces, as soon as so many have ended: the job ends after its post is there.
async fn hops(house: &House, number: usize) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let hops = house.admin.get("/api/v4/plugins/bridge/hops").await.ok();
        if hops["hops"].as_array().unwrap().len() >= number {
            return hops;
        }
        assert!(Instant::now() < end, "not {number} hops: {hops}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_asks_for_a_digest_and_the_bot_posts_what_the_agent_wrote() {
    let house = House::open(provider).await;
    house.admin.install("digest", "digest.wasm", plugin("digest")).await;
    let bob = house.admin.sign_up("bob").await;
    let channel = house.admin.new_channel("engine", &[&bob]).await;
    let mut seventh = String::new();
    for number in 1..=POSTS {
        let rest = if number % 2 == 0 { &house.admin } else { &bob };
        let post = rest.say(&channel, &format!("turn {number} of the engine")).await.ok();
        if number == 7 {
            post["id"].as_str().unwrap().clone_into(&mut seventh);
        }
    }

    let told = command(&bob, &channel, "/digest now").await;
    let request_id = told.headers["X-Request-Id"].to_str().unwrap().to_owned();
    assert_eq!(told.ok()["text"], "A digest of the last 24 hours is being written.");
    let bot = house.agent("digestbot").await;
    let post = digest(&bob, &channel, &bot).await;
    let message = post["message"].as_str().unwrap();
    assert!(message.contains("200 messages about the engine."), "{message}");
    assert!(message.contains(&format!("/_redirect/pl/{seventh}")), "{message}");
    assert!(message.contains("Of 200 messages by 2 people"), "{message}");
    assert!(!message.contains("@all"), "{message}");

    let [asked] = house.provider.questions().try_into().unwrap();
    let lines = lines(&asked);
    assert!(lines[6].contains(&seventh) && lines[6].ends_with("bob: turn 7 of the engine"), "{}", lines[6]);
    assert_eq!(asked.body["response_format"]["json_schema"]["schema"]["properties"]["highlights"]["type"], "array");

    let hops = hops(&house, 3).await;
    // One trace: the command's job runs in the digest, which asks the agents, and these their provider.
    let [ran, asked, answered] = hops["hops"].as_array().unwrap().as_slice() else { panic!("three hops: {hops}") };
    let way =
        |hop: &Value| ["source", "target", "endpoint", "status"].map(|part| hop[part].as_str().unwrap().to_owned());
    assert_eq!(way(ran), ["com.mattermost.server", "digest", "now", "ok"], "{hops}");
    assert_eq!(way(asked), ["digest", "mattermost-ai", "/api/v1/summarize", "ok"], "{hops}");
    assert_eq!(way(answered), ["mattermost-ai", "127.0.0.1", "POST", "ok"], "{hops}");
    for (cause, effect) in [(ran, asked), (asked, answered)] {
        assert_eq!((&cause["request_id"], &cause["span"]), (&effect["request_id"], &effect["parent"]), "{hops}");
    }
    assert_eq!(ran["request_id"], *request_id, "the command's own request");
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_a_channel_has_no_digest_of_it() {
    let house = House::open(provider).await;
    house.admin.install("digest", "digest.wasm", plugin("digest")).await;
    let channel = house.admin.new_channel("engine", &[]).await;
    house.admin.say(&channel, "among us").await.ok();
    let eve = house.admin.sign_up("eve").await;
    let reply = command(&eve, &channel, "/digest now").await;
    assert!(!reply.status.is_success(), "{}", reply.body);
    assert!(house.provider.questions().is_empty());
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_a_job_that_survives_and_can_be_stopped() {
    let house = House::open(provider).await;
    house.admin.install("digest", "digest.wasm", plugin("digest")).await;
    let channel = house.admin.new_channel("engine", &[]).await;
    let told = command(&house.admin, &channel, "/digest schedule daily 9:00").await.ok();
    assert!(told["text"].as_str().unwrap().contains("daily at 9:00 UTC"), "{told}");
    house.admin.post("/api/v4/plugins/digest/disable", &json!({})).await.ok();
    house.admin.post("/api/v4/plugins/digest/enable", &json!({})).await.ok();
    let told = command(&house.admin, &channel, "/digest list").await.ok();
    assert_eq!(told["text"], "- engine: daily at 9:00 UTC, by ada");
    command(&house.admin, &channel, "/digest stop").await.ok();
    let jobs = house.admin.get("/api/v4/plugins/digest/jobs").await.ok();
    assert_eq!(jobs[0]["status"], "cancelled", "{jobs}");
    house.server.stop().await;
}
