//! A provider of language models that does what a test says: Chat Completions over real HTTP, with all
//! that can go wrong. Others that speak the format by themselves are in `tests/llm`.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The path.
    pub path: String,
    /// `Authorization`; empty where it is not there.
    pub authorization: String,
    /// The body.
    pub body: Value,
}

impl Question {
    /// Text of a turn.
    #[must_use]
    pub fn turn(&self, index: usize) -> &str {
        self.body.pointer(&format!("/messages/{index}/content")).and_then(Value::as_str).unwrap_or_default()
    }
}

/// What is answered: a head, and a body in pieces.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Send(String),
    Wait(Duration),
    /// The connection ends here.
    Cut,
}

impl Answer {
    /// JSON at once.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json").send(body.to_string())
    }

    /// A chat completion at once.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let message = json!({"role": "assistant", "content": text});
        Self::json(
            200,
            &json!({
                "id": "chatcmpl-1", "object": "chat.completion", "model": "m",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
            }),
        )
    }

    /// A stream of these words, which goes on until [`done`](Self::done).
    #[must_use]
    pub fn stream(words: &[&str]) -> Self {
        let head = Self::new(200, "text/event-stream");
        words.iter().fold(head, |answer, word| {
            let chunk = json!({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": null}]});
            answer.send(format!("data: {chunk}\n\n"))
        })
    }

    /// An empty answer.
    #[must_use]
    pub fn new(status: u16, kind: &str) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), kind.to_owned())], steps: Vec::new() }
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with more of its body.
    #[must_use]
    pub fn send(mut self, text: impl Into<String>) -> Self {
        self.steps.push(Step::Send(text.into()));
        self
    }

    /// The same with a silence.
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.steps.push(Step::Wait(time));
        self
    }

    /// The same, ending in the middle.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.steps.push(Step::Cut);
        self
    }

    /// The end of a stream, with what it cost.
    #[must_use]
    pub fn done(self) -> Self {
        let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
        let usage = json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}});
        self.send(format!("data: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n"))
    }
}

/// A provider on a port of its own.
#[derive(Clone, Debug)]
pub struct Provider {
    port: u16,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Provider {
    /// Starts one. It answers until the test's process ends.
    #[must_use]
    pub fn start(answer: impl Fn(&Question) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let provider = Self { port, questions: Arc::default() };
        let (answer, questions) = (Arc::new(answer), Arc::clone(&provider.questions));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, questions) = (Arc::clone(&answer), Arc::clone(&questions));
                // A client that goes away in the middle has its reasons.
                thread::spawn(move || drop(talk(stream, &*answer, &questions)));
            }
        });
        provider
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far, in order.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn talk(
    mut stream: TcpStream,
    answer: &dyn Fn(&Question) -> Answer,
    questions: &Mutex<Vec<Question>>,
) -> std::io::Result<()> {
    let Some(question) = read(&mut BufReader::new(stream.try_clone()?))? else { return Ok(()) };
    let answer = answer(&question);
    questions.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    write!(stream, "HTTP/1.1 {} Scripted\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n", answer.status)?;
    for (name, value) in &answer.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    for step in answer.steps {
        match step {
            Step::Send(text) => write!(stream, "{:x}\r\n{text}\r\n", text.len())?,
            Step::Wait(time) => thread::sleep(time),
            Step::Cut => return Ok(()),
        }
        stream.flush()?;
    }
    stream.write_all(b"0\r\n\r\n")
}

fn read(lines: &mut BufReader<TcpStream>) -> std::io::Result<Option<Question>> {
    let mut first = String::new();
    if lines.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut question = Question { path: first.split(' ').nth(1).unwrap_or_default().to_owned(), ..Question::default() };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => value.trim().clone_into(&mut question.authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    question.body = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Some(question))
}
