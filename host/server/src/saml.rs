//! The door of SAML logins. It is closed: this server reads no response of an identity provider, and
//! says so as a Mattermost without a licence does. What comes behind the door is
//! [`wasmoat_core::Core::login_by_saml`].

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::{Error, Server, middleware};

/// The routes.
pub fn pages() -> Router<Server> {
    Router::new().route("/login/sso/saml", get(login).post(login))
}

async fn login(State(server): State<Server>, request: Request) -> Response {
    if !server.core.config.flag("SamlSettings.Enable") {
        return middleware::not_found(request).await;
    }
    let text = "SAML logins are not available on this server.";
    Error::new("api.user.saml.not_available.app_error", 501, text).into_response()
}
