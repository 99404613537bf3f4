//! Asks hosts outside by `wasi:http`, as a component does that was not written for this server.
//! The request's body is `METHOD URL` and, behind a line break, what to send; an optional
//! `Name: value` on the second line is a header. The answer is the status and the body, or
//! `error: ` and the standard's name for what went wrong.

use wasmoat::prelude::*;

mod standard {
    #![allow(
        missing_docs,
        unsafe_code,
        unused,
        unused_qualifications,
        clippy::all,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::needless_pass_by_value,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        clippy::semicolon_if_nothing_returned,
        clippy::str_to_string,
        clippy::allow_attributes_without_reason,
        reason = "wit-bindgen's: the ABI is pointers and lengths"
    )]
    wit_bindgen::generate!({ path: "wit", world: "fetch", generate_all });
}

use standard::wasi::{
    http::{
        outgoing_handler,
        types::{ErrorCode, Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme},
    },
    io::streams::StreamError,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct WasiFetcher;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for WasiFetcher {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let (status, body) = match fetch(&String::from_utf8_lossy(&request.body)) {
            Ok((status, body)) => (status, body),
            Err(error) => (502, format!("error: {error}").into_bytes()),
        };
        HttpResponse { status, headers: Vec::new(), body }
    }
}

fn fetch(wanted: &str) -> Result<(u16, Vec<u8>), String> {
    let mut lines = wanted.splitn(3, '\n');
    let (method, url) = lines.next().and_then(|line| line.split_once(' ')).ok_or("no request")?;
    let (scheme, rest) = url.split_once("://").ok_or("no scheme")?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let headers = Fields::new();
    if let Some((name, value)) = lines.next().and_then(|line| line.split_once(": ")) {
        headers.append(name, value.as_bytes()).map_err(|error| format!("{error:?}"))?;
    }
    let request = OutgoingRequest::new(headers);
    let unusable = |()| "unusable".to_owned();
    request.set_method(&Method::Other(method.to_owned())).map_err(unusable)?;
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    request.set_scheme(Some(&scheme)).map_err(unusable)?;
    request.set_authority(Some(authority)).map_err(unusable)?;
    request.set_path_with_query(Some(path)).map_err(unusable)?;
    let body = request.body().map_err(unusable)?;
    let answer = outgoing_handler::handle(request, None).map_err(|error| code(&error))?;
    send(body, lines.next().unwrap_or_default().as_bytes())?;
    answer.subscribe().block();
    let answered = answer.get().ok_or("not ready")?.map_err(|()| "taken")?;
    let response = answered.map_err(|error| code(&error))?;
    let status = response.status();
    Ok((status, read(&response.consume().map_err(unusable)?)?))
}

fn send(body: OutgoingBody, bytes: &[u8]) -> Result<(), String> {
    {
        let stream = body.write().map_err(|()| "no stream")?;
        for piece in bytes.chunks(4096) {
            // The host may have stopped listening, and the answer says why.
            if stream.blocking_write_and_flush(piece).is_err() {
                break;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
    Ok(())
}

fn read(body: &IncomingBody) -> Result<Vec<u8>, String> {
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(StreamError::Closed) => return Ok(all),
            Err(StreamError::LastOperationFailed(error)) => {
                let known = standard::wasi::http::types::http_error_code(&error);
                return Err(known.map_or_else(|| error.to_debug_string(), |error| code(&error)));
            }
        }
    }
}

fn code(error: &ErrorCode) -> String {
    let text = format!("{error:?}");
    text.trim_start_matches("ErrorCode::").to_owned()
}
