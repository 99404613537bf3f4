//! The hub: every connection of this node, and the task that feeds them.
//!
//! [`Hub::publish`] puts an event into a bounded queue and returns. One task takes the events in
//! order, finds out who gets each (memberships are cached, and changes of membership travel in
//! the same queue) and fills the queues of the connections. A connection that does not keep up
//! loses events that matter little, then its socket; its client resumes or starts anew. The task
//! ends with the hub.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use wasmoat_model::{Session, new_id, now_ms};

use super::{
    event::Event,
    link::{Frame, KEPT, Link, Outcome, Prepared},
    recipients::{self, Audience, Members},
};
use crate::store::Store;

/// Events that wait for the hub's task. Past it an event is lost, counted and logged; no request
/// ever waits for a slow hub.
const BACKLOG: usize = 16_384;

/// How often streams without a socket are looked through.
const SWEEP: Duration = Duration::from_secs(30);

/// Who a connection belongs to.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// The user.
    pub user_id: String,
    /// The session; its end ends the connection.
    pub session_id: String,
    /// When the session ends; 0 is never.
    pub expires_at: i64,
    /// Gets events that only system admins may see.
    pub is_admin: bool,
    /// Is told of users in shared channels only.
    pub is_guest: bool,
    /// Asked for `should_ack` in posts.
    pub posted_ack: bool,
}

impl Login {
    /// The owner of a session; whether it is an admin's is the caller's to say.
    #[must_use]
    pub fn new(session: &Session, is_admin: bool) -> Self {
        Self {
            user_id: session.user_id.clone(),
            session_id: session.id.clone(),
            expires_at: session.expires_at,
            is_admin,
            is_guest: session.roles.split(' ').any(|role| role == "system_guest"),
            posted_ack: false,
        }
    }
}

/// A client that had a connection and wants it back.
#[derive(Clone, Debug)]
pub struct Resume {
    /// Id from the last hello.
    pub connection_id: String,
    /// Number of the next event that the client expects.
    pub sequence: i64,
}

/// A stream of events for one socket. It ends when the socket is to be closed.
#[derive(Debug)]
pub struct Connection {
    /// Its id, as clients and plugins see it.
    pub id: String,
    /// The frames, in order.
    pub frames: mpsc::Receiver<Frame>,
    /// Nothing was lost since the socket before: there is no hello.
    pub resumed: bool,
    generation: u64,
    shared: Arc<Shared>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut links = self.shared.links();
        if let Some(link) = links.get_mut(&self.id)
            && link.generation == self.generation
        {
            link.detach();
        }
    }
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every message is an event")]
enum Message {
    Publish(Event),
    /// The members of this channel or team have changed.
    Forget(String),
}

#[derive(Debug, Default)]
struct Shared {
    links: Mutex<HashMap<String, Link>>,
    /// A [`Message::Forget`] found no room.
    forget_all: AtomicBool,
}

impl Shared {
    /// No code panics while it holds the lock, and a half-told event harms nobody.
    fn links(&self) -> MutexGuard<'_, HashMap<String, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every connection of this node.
#[derive(Clone, Debug)]
pub struct Hub {
    shared: Arc<Shared>,
    messages: mpsc::Sender<Message>,
}

impl Hub {
    /// Starts a hub that looks memberships up in `store`. Must be called inside a tokio runtime.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (messages, queue) = mpsc::channel(BACKLOG);
        let shared = Arc::new(Shared::default());
        tokio::spawn(run(Arc::clone(&shared), queue, Members::new(store)));
        Self { shared, messages }
    }

    /// Publishes an event. Never waits.
    pub fn publish(&self, event: Event) {
        if let Err(error) = self.messages.try_send(Message::Publish(event))
            && let Message::Publish(event) = error.into_inner()
        {
            metrics::counter!("wasmoat_websocket_events_lost_total").increment(1);
            tracing::warn!(event = event.name(), limit = BACKLOG, "websocket event lost: too many wait for delivery");
        }
    }

    /// The members of this channel or team have changed: call it after the change is stored and
    /// before it is published.
    pub fn membership_changed(&self, id: &str) {
        if self.messages.try_send(Message::Forget(id.to_owned())).is_err() {
            self.shared.forget_all.store(true, Ordering::Release);
        }
    }

    /// A connection for a client that has logged in: its old one where `resume` asks for it and
    /// nothing was lost, else a new one whose first frame is the hello that `hello` makes of its
    /// id.
    #[must_use]
    pub fn connect(
        &self,
        login: Login,
        id: Option<String>,
        resume: Option<&Resume>,
        hello: impl FnOnce(&str) -> Event,
    ) -> Connection {
        let mut links = self.shared.links();
        if let Some(resume) = resume
            && let Some(link) = links.get_mut(&resume.connection_id)
            && link.login.user_id == login.user_id
        {
            if let Some(frames) = link.attach(resume.sequence) {
                link.login = login;
                return self.connection(link, frames, true);
            }
            links.remove(&resume.connection_id);
        }
        let id = id.unwrap_or_else(new_id);
        let mut link = Link::new(id.clone(), login);
        // A new stream is at its beginning.
        let frames = link.attach(0).unwrap_or_else(|| mpsc::channel(1).1);
        link.push(&Prepared::new(hello(&id)));
        let connection = self.connection(&link, frames, false);
        links.insert(id, link);
        connection
    }

    fn connection(&self, link: &Link, frames: mpsc::Receiver<Frame>, resumed: bool) -> Connection {
        let id = link.id.clone();
        Connection { id, frames, resumed, generation: link.generation, shared: Arc::clone(&self.shared) }
    }

    /// Ends the connections of a session that was revoked.
    pub fn close_session(&self, session_id: &str) {
        self.shared.links().retain(|_, link| link.login.session_id != session_id);
    }

    /// Ends all connections of a user.
    pub fn close_user(&self, user_id: &str) {
        self.shared.links().retain(|_, link| link.login.user_id != user_id);
    }

    /// A user became a system admin, or is none any more.
    pub fn set_admin(&self, user_id: &str, is_admin: bool) {
        for link in self.shared.links().values_mut().filter(|link| link.login.user_id == user_id) {
            link.login.is_admin = is_admin;
        }
    }

    /// A session's end was put off.
    pub fn extend_session(&self, session_id: &str, expires_at: i64) {
        for link in self.shared.links().values_mut().filter(|link| link.login.session_id == session_id) {
            link.login.expires_at = expires_at;
        }
    }

    /// How many sockets a user has open.
    #[must_use]
    pub fn sockets_of(&self, user_id: &str) -> usize {
        self.shared.links().values().filter(|link| link.login.user_id == user_id && link.queue.is_some()).count()
    }

    /// Users with an open socket.
    #[must_use]
    pub fn connected_users(&self) -> HashSet<String> {
        let links = self.shared.links();
        links.values().filter(|link| link.queue.is_some()).map(|link| link.login.user_id.clone()).collect()
    }

    /// Ends every connection, for shutdown.
    pub fn close_all(&self) {
        self.shared.links().clear();
    }
}

async fn run(shared: Arc<Shared>, mut queue: mpsc::Receiver<Message>, mut members: Members) {
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            message = queue.recv() => match message {
                Some(message) => handle(&shared, &mut members, message).await,
                None => break,
            },
            _ = sweep.tick() => forget_lost(&shared),
        }
    }
}

async fn handle(shared: &Shared, members: &mut Members, message: Message) {
    if shared.forget_all.swap(false, Ordering::AcqRel) {
        members.forget_all();
    }
    match message {
        Message::Forget(id) => members.forget(&id),
        Message::Publish(event) => match members.audience(&event).await {
            Ok(audience) => {
                let blind = blind_guests(shared, members, &event, &audience).await;
                deliver(shared, event, &audience, &blind);
            }
            Err(error) => {
                metrics::counter!("wasmoat_websocket_events_lost_total").increment(1);
                tracing::error!(%error, event = event.name(), "websocket event lost: its receivers could not be read");
            }
        },
    }
}

/// Guests who must not learn of the user that an event to everybody is about.
async fn blind_guests(shared: &Shared, members: &Members, event: &Event, audience: &Audience) -> HashSet<String> {
    let (Audience::Everybody, Some(subject)) = (audience, recipients::subject(event)) else {
        return HashSet::new();
    };
    let guests: HashSet<String> = {
        let links = shared.links();
        links.values().filter(|link| link.login.is_guest).map(|link| link.login.user_id.clone()).collect()
    };
    if guests.is_empty() {
        return guests;
    }
    let asked: Vec<String> = guests.iter().filter(|guest| *guest != subject).cloned().collect();
    // Where the store does not answer, a guest is told less, not more.
    let seeing = members.guests_who_see(&asked, subject).await.unwrap_or_default();
    guests.into_iter().filter(|guest| guest != subject && !seeing.contains(guest)).collect()
}

fn deliver(shared: &Shared, event: Event, audience: &Audience, blind: &HashSet<String>) {
    let prepared = Prepared::new(event);
    let now = now_ms();
    let mut links = shared.links();
    // The end of a session ends its connections; nothing more is told to them.
    links.retain(|_, link| link.login.expires_at == 0 || link.login.expires_at > now);
    for link in links.values_mut() {
        if !recipients::is_for(&prepared.event, audience, link) || blind.contains(&link.login.user_id) {
            continue;
        }
        if link.push(&prepared) == Outcome::Closed {
            metrics::counter!("wasmoat_websocket_connections_too_slow_total").increment(1);
            tracing::info!(connection = link.id, user = link.login.user_id, "websocket closed: its queue is full");
        }
    }
}

fn forget_lost(shared: &Shared) {
    let now = now_ms();
    shared.links().retain(|_, link| {
        let lost = link.detached.is_some_and(|since| since.elapsed() > KEPT);
        let expired = link.login.expires_at != 0 && link.login.expires_at <= now;
        !lost && !expired
    });
}

#[cfg(test)]
mod tests;
