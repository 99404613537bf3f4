//! `GET /api/v4/websocket`: events to a client, and what it does over the same socket.
//!
//! A socket is logged in by the upgrade's own token or by its first frame. It has one task, which
//! writes events and answers and reads requests; the events come from the hub, whose connection
//! outlives the socket for a while.

mod actions;
mod request;

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, Uri},
    response::Response,
    routing::get,
};
use tokio::time::{Instant, timeout};
use wasmoat_core::{
    Core,
    websocket::{Connection, Event, Frame, Login, Resume},
};
use wasmoat_model::{PluginContext, Session, is_valid_id, new_id};
use wasmoat_runtime::{CallContext, OnWebSocketConnect, OnWebSocketDisconnect, WebSocketMessageHasBeenPosted};

use self::{actions::Reply, request::Request};
use crate::{Error, MaybeAuth, Params, Server, middleware::version_id};

/// Largest frame of a client, in bytes. A larger one closes the socket.
const FRAME_LIMIT: usize = 8 * 1024;
/// How often the client is pinged.
const PING: Duration = Duration::from_secs(60);
/// How long a client may leave pings unanswered.
const READ_DEADLINE: Duration = Duration::from_secs(100);
/// How long a frame may take on its way out.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);
/// How long a client may take to log in.
const LOGIN_DEADLINE: Duration = Duration::from_secs(5);

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/websocket", get(connect)).route("/websocket/", get(connect))
}

async fn connect(
    State(server): State<Server>,
    auth: MaybeAuth,
    params: Params,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Error> {
    if !origin_allowed(&server.core, &headers) {
        let text = "Pages of other sites may not connect (settings `ServiceSettings.SiteURL` and `ServiceSettings.AllowCorsFrom`).";
        return Err(Error::new("api.web_socket.connect.upgrade.app_error", 403, text));
    }
    let session = auth.context.map(|context| (*context.session).clone());
    let resume = if session.is_some() { resume(&params) } else { Ok(None) };
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let posted_ack = params.flag("posted_ack");
    let upgrade = upgrade.max_message_size(FRAME_LIMIT).max_frame_size(FRAME_LIMIT);
    Ok(upgrade.on_upgrade(move |socket| async move {
        // A resume that makes no sense ends the socket, as a client that asks so is out of step.
        let Ok(resume) = resume else { return };
        let context = (*auth.cx.plugin_context).clone();
        let client = Client {
            core: server.core.clone(),
            socket,
            context,
            forwarded,
            posted_ack,
            connection: None,
            session: None,
            id: new_id(),
        };
        client.run(session, resume).await;
    }))
}

/// A page of another site must not use the cookies of this one.
fn origin_allowed(core: &Core, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text("origin") else { return true };
    let config = core.config.get();
    let allowed = config.text("ServiceSettings.AllowCorsFrom");
    if allowed.split([' ', ',']).any(|entry| entry == "*" || entry.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let authority = |url: &str| {
        let uri: Option<Uri> = url.parse().ok();
        uri.and_then(|uri| uri.authority().map(|authority| authority.as_str().to_lowercase()))
    };
    let own = match config.text("ServiceSettings.SiteURL") {
        "" => text("host").map(str::to_lowercase),
        site => authority(site),
    };
    own.is_some() && authority(origin) == own
}

fn resume(params: &Params) -> Result<Option<Resume>, ()> {
    let id = params.text("connection_id");
    if id.is_empty() {
        return Ok(None);
    }
    let sequence =
        params.get("sequence_number").and_then(|text| text.parse::<i64>().ok()).filter(|number| *number >= 0);
    match sequence {
        Some(sequence) if is_valid_id(id) => Ok(Some(Resume { connection_id: id.to_owned(), sequence })),
        _ => Err(()),
    }
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End;

struct Client {
    core: Core,
    socket: WebSocket,
    context: PluginContext,
    forwarded: String,
    posted_ack: bool,
    /// The stream of events, once the client is logged in.
    connection: Option<Connection>,
    session: Option<Session>,
    /// What plugins know the connection by.
    id: String,
}

impl Client {
    async fn run(mut self, session: Option<Session>, resume: Option<Resume>) {
        if let Some(session) = session {
            self.log_in(session, resume.as_ref()).await;
        }
        let (id, user_id) = (self.id.clone(), self.user_id().to_owned());
        let cx = self.cx();
        self.core.runtime.observe::<OnWebSocketConnect>(&cx, |_| (id, user_id));
        metrics::gauge!("wasmoat_websocket_connections").increment(1.0);
        let _ = self.serve().await;
        metrics::gauge!("wasmoat_websocket_connections").decrement(1.0);
        let (id, user_id) = (self.id.clone(), self.user_id().to_owned());
        let cx = self.cx();
        self.core.runtime.observe::<OnWebSocketDisconnect>(&cx, |_| (id, user_id));
        drop(self.connection.take());
        if let Some(session) = &self.session
            && self.core.hub.sockets_of(&session.user_id) == 0
        {
            self.core.set_status_offline(&session.user_id).await;
        }
        let _ = timeout(WRITE_DEADLINE, self.socket.send(Message::Close(None))).await;
    }

    fn user_id(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.user_id)
    }

    /// The context of something that the client does.
    fn cx(&self) -> CallContext {
        let context = PluginContext { request_id: new_id(), connection_id: self.id.clone(), ..self.context.clone() };
        CallContext::client(context, self.session.clone().map(std::sync::Arc::new))
    }

    async fn log_in(&mut self, session: Session, resume: Option<&Resume>) {
        let is_admin = self.core.session_has_permission_to(&session, "manage_system").await;
        let login = Login { posted_ack: self.posted_ack, ..Login::new(&session, is_admin) };
        let hello = |id: &str| hello(&self.core, id, &session.user_id);
        let connection = self.core.hub.connect(login, Some(self.id.clone()), resume, hello);
        self.id.clone_from(&connection.id);
        self.connection = Some(connection);
        self.core.set_status_online(&session.user_id).await;
        self.session = Some(session);
    }

    async fn serve(&mut self) -> Result<(), End> {
        let begun = Instant::now();
        let mut last_pong = begun;
        let mut ping = tokio::time::interval_at(begun + PING, PING);
        loop {
            let deadline = if self.session.is_some() { last_pong + READ_DEADLINE } else { begun + LOGIN_DEADLINE };
            tokio::select! {
                // Events before requests: an answer never overtakes what happened before it.
                biased;
                () = tokio::time::sleep_until(deadline) => return Err(End),
                frame = next_frame(self.connection.as_mut()) => match frame {
                    Some(frame) => self.send(Message::Text(frame.text().into())).await?,
                    None => return Err(End),
                },
                _ = ping.tick() => self.send(Message::Ping(Bytes::new())).await?,
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        let request: Request = serde_json::from_str(&text).map_err(|_error| End)?;
                        self.handle(request).await?;
                    }
                    Some(Ok(Message::Binary(bytes))) => {
                        let request: Request = rmp_serde::from_slice(&bytes).map_err(|_error| End)?;
                        self.handle(request).await?;
                    }
                    Some(Ok(Message::Pong(_))) => last_pong = Instant::now(),
                    Some(Ok(Message::Ping(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End),
                },
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(WRITE_DEADLINE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End),
        }
    }

    async fn handle(&mut self, mut request: Request) -> Result<(), End> {
        let challenge = request.action == "authentication_challenge";
        if challenge {
            self.challenge(&request).await?;
            // Plugins are told of every message, not of the user's token.
            request.data.remove("token");
        } else if !request.action.starts_with("custom_") {
            let reply = actions::answer(&self.core, self.session.as_ref(), &request).await;
            if self.session.is_some() {
                self.reply(&request, reply).await?;
            }
        }
        self.tell_plugins(request);
        Ok(())
    }

    /// The first frame of a client whose upgrade carried no session.
    async fn challenge(&mut self, request: &Request) -> Result<(), End> {
        if self.session.is_some() {
            return Ok(());
        }
        let token = request.data.get("token").and_then(|token| token.as_str()).unwrap_or_default();
        let session = self.core.session_by_token(token).await.ok().flatten().ok_or(End)?;
        self.log_in((*session).clone(), None).await;
        // Hello comes before the answer: clients wait for it.
        if let Some(frame) = next_frame(self.connection.as_mut()).await {
            self.send(Message::Text(frame.text().into())).await?;
        }
        self.reply(request, Ok(None)).await
    }

    async fn reply(&mut self, request: &Request, reply: Reply) -> Result<(), End> {
        self.send(Message::Text(actions::frame(request.seq, reply).into())).await
    }

    fn tell_plugins(&self, request: Request) {
        let session_id = self.session.as_ref().map(|session| session.id.clone()).unwrap_or_default();
        let (id, user_id) = (self.id.clone(), self.user_id().to_owned());
        let (address, forwarded) = (self.context.ip_address.clone(), self.forwarded.clone());
        self.core.runtime.observe::<WebSocketMessageHasBeenPosted>(&self.cx(), |_| {
            (id, user_id, std::sync::Arc::new(request.for_plugins(&address, &forwarded, session_id)))
        });
    }
}

/// The next event; for ever where nobody has logged in.
async fn next_frame(connection: Option<&mut Connection>) -> Option<Frame> {
    match connection {
        Some(connection) => connection.frames.recv().await,
        None => std::future::pending().await,
    }
}

fn hello(core: &Core, connection_id: &str, user_id: &str) -> Event {
    Event::new("hello")
        .data("server_version", version_id(core))
        .data("connection_id", connection_id)
        .data("server_hostname", host_name())
        .to_user(user_id)
}

/// Name of the machine, as far as it can be read; clients show it to those who look for faults.
fn host_name() -> String {
    let read = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = std::env::var("HOSTNAME").ok().or_else(read).unwrap_or_default();
    name.trim().to_owned()
}
