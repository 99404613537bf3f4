//! A provider that follows a test's script.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use serde_json::Value;
use wasmoat::{
    http_client::RequestError,
    testing::{Answer, Platform, Requested},
};

/// Answers requests in the order of its script.
pub struct Provider {
    platform: Platform,
    script: Rc<RefCell<VecDeque<Result<Answer, RequestError>>>>,
}

impl Provider {
    /// One that answers whatever the plugin asks hosts outside.
    pub fn new(platform: &Platform) -> Self {
        let script: Rc<RefCell<VecDeque<_>>> = Rc::default();
        let next = script.clone();
        platform.on_request(move |_| next.borrow_mut().pop_front().expect("the script goes on"));
        Self { platform: platform.clone(), script }
    }

    /// What it answers next.
    pub fn answers(&self, answer: Answer) -> &Self {
        self.does(Ok(answer))
    }

    /// What it does next.
    pub fn does(&self, answer: Result<Answer, RequestError>) -> &Self {
        self.script.borrow_mut().push_back(answer);
        self
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Requested> {
        self.platform.requests()
    }

    /// The body of the last one.
    pub fn body(&self) -> Value {
        self.asked().last().expect("somebody has asked").json()
    }
}

/// JSON at once.
pub fn json(status: u16, body: &Value) -> Answer {
    Answer::json(body).status(status)
}

/// Any text at once.
pub fn text(kind: &str, body: &str) -> Answer {
    Answer::new(200).header("Content-Type", kind).piece(body)
}

/// A stream, piece by piece.
pub fn stream<P: Into<Vec<u8>>>(pieces: impl IntoIterator<Item = P>) -> Answer {
    let head = Answer::new(200).header("Content-Type", "text/event-stream");
    pieces.into_iter().fold(head, |answer, piece| answer.piece(piece))
}
