//! A mail server and a web service that take everything and keep it for the test.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use serde_json::Value;

/// How long a test waits for what it expects.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it waits to be sure that nothing comes.
const SILENCE: Duration = Duration::from_millis(1_500);

/// A listener on a port of its own; what it has got comes out of a queue.
#[derive(Debug)]
pub struct Sink<T> {
    port: u16,
    got: Receiver<T>,
}

impl<T: Send + 'static> Sink<T> {
    fn start(talk: impl Fn(TcpStream, &Sender<T>) -> std::io::Result<()> + Send + Sync + Clone + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, got) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (talk, sender) = (talk.clone(), sender.clone());
                // A client that goes away in the middle has its reasons.
                thread::spawn(move || drop(talk(stream, &sender)));
            }
        });
        Self { port, got }
    }

    /// Its port on this machine.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What it gets next. Blocks this thread only.
    pub fn next(&self) -> T {
        tokio::task::block_in_place(|| self.got.recv_timeout(PATIENCE)).expect("nothing came")
    }

    /// The next one that is the one meant.
    pub fn next_where(&self, is_meant: impl Fn(&T) -> bool) -> T {
        loop {
            let next = self.next();
            if is_meant(&next) {
                return next;
            }
        }
    }

    /// Nothing comes for a while.
    pub fn stays_empty(&self) {
        let waited = tokio::task::block_in_place(|| self.got.recv_timeout(SILENCE));
        assert!(matches!(waited, Err(RecvTimeoutError::Timeout)), "something came");
    }
}

/// A mail that has arrived.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`.
    pub to: Vec<String>,
    /// Headers and body, as they came.
    pub data: String,
}

/// A mail server.
#[must_use]
pub fn mail_server() -> Sink<Letter> {
    Sink::start(smtp)
}

fn smtp(mut stream: TcpStream, got: &Sender<Letter>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut letter = Letter::default();
    stream.write_all(b"220 sink ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let address = |line: &str| line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let verb = line.split([' ', ':', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "HELO" | "NOOP" => "250 sink",
            "MAIL" => {
                letter = Letter { from: address(&line), ..Letter::default() };
                "250 ok"
            }
            "RCPT" => {
                letter.to.push(address(&line));
                "250 ok"
            }
            "RSET" => {
                letter = Letter::default();
                "250 ok"
            }
            "DATA" => {
                stream.write_all(b"354 end with a dot\r\n")?;
                letter.data = text(&mut lines)?;
                // The test may be over.
                let _ = got.send(std::mem::take(&mut letter));
                "250 taken"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => "502 unknown",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes())?;
    }
}

fn text(lines: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

/// A request that a service has got.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// Its JSON; null where it is none.
    pub body: Value,
}

/// A web service that answers everything with this JSON.
#[must_use]
pub fn service(answer: &Value) -> Sink<Asked> {
    let answer = answer.to_string();
    Sink::start(move |stream, got| http(stream, got, &answer))
}

fn http(mut stream: TcpStream, got: &Sender<Asked>, answer: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        if lines.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 || line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body)?;
        let line = first.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        // The test may be over.
        let _ = got.send(Asked { line, body: serde_json::from_slice(&body).unwrap_or_default() });
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
        stream.write_all(head.as_bytes())?;
    }
}
