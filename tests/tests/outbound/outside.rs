//! Servers that stand for the Internet.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A server on this machine. It ends with the value.
pub struct Outside {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    open: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Outside {
    /// A real server: `/echo` tells the request, `/to?URL` redirects there.
    pub async fn new() -> Self {
        Self::serving(router()).await
    }

    pub async fn serving(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let listener = axum::serve::ListenerExt::tap_io(listener, move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, connections, open: watch::channel(0).1, task }
    }

    /// A server that does to each connection what it wants to.
    pub async fn raw<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream) -> F + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let (now_open, open) = watch::channel(0);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let (serve, now_open) = (serve.clone(), now_open.clone());
                now_open.send_modify(|open| *open += 1);
                tokio::spawn(async move {
                    serve(stream).await;
                    now_open.send_modify(|open| *open -= 1);
                });
            }
        });
        Self { address, connections, open, task }
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until so many connections of a raw server are open.
    pub async fn until_open(&self, count: usize) {
        let mut open = self.open.clone();
        let waited = tokio::time::timeout(super::world::PATIENCE, open.wait_for(|open| *open == count)).await;
        waited.unwrap_or_else(|_| panic!("there are not {count} open connections")).unwrap();
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:port` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The rule by which it may be reached.
    pub fn rule(&self) -> String {
        format!("http://{}", self.address)
    }
}

pub fn router() -> Router {
    Router::new()
        .route("/echo", any(echo))
        .route("/to", any(|request: Request| redirect(request, StatusCode::FOUND)))
        .route("/keeping", any(|request: Request| redirect(request, StatusCode::TEMPORARY_REDIRECT)))
}

async fn redirect(request: Request, status: StatusCode) -> Response {
    let to = request.uri().query().unwrap_or_default().to_owned();
    (status, [(header::LOCATION, to)]).into_response()
}

/// The request as lines: its first line, its headers in order, and its body behind an empty one.
async fn echo(request: Request) -> String {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    format!("{} {}\n{}\n{}", parts.method, parts.uri, lines(&parts.headers), String::from_utf8_lossy(&body))
}

fn lines(headers: &HeaderMap) -> String {
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
    lines.sort();
    lines.concat()
}

/// Reads the head of a request, and no more than that if the client is patient.
pub async fn read_head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Answers one request with these very bytes, and waits until the client goes.
pub async fn answer(mut stream: TcpStream, bytes: &[u8]) {
    read_head(&mut stream).await;
    let _ = stream.write_all(bytes).await;
    gone(stream).await;
}

/// Waits until the client closes the connection.
pub async fn gone(mut stream: TcpStream) {
    let mut rest = [0; 4096];
    while !matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {}
}
