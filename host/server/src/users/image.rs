//! Pictures: an initial on a colour that is always the same for an account.

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};

use super::user_id;
use crate::{Auth, Error};

/// Mattermost's palette for pictures.
const COLOURS: [&str; 12] = [
    "#1e88e5", "#43a047", "#e53935", "#8e24aa", "#fb8c00", "#00897b", "#3949ab", "#d81b60", "#5e35b1", "#6d4c41",
    "#546e7a", "#00acc1",
];

pub async fn get_profile_image(Auth(rc): Auth, Path(id): Path<String>) -> Result<Response, Error> {
    let id = user_id(&rc, &id)?;
    rc.require_sight(id).await?;
    let user = rc.core.get_user(id).await?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "private, max-age=300")];
    Ok((headers, picture(&user.id, &user.username)).into_response())
}

/// Usernames begin with a letter, a digit or one of `.-_`: nothing to escape.
fn picture(user_id: &str, username: &str) -> String {
    let letter = username.chars().find(char::is_ascii_alphanumeric).unwrap_or('?').to_ascii_uppercase();
    let sum: usize = user_id.bytes().map(usize::from).sum();
    let colour = COLOURS.get(sum % COLOURS.len()).copied().unwrap_or("#546e7a");
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128"><rect width="128" height="128" fill="{colour}"/><text x="64" y="64" dy=".36em" text-anchor="middle" font-family="sans-serif" font-size="64" fill="#ffffff">{letter}</text></svg>"##
    )
}
