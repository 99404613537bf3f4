//! One client's stream of events, with or without a socket.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::{event::Event, hub::Login};

/// Frames that wait for a socket.
pub(super) const QUEUE: usize = 256;

/// Frames kept for a client that comes back.
pub(super) const REPLAY: usize = 128;

/// How long a stream without a socket is kept.
pub(super) const KEPT: Duration = Duration::from_secs(5 * 60);

/// What all receivers of an event share: its fields and broadcast as JSON, made once.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) event: Event,
    fields: String,
    broadcast: String,
}

impl Prepared {
    pub(super) fn new(event: Event) -> Arc<Self> {
        let fields = serde_json::to_string(&event.data).unwrap_or_else(|_| "{}".to_owned());
        let broadcast = serde_json::to_string(&event.broadcast).unwrap_or_else(|_| "{}".to_owned());
        Arc::new(Self { event, fields, broadcast })
    }
}

/// One event for one connection.
#[derive(Clone, Debug)]
pub struct Frame {
    prepared: Arc<Prepared>,
    own: Arc<str>,
    seq: i64,
}

impl Frame {
    /// The frame's number on its connection.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// The JSON text that goes over the socket.
    #[must_use]
    pub fn text(&self) -> String {
        let Prepared { event, fields, broadcast } = &*self.prepared;
        let mut shared = fields.as_str();
        let mut own = self.own.as_ref();
        if !own.is_empty() {
            // Both are objects: the fields of one follow those of the other.
            shared = shared.strip_suffix('}').unwrap_or(shared);
            own = if shared == "{" { own.strip_prefix(',').unwrap_or(own) } else { own };
        }
        let name = Value::from(event.name.as_str());
        let seq = self.seq;
        format!(r#"{{"event":{name},"data":{shared}{own},"broadcast":{broadcast},"seq":{seq}}}"#)
    }
}

/// What happened to a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It waits for the socket, or for the client to come back.
    Kept,
    /// The socket is too slow for a frame that matters little.
    Dropped,
    /// The socket is too slow: it is closed.
    Closed,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: String,
    pub(super) login: Login,
    pub(super) queue: Option<mpsc::Sender<Frame>>,
    /// Counts the sockets that carried this stream, so that the end of an old one is not taken
    /// for the end of its successor.
    pub(super) generation: u64,
    pub(super) detached: Option<Instant>,
    replay: VecDeque<Frame>,
    next: i64,
}

impl Link {
    pub(super) fn new(id: String, login: Login) -> Self {
        Self { id, login, queue: None, generation: 0, detached: None, replay: VecDeque::new(), next: 0 }
    }

    /// Gives the stream a socket; frames from `from` on come again. None where some are lost.
    pub(super) fn attach(&mut self, from: i64) -> Option<mpsc::Receiver<Frame>> {
        let oldest = self.replay.front().map_or(self.next, Frame::seq);
        if from > self.next || from < oldest {
            return None;
        }
        let (queue, frames) = mpsc::channel(QUEUE);
        for frame in self.replay.iter().filter(|frame| frame.seq >= from) {
            // The replay is shorter than the queue.
            let _ = queue.try_send(frame.clone());
        }
        self.queue = Some(queue);
        self.detached = None;
        self.generation += 1;
        Some(frames)
    }

    pub(super) fn detach(&mut self) {
        self.queue = None;
        self.detached = Some(Instant::now());
    }

    pub(super) fn push(&mut self, prepared: &Arc<Prepared>) -> Outcome {
        let free = self.queue.as_ref().map_or(QUEUE, mpsc::Sender::capacity);
        if prepared.event.is_expendable() && (free < QUEUE / 2 || self.queue.is_none()) {
            return Outcome::Dropped;
        }
        let frame = Frame { prepared: Arc::clone(prepared), own: self.own_fields(&prepared.event), seq: self.next };
        self.next += 1;
        if self.replay.len() == REPLAY {
            self.replay.pop_front();
        }
        self.replay.push_back(frame.clone());
        match &self.queue {
            Some(queue) if queue.try_send(frame).is_err() => {
                self.detach();
                Outcome::Closed
            }
            _ => Outcome::Kept,
        }
    }

    /// The fields that this reader alone gets: `,"mentions":"[…]"}`, or nothing.
    fn own_fields(&self, event: &Event) -> Arc<str> {
        let user_id = &self.login.user_id;
        let named = event.mentions.contains(user_id);
        let follows = event.followers.contains(user_id);
        let asked = event.acknowledge.as_ref().is_some_and(|(author, everybody)| {
            self.login.posted_ack && author != user_id && (*everybody || named || follows)
        });
        if !(named || follows || asked) {
            return Arc::from("");
        }
        let only_me = serde_json::to_string(&[user_id]).unwrap_or_default();
        let mut own = Map::new();
        if named {
            own.insert("mentions".to_owned(), only_me.clone().into());
        }
        if follows {
            own.insert("followers".to_owned(), only_me.into());
        }
        if asked {
            own.insert("should_ack".to_owned(), true.into());
        }
        let object = serde_json::to_string(&own).unwrap_or_default();
        Arc::from(object.replacen('{', ",", 1))
    }
}
