//! The way in over HTTP: pressed buttons and API clients.

use serde::Deserialize;
use wasmoat::{
    Error, Result,
    http::{Json, Request, Response, Router},
    integrations::{ActionRequest, ActionResponse},
};

use crate::{
    poll::{Poll, Refusal, Vote},
    store,
    view::PollView,
};

#[derive(Deserialize)]
struct VoteRequest {
    option: usize,
}

/// Every route.
pub fn router() -> Router<'static> {
    Router::new()
        .get("/api/v1/polls/{id}", read)
        .post("/api/v1/polls/{id}/vote", vote)
        .post("/api/v1/polls/{id}/vote/{n}", press)
        .post("/api/v1/polls/{id}/end", end)
}

fn read(request: &Request<'_>) -> Result<Response> {
    let user_id = request.user_id()?;
    let poll = store::read(request.param("id"), user_id)?;
    Json(PollView::new(&poll, user_id)).into()
}

fn vote(request: &Request<'_>) -> Result<Response> {
    let user_id = request.user_id()?;
    let VoteRequest { option } = request.json()?;
    let (poll, _) = cast(request.param("id"), user_id, option)?;
    Json(PollView::new(&poll, user_id)).into()
}

/// A pressed button. Its answer is a line that the user alone sees, whatever comes of it.
fn press(request: &Request<'_>) -> Result<Response> {
    let user_id = request.user_id()?;
    let done = request
        .param("n")
        .parse()
        .map_err(|_not_a_number| Refusal::NotFound.into())
        .and_then(|option| cast(request.param("id"), user_id, option).map(|cast| (option, cast)));
    tell(done.map(|(option, (poll, vote))| {
        let answer = poll.answers.get(option).map_or("", String::as_str);
        match vote {
            Vote::Given => format!("You voted for **{answer}**."),
            Vote::TakenBack => format!("You took back your vote for **{answer}**."),
        }
    }))
}

fn end(request: &Request<'_>) -> Result<Response> {
    let user_id = request.user_id()?;
    let ended = finish(request.param("id"), user_id);
    let button = request.json::<ActionRequest>().is_ok_and(|action| action.context.get("button").is_some());
    if button {
        return tell(ended.map(|_| "The poll has ended.".into()));
    }
    Json(PollView::new(&ended?, user_id)).into()
}

fn cast(id: &str, user_id: &str, option: usize) -> Result<(Poll, Vote)> {
    store::read(id, user_id)?;
    let (poll, vote) = store::change(id, |poll| poll.vote(user_id, option))?;
    store::show(&poll);
    Ok((poll, vote))
}

fn finish(id: &str, user_id: &str) -> Result<Poll> {
    store::read(id, user_id)?;
    let (poll, ()) = store::change(id, |poll| poll.end(user_id))?;
    store::show(&poll);
    Ok(poll)
}

/// Answers a button: a refusal is a text for the user, a failure stays a failure.
fn tell(done: Result<String>) -> Result<Response> {
    match done {
        Ok(text) => Json(ActionResponse::ephemeral(text)).into(),
        Err(error @ Error::Api(_)) if error.status() < 500 => Json(ActionResponse::ephemeral(error.to_string())).into(),
        Err(error) => Err(error),
    }
}
