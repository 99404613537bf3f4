//! The client against the mock platform.

use std::io::{Read as _, Write as _};

use serde_json::json;

use super::*;
use crate::{
    Error,
    testing::{Answer, Platform},
};

const URL: &str = "https://api.example.org/v1/x";

#[test]
fn a_request_is_what_its_builder_says() {
    let platform = Platform::new();
    platform.on_request(|_| Ok(Answer::new(204)));
    let request = Request::post(URL).bearer("key").query("a b", "ä&c").query("d", "e").json(&json!({"n": 1}));
    request.timeout(std::time::Duration::from_secs(2)).redirects(0).send().unwrap();
    let [request] = platform.requests().try_into().unwrap();
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", &*format!("{URL}?a%20b=%C3%A4%26c&d=e")));
    assert_eq!(request.header("authorization"), Some("Bearer key"));
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    assert_eq!((request.json(), request.timeout, request.redirects), (json!({"n": 1}), Some(2_000), 0));
    assert_eq!(platform.called(), ["http-client.send"]);
}

#[test]
fn a_form_is_encoded() {
    let platform = Platform::new();
    platform.on_request(|_| Ok(Answer::new(200)));
    Request::post(URL).form([("grant_type", "x y"), ("code", "a=b")]).send().unwrap();
    assert_eq!(platform.requests()[0].body, b"grant_type=x%20y&code=a%3Db");
}

#[test]
fn a_response_is_read_piece_by_piece() {
    let platform = Platform::new();
    platform.on_request(|_| Ok(Answer::new(200).header("X-Y", "z").piece("one").piece("two")));
    let mut response = Request::get(URL).send().unwrap();
    assert_eq!((response.status(), response.header("x-y"), response.url()), (200, Some("z"), URL));
    let pieces: Vec<_> = response.pieces().map(Result::unwrap).collect();
    assert_eq!(pieces, [b"one", b"two"]);
    let mut text = String::new();
    Request::get(URL).send().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "onetwo");
    assert_eq!(Request::get(URL).send().unwrap().piece(2).unwrap(), Some(b"on".to_vec()));
}

#[test]
fn a_response_that_breaks_off_is_an_error_and_then_no_more() {
    let platform = Platform::new();
    platform.on_request(|_| Ok(Answer::new(200).piece("one").then(RequestError::Interrupted("gone".into()))));
    let mut response = Request::get(URL).send().unwrap();
    let mut pieces = response.pieces();
    assert_eq!(pieces.next().unwrap().unwrap(), b"one");
    assert_eq!(pieces.next().unwrap().unwrap_err().status(), 502);
    assert!(pieces.next().is_none());
    let error = Request::get(URL).send().unwrap().read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionAborted);
}

#[test]
fn an_upload_is_one_request_in_pieces() {
    let platform = Platform::new();
    platform.on_request(|request| Ok(Answer::json(&request.pieces.len())));
    let mut upload = Request::put(URL).body("a").open().unwrap();
    upload.write_all(b"b").unwrap();
    assert_eq!(upload.finish().unwrap().json::<usize>().unwrap(), 2);
    drop(Request::put(URL).open().unwrap());
    let [request] = platform.requests().try_into().unwrap();
    assert_eq!(request.body, b"ab");
}

#[test]
fn a_status_that_is_no_success_is_an_error_when_asked() {
    let platform = Platform::new();
    platform.on_request(|_| Ok(Answer::new(401).piece("no such key")));
    let response = Request::get(format!("{URL}?key=secret")).send().unwrap();
    assert_eq!(response.status(), 401);
    let error = response.ok().unwrap_err();
    assert_eq!(error.to_string(), format!("GET {URL} answered 401: no such key"));
    assert_eq!(error.status(), 502);
}

#[test]
fn a_request_that_is_refused_can_be_told_apart() {
    let platform = Platform::new();
    platform.on_request(|_| Err(RequestError::Denied("host `x` was not granted".into())));
    let error = Request::get(URL).send().unwrap_err();
    assert!(error.is_permission_denied() && matches!(error, Error::Http(_)));
    platform.on_request(|_| Err(RequestError::Overloaded("16 at once".into())));
    let error = Request::get(URL).send().unwrap_err();
    assert_eq!((error.status(), error.is_permission_denied()), (429, false));
}

#[test]
#[should_panic(expected = "platform.on_request(|request| …)")]
fn what_is_not_programmed_panics_and_says_how_to_program_it() {
    let _platform = Platform::new();
    let _ = Request::get(URL).send();
}
