//! What the echo does at which endpoint; the same for both of its forms.

use serde::Deserialize;
use wasmoat::{Error, Result, kv, response_stream, sandbox, types::PluginContext};

/// What a stream is made of.
#[derive(Deserialize)]
struct Pieces {
    count: usize,
    bytes: usize,
    /// How it ends.
    #[serde(default)]
    end: String,
    #[serde(default)]
    status: u16,
}

/// Answers a call. `seen` is what the form at hand knows of the caller.
pub fn answer(endpoint: &str, context: &PluginContext, request: &[u8], seen: &str) -> Result<Vec<u8>> {
    let path = endpoint.split('?').next().unwrap_or_default();
    match path.split('/').nth(1).unwrap_or_default() {
        "echo" => Ok(request.to_vec()),
        "seen" => Ok(seen.as_bytes().to_vec()),
        "context" => {
            Ok(format!("{}|{}|{}|{}", context.source_plugin_id, context.user_id, context.session_id, context.extra)
                .into_bytes())
        }
        "status" => Err(refusal(path.rsplit('/').next().unwrap_or_default())),
        "trap" => trap(),
        "loop" => endless(),
        "sleep" => {
            sandbox::sleep(600_000);
            Ok(Vec::new())
        }
        "nap" => {
            sandbox::sleep(u64::try_from(number(request)).unwrap_or_default());
            Ok(Vec::new())
        }
        "gate" => kv::kv_get("gate").map(|_| b"through".to_vec()),
        "large" => Ok(vec![b' '; number(request)]),
        "text" => Ok(b"no json".to_vec()),
        "stream" => stream(request),
        "back" => Ok(wasmoat::bridge::call_plugin(&String::from_utf8_lossy(request), "/back", b"", None)?),
        _ => Err(refusal("404")),
    }
}

fn refusal(status: &str) -> Error {
    Error::new(status.parse().unwrap_or(500), "echo.refused", format!("status {status} was wanted"))
}

fn number(request: &[u8]) -> usize {
    String::from_utf8_lossy(request).trim().parse().unwrap_or_default()
}

#[expect(clippy::panic, reason = "what it is there for")]
fn trap() -> ! {
    panic!("told to trap")
}

fn endless() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

/// Sends pieces, waits at the gate before the last one where it is told to, and ends as it is told.
fn stream(request: &[u8]) -> Result<Vec<u8>> {
    let pieces: Pieces = serde_json::from_slice(request).map_err(|error| Error::from(error.to_string()))?;
    response_stream::begin(if pieces.status == 0 { 200 } else { pieces.status }, &[])?;
    for piece in 0..pieces.count {
        if pieces.end == "gate" && piece + 1 == pieces.count {
            kv::kv_get("gate")?;
        }
        let sent = response_stream::write(&vec![b'a'; pieces.bytes]);
        if sent.is_err() {
            // The test finds out that the echo was told.
            kv::kv_set("closed", Some(&number_text(piece)))?;
        }
        sent?;
        kv::kv_set("sent", Some(&number_text(piece + 1)))?;
    }
    match pieces.end.as_str() {
        "error" => Err(refusal("418")),
        "trap" => trap(),
        _ => Ok(b"left aside".to_vec()),
    }
}

fn number_text(number: usize) -> Vec<u8> {
    number.to_string().into_bytes()
}
