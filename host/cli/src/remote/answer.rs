//! What a server's refusal means for the person at the terminal.

use std::error::Error;

use reqwest::Response;
use wasmoat_model::AppError;

use crate::failure::Failure;
use crate::terminal::plain_line;

/// The longest answer to an error that is read.
const LONGEST: usize = 64 * 1024;

/// No answer came.
pub fn unreachable(server: &str, error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::new(format!("the server at {server} did not answer in time"))
            .detail(causes(error))
            .hint("try again, or look at the server's log");
    }
    Failure::new(format!("cannot reach the server at {server}"))
        .detail(causes(error))
        .hint("start it with `wasmoat serve`, or name another with --server or WASMOAT_SERVER")
}

/// An answer came that is not what Mattermost's API answers.
pub fn unreadable(server: &str, error: &reqwest::Error) -> Failure {
    Failure::new(format!("the server at {server} gave an answer that makes no sense here"))
        .detail(causes(error))
        .hint("check that --server names a Wasmoat server, and that it is not older than this program")
}

/// The server said no.
pub async fn refused(server: &str, mut response: Response) -> Failure {
    let status = response.status();
    let mut body = Vec::new();
    while body.len() < LONGEST
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    let error = serde_json::from_slice::<AppError>(&body)
        .ok()
        .filter(|error| !error.id.is_empty() || !error.message.is_empty());
    let Some(error) = error else {
        return Failure::new(format!("the server at {server} answered {status}"))
            .hint("check that --server names a Wasmoat server; something before it may have answered");
    };
    let mut detail = vec![plain_line(&error.id)];
    if !error.request_id.is_empty() {
        detail.push(format!("request {}", plain_line(&error.request_id)));
    }
    if !error.detailed_error.is_empty() {
        detail.push(plain_line(&error.detailed_error));
    }
    let failure = Failure::new(plain_line(&error.message)).detail(detail.join(" · "));
    match next_step(&error.id, status.as_u16(), server) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What to do about an error: by its id, otherwise by its status.
fn next_step(id: &str, status: u16, server: &str) -> Option<String> {
    let text = match (id, status) {
        (id, 401) if id.starts_with("api.user.login.") => {
            "check the name and the password; an account is made with `wasmoat signup`".to_owned()
        }
        (_, 401) => format!("log in with `wasmoat login --server {server}`, or pass a token with --token"),
        ("app.plugin.not_approved.app_error", _) => {
            "look with `wasmoat plugin permissions`, decide with `wasmoat plugin approve` or `deny`".to_owned()
        }
        ("app.plugin.decision_outdated.app_error", _) => "look again with `wasmoat plugin permissions`".to_owned(),
        (_, 403) => "log in as a system administrator; the first account of a server is one".to_owned(),
        ("app.plugin.install_id.app_error", _) => "replace the installed plugin with --force".to_owned(),
        ("app.plugin.upload_disabled.app_error", _) => {
            "set PluginSettings.EnableUploads in the server's configuration, or start it with --dev".to_owned()
        }
        ("app.plugin.disabled.app_error", _) => {
            "set PluginSettings.Enable in the server's configuration, or start it with --dev".to_owned()
        }
        ("app.plugin.not_installed.app_error", _) => "`wasmoat plugin list` shows what is installed".to_owned(),
        ("api.context.404.app_error", _) => {
            "the server does not know this call; check that --server names a Wasmoat server of this version".to_owned()
        }
        (_, 413) => "the server's limit is FileSettings.MaxFileSize".to_owned(),
        (_, 500..) => "the server's log says more; look for the request's id".to_owned(),
        _ => return None,
    };
    Some(text)
}

/// An error's innermost cause, which says more than "error sending request".
fn causes(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    plain_line(&last.to_string())
}
