//! What a test asks of the recorder itself.

use serde_json::{Value, json};
use wasmoat::{
    Result, dynamic,
    http::{Request, Response, Router},
    types::{HttpRequest, HttpResponse},
};

use crate::{
    program::{self, Program},
    record,
};

/// Answers a request of the test.
///
/// - `GET /-/calls`, with `?hook=`: what was recorded, in order; `DELETE` forgets it.
/// - `PUT /-/programs/{hook}`: what the hook does from now on; `DELETE /-/programs` ends all programs.
/// - `POST /-/api/{function}`: calls the Plugin API. 422 where it refuses.
pub fn serve(request: &HttpRequest) -> Option<HttpResponse> {
    if !request.url.starts_with("/-/") {
        return None;
    }
    let router = Router::new()
        .get("/-/calls", |request| Ok(json(record::list(request.query("hook").as_deref())?)))
        .delete("/-/calls", |_| record::forget().map(|()| Response::new(204)))
        .put("/-/programs/{hook}", programmed)
        .delete("/-/programs", |_| program::forget().map(|()| Response::new(204)))
        .post("/-/api/{function}", called);
    Some(router.serve(request))
}

fn programmed(request: &Request<'_>) -> Result<Response> {
    let program: Program = request.json()?;
    program::set(request.param("hook"), &program)?;
    Ok(Response::new(204))
}

fn called(request: &Request<'_>) -> Result<Response> {
    let arguments: Value = request.json()?;
    Ok(match dynamic::call(request.param("function"), arguments) {
        Ok(answer) => json(answer.to_string().into_bytes()),
        Err(error) => json(json!(program::refusal(&error)).to_string().into_bytes()).status(422),
    })
}

fn json(body: Vec<u8>) -> Response {
    Response::new(200).header("Content-Type", "application/json").body(body)
}
