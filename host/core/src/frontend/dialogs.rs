//! What becomes of a dialog: its answer, and the choices that are looked up while it is filled in,
//! go to the integration that opened it.

use serde::{Serialize, de::DeserializeOwned};
use wasmoat_model::{
    AppError, HttpRequest, LookupDialogResponse, SubmitDialogRequest, SubmitDialogResponse, is_valid_id,
};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    commands::read_answer,
    plugins::{header, plugin_target},
};

/// Largest answer that is read.
const ANSWER_BYTES: usize = 1 << 20;

/// Most choices that a lookup gives; a client cannot show more.
const CHOICES: usize = 1_000;

fn failed(message: impl Into<String>) -> AppError {
    AppError::new("SubmitInteractiveDialog", "api.post.do_action.action_integration.app_error", 400, message)
}

fn unreadable(reason: impl std::fmt::Display) -> AppError {
    let id = "app.submit_interactive_dialog.json_error";
    AppError::new("SubmitInteractiveDialog", id, 400, "The integration's answer is not what a dialog is answered.")
        .detail(reason)
}

impl Core {
    /// Mattermost's `SubmitInteractiveDialog`: hands a dialog's answer to its integration, in the
    /// name of the user of the context.
    ///
    /// # Errors
    ///
    /// 400 where the integration cannot be reached, fails or answers something else.
    pub async fn submit_interactive_dialog(
        &self,
        cx: &CallContext,
        mut request: SubmitDialogRequest,
    ) -> Result<SubmitDialogResponse, AppError> {
        let url = std::mem::take(&mut request.url);
        cx.user_id().clone_into(&mut request.user_id);
        if request.r#type != "refresh" {
            "dialog_submission".clone_into(&mut request.r#type);
        }
        let answer: SubmitDialogResponse = self.ask_integration(cx, &url, &request).await?;
        answer.is_valid().map_err(unreadable)?;
        Ok(answer)
    }

    /// Mattermost's `LookupInteractiveDialog`: the choices of a `dynamic` select.
    ///
    /// # Errors
    ///
    /// As [`Core::submit_interactive_dialog`].
    pub async fn lookup_interactive_dialog(
        &self,
        cx: &CallContext,
        mut request: SubmitDialogRequest,
    ) -> Result<LookupDialogResponse, AppError> {
        let url = std::mem::take(&mut request.url);
        cx.user_id().clone_into(&mut request.user_id);
        "dialog_lookup".clone_into(&mut request.r#type);
        let mut answer: LookupDialogResponse = self.ask_integration(cx, &url, &request).await?;
        answer.items.truncate(CHOICES);
        Ok(answer)
    }

    /// Sends JSON to an integration, inside the server or outside; an empty answer is the default.
    async fn ask_integration<T: DeserializeOwned + Default>(
        &self,
        cx: &CallContext,
        url: &str,
        request: &(impl Serialize + Sync),
    ) -> Result<T, AppError> {
        let body = serde_json::to_vec(request).map_err(unreadable)?;
        let body = match plugin_target(url) {
            Some((plugin, rest)) => self.ask_plugin(cx, plugin, rest, url, body).await?,
            None => self.ask_web_address(url, body).await?,
        };
        if body.trim_ascii().is_empty() {
            return Ok(T::default());
        }
        serde_json::from_slice(&body).map_err(unreadable)
    }

    async fn ask_plugin(
        &self,
        cx: &CallContext,
        plugin: &str,
        rest: &str,
        url: &str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, AppError> {
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: rest.to_owned(),
            headers: vec![header("Content-Type", "application/json"), header("Accept", "application/json")],
            body,
            request_uri: url.to_owned(),
            ..HttpRequest::default()
        };
        let response = self
            .request_plugin(cx, plugin, request)
            .await
            .map_err(|error| failed(format!("Plugin `{plugin}` did not answer.")).detail(error))?;
        if response.status != 200 {
            return Err(failed(format!("The integration answered with status {}.", response.status)));
        }
        if response.body.len() > ANSWER_BYTES {
            return Err(failed(format!("The integration's answer is longer than {ANSWER_BYTES} bytes.")));
        }
        Ok(response.body)
    }

    async fn ask_web_address(&self, url: &str, body: Vec<u8>) -> Result<Vec<u8>, AppError> {
        let no_answer = |reason: String| failed("The integration did not answer.").detail(reason);
        let url = reqwest::Url::parse(url).map_err(|error| no_answer(error.to_string()))?;
        let client = self.outgoing_client(&url).await.map_err(no_answer)?;
        let request = client.post(url).header("Content-Type", "application/json").header("Accept", "application/json");
        let answer = request.body(body).send().await.map_err(|error| no_answer(error.without_url().to_string()))?;
        let status = answer.status();
        if status != 200 {
            return Err(failed(format!("The integration answered with status {status}.")));
        }
        Ok(read_answer(answer).await.map_err(no_answer)?.into_bytes())
    }

    /// 400 where what a client sends names no receiver or no channel.
    ///
    /// # Errors
    ///
    /// `api.context.invalid_body_param.app_error`.
    pub fn check_dialog_request(&self, request: &SubmitDialogRequest) -> Result<(), AppError> {
        let field = if request.url.is_empty() {
            "url"
        } else if !is_valid_id(&request.channel_id) {
            "channel_id"
        } else if !request.team_id.is_empty() && !is_valid_id(&request.team_id) {
            "team_id"
        } else {
            return Ok(());
        };
        let message = format!("Invalid or missing {field} in request body.");
        Err(AppError::new("SubmitInteractiveDialog", "api.context.invalid_body_param.app_error", 400, message))
    }
}
