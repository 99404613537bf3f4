//! Mattermost's domain types and the rules that hold for them everywhere.
//!
//! One struct per type: it is the JSON on the wire (serde, with Mattermost's field names), the
//! record of the plugin ABI (wasmtime's derives; the shape is `wit/`) and what the store
//! reads and writes. Ids, limits and validation stand beside the type they are about.

mod access_control;
mod app_error;
mod asked;
mod audit;
mod autocomplete;
mod bot;
mod bridge;
mod channel;
mod channel_member;
mod cluster;
mod command;
mod context;
mod custom_status;
mod dialog;
mod dialog_rules;
mod draft;
mod emoji;
mod file_info;
mod group;
mod group_search;
mod group_syncable;
mod http;
mod id;
mod job;
pub mod json;
mod manifest;
mod needs;
mod notification;
mod oauth_app;
mod plugin;
mod post;
mod preference;
mod product_limits;
mod property;
mod property_attrs;
mod property_rules;
mod reaction;
mod retention;
mod role;
mod search;
mod session;
mod shared_channel;
mod sidebar;
mod status;
mod sync_msg;
mod system_emoji;
mod team;
mod team_rules;
mod upload_session;
mod user;
mod user_access_token;
mod user_auth;
mod user_patch;
mod user_rules;
mod websocket;

pub use access_control::*;
pub use app_error::*;
pub use asked::*;
pub use audit::*;
pub use autocomplete::*;
pub use bot::*;
pub use bridge::*;
pub use channel::*;
pub use channel_member::*;
pub use cluster::*;
pub use command::*;
pub use context::*;
pub use custom_status::*;
pub use dialog::*;
pub use draft::*;
pub use emoji::*;
pub use file_info::*;
pub use group::*;
pub use group_search::*;
pub use group_syncable::*;
pub use http::*;
pub use id::*;
pub use job::*;
pub use json::StringMap;
pub use manifest::*;
pub use needs::*;
pub use notification::*;
pub use oauth_app::*;
pub use plugin::*;
pub use post::*;
pub use preference::*;
pub use product_limits::*;
pub use property::*;
pub use property_attrs::*;
pub use property_rules::*;
pub use reaction::*;
pub use retention::*;
pub use role::*;
pub use search::*;
pub use session::*;
pub use shared_channel::*;
pub use sidebar::*;
pub use status::*;
pub use sync_msg::*;
pub use system_emoji::*;
pub use team::*;
pub use team_rules::*;
pub use upload_session::*;
pub use user::*;
pub use user_access_token::*;
pub use user_auth::*;
pub use user_patch::*;
pub use user_rules::*;
pub use websocket::*;

/// What the type interfaces of `wit/` declare (`types` and every `…-types`), for `bindgen!` to map
/// onto.
///
/// They have types and no functions, so there is nothing to link.
pub mod types {
    pub use crate::*;

    /// Any JSON value as text.
    pub type Json = String;
    /// A JSON object as text.
    pub type JsonObject = String;
    /// The contract's names know no rows of capitals.
    pub type OauthApp = OAuthApp;

    /// An interface without functions asks nothing of its host.
    pub trait Host {}
    impl<T: ?Sized> Host for T {}

    /// An interface without functions asks nothing of its host.
    pub trait HostWithStore<T> {}
    impl<T, U: ?Sized> HostWithStore<T> for U {}

    /// Links nothing.
    ///
    /// # Errors
    ///
    /// Never; `bindgen!` wants the signature.
    pub fn add_to_linker<T: 'static, D>(
        _: &mut wasmtime::component::Linker<T>,
        _: fn(&mut T) -> D::Data<'_>,
    ) -> wasmtime::Result<()>
    where
        D: wasmtime::component::HasData,
    {
        Ok(())
    }
}
