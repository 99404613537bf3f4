use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::store::{Queries, args};

struct Server {
    hub: Hub,
    store: Store,
    _directory: tempfile::TempDir,
}

async fn server() -> Server {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&directory.path().join("wasmoat.db")).await.unwrap();
    Server { hub: Hub::start(store.clone()), store, _directory: directory }
}

impl Server {
    fn login(&self, user_id: &str) -> Connection {
        self.connect(
            Login { user_id: user_id.into(), session_id: format!("session-{user_id}"), ..Login::default() },
            None,
        )
    }

    fn connect(&self, login: Login, resume: Option<&Resume>) -> Connection {
        self.hub.connect(login, None, resume, |id| Event::new("hello").data("connection_id", id))
    }

    async fn member(&self, channel_id: &str, user_id: &str) {
        let sql = "INSERT INTO channel_members VALUES ($1, $2, '', 0, 0, 0, 0, 0, 0, '{}', 0, 0, 1, 0, 0)";
        self.store.write().await.unwrap().run_and_commit(sql, channel_id, user_id).await;
    }
}

trait RunAndCommit {
    async fn run_and_commit(self, sql: &str, first: &str, second: &str);
}

impl RunAndCommit for crate::store::Transaction {
    async fn run_and_commit(mut self, sql: &str, first: &str, second: &str) {
        self.run(sql, args![first, second]).await.unwrap();
        self.commit().await.unwrap();
    }
}

async fn next(connection: &mut Connection) -> Value {
    let frame = tokio::time::timeout(Duration::from_secs(30), connection.frames.recv()).await.unwrap().unwrap();
    serde_json::from_str(&frame.text()).unwrap()
}

async fn names(connection: &mut Connection, until: &str) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let name = next(connection).await["event"].as_str().unwrap().to_owned();
        let last = name == until;
        names.push(name);
        if last {
            return names;
        }
    }
}

#[tokio::test]
async fn hello_comes_first_and_numbers_have_no_gap() {
    let server = server().await;
    let mut ann = server.login("ann");
    server.hub.publish(Event::new("one"));
    server.hub.publish(Event::new("not for ann").to_user("bob"));
    server.hub.publish(Event::new("two").data("n", 2));
    let hello = next(&mut ann).await;
    assert_eq!((&hello["event"], &hello["seq"]), (&"hello".into(), &0.into()));
    assert_eq!(hello["data"]["connection_id"], ann.id.as_str());
    assert_eq!(next(&mut ann).await["seq"], 1);
    let two = next(&mut ann).await;
    assert_eq!(two["seq"], 2);
    assert_eq!(two["data"], serde_json::json!({"n": 2}));
    assert_eq!(two["broadcast"]["omit_users"], Value::Null);
    assert_eq!(two["broadcast"]["user_id"], "");
}

#[tokio::test]
async fn a_channel_event_reaches_members_except_the_omitted() {
    let server = server().await;
    server.member("c", "ann").await;
    server.member("c", "bob").await;
    let (mut ann, mut bob, mut eve) = (server.login("ann"), server.login("bob"), server.login("eve"));
    server.hub.publish(Event::new("typing").to_channel("c").omit_user("bob"));
    server.hub.publish(Event::new("end"));
    assert_eq!(names(&mut ann, "end").await, ["hello", "typing", "end"]);
    assert_eq!(names(&mut bob, "end").await, ["hello", "end"]);
    assert_eq!(names(&mut eve, "end").await, ["hello", "end"]);
}

#[tokio::test]
async fn a_new_member_gets_what_is_published_after_joining() {
    let server = server().await;
    let mut ann = server.login("ann");
    server.hub.publish(Event::new("before").to_channel("c"));
    server.hub.publish(Event::new("told").to_user("ann"));
    assert_eq!(names(&mut ann, "told").await, ["hello", "told"]);
    server.member("c", "ann").await;
    server.hub.membership_changed("c");
    server.hub.publish(Event::new("after").to_channel("c"));
    assert_eq!(names(&mut ann, "after").await, ["after"]);
}

#[tokio::test]
async fn secrets_go_to_admins_and_what_is_left_of_them_to_the_others() {
    let server = server().await;
    let mut root = server.connect(Login { user_id: "root".into(), is_admin: true, ..Login::default() }, None);
    let mut ann = server.login("ann");
    server.hub.publish(Event::new("secret").sensitive());
    server.hub.publish(Event::new("sanitized").sanitized());
    server.hub.publish(Event::new("end"));
    assert_eq!(names(&mut root, "end").await, ["hello", "secret", "end"]);
    assert_eq!(names(&mut ann, "end").await, ["hello", "sanitized", "end"]);
}

#[tokio::test]
async fn a_reader_learns_of_the_own_mention_only() {
    let server = server().await;
    let (mut ann, mut bob) = (server.login("ann"), server.login("bob"));
    let posted = Event::new("posted").data("channel_type", "O");
    server.hub.publish(posted.mentions(vec!["ann".into(), "carl".into()]).followers(vec!["bob".into()]));
    let (_, for_ann) = (next(&mut ann).await, next(&mut ann).await);
    assert_eq!(for_ann["data"], serde_json::json!({"channel_type": "O", "mentions": "[\"ann\"]"}));
    let (_, for_bob) = (next(&mut bob).await, next(&mut bob).await);
    assert_eq!(for_bob["data"], serde_json::json!({"channel_type": "O", "followers": "[\"bob\"]"}));
}

#[tokio::test]
async fn a_client_that_comes_back_gets_what_it_missed() {
    let server = server().await;
    let mut ann = server.login("ann");
    next(&mut ann).await;
    let resume = Resume { connection_id: ann.id.clone(), sequence: 1 };
    drop(ann);
    server.hub.publish(Event::new("missed"));
    let mut bob = server.login("bob");
    server.hub.publish(Event::new("end"));
    names(&mut bob, "end").await;
    let login = Login { user_id: "ann".into(), ..Login::default() };
    let mut again = server.connect(login.clone(), Some(&resume));
    assert!(again.resumed);
    assert_eq!(again.id, resume.connection_id);
    let missed = next(&mut again).await;
    assert_eq!((&missed["event"], &missed["seq"]), (&"missed".into(), &1.into()));
    drop(again);
    let stranger = server.connect(Login { user_id: "eve".into(), ..Login::default() }, Some(&resume));
    assert!(!stranger.resumed);
    assert_ne!(stranger.id, resume.connection_id);
}

#[tokio::test]
async fn a_client_that_missed_too_much_starts_anew() {
    let server = server().await;
    let ann = server.login("ann");
    let resume = Resume { connection_id: ann.id.clone(), sequence: 1 };
    drop(ann);
    for _ in 0..200 {
        server.hub.publish(Event::new("missed"));
    }
    let mut bob = server.login("bob");
    server.hub.publish(Event::new("end"));
    names(&mut bob, "end").await;
    let mut again = server.connect(Login { user_id: "ann".into(), ..Login::default() }, Some(&resume));
    assert!(!again.resumed);
    assert_ne!(again.id, resume.connection_id);
    let hello = next(&mut again).await;
    assert_eq!((&hello["event"], &hello["seq"]), (&"hello".into(), &0.into()));
}

#[tokio::test]
async fn a_slow_socket_loses_typing_first_and_then_its_life() {
    let server = server().await;
    let mut slow = server.login("slow");
    let mut watch = server.login("watch");
    let settle = async |watch: &mut Connection, name: &str| {
        server.hub.publish(Event::new(name).to_user("watch"));
        names(watch, name).await;
    };
    for _ in 0..130 {
        server.hub.publish(Event::new("posted").to_user("slow"));
    }
    server.hub.publish(Event::new("typing").to_user("slow"));
    server.hub.publish(Event::new("mark").to_user("slow"));
    settle(&mut watch, "first").await;
    assert!(!names(&mut slow, "mark").await.contains(&"typing".to_owned()));
    for _ in 0..300 {
        server.hub.publish(Event::new("posted").to_user("slow"));
    }
    settle(&mut watch, "second").await;
    let mut received = 0;
    while slow.frames.recv().await.is_some() {
        received += 1;
    }
    assert_eq!(received, 256, "the queue was full, and the stream ended");
    assert_eq!(server.hub.sockets_of("slow"), 0);
}

#[tokio::test]
async fn the_end_of_a_session_ends_its_connections() {
    let server = server().await;
    let mut ann = server.login("ann");
    next(&mut ann).await;
    server.hub.close_session("session-ann");
    assert!(ann.frames.recv().await.is_none());
}
