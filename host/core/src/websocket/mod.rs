//! Events to connected clients.
//!
//! A service publishes an [`Event`] and goes on; the [`Hub`] finds out who is to get it and puts
//! it into the queue of each connection. Sockets are the server's affair: the hub hands out a
//! [`Connection`], a stream of frames that survives the socket for a while, so that a client that
//! lost its network takes up where it stopped.

mod api;
mod event;
mod hub;
mod link;
mod recipients;
mod typing;

pub use self::{
    event::Event,
    hub::{Connection, Hub, Login, Resume},
    link::Frame,
};

use crate::Core;

impl Core {
    /// Publishes an event. Never waits: who gets it is found out by the hub's own task.
    pub fn publish(&self, event: Event) {
        self.sharing.notice(&event);
        self.hub.publish(event);
    }
}
