//! The Plugin API as Rust traits, generated from `wit/`: what a platform implements.
//!
//! One module per WIT interface, each with a `Host` trait. The types of `types` and of every
//! `…-types` interface are those of `wasmoat-model`: each such interface has its line in `with`.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unused_qualifications,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::str_to_string,
    clippy::allow_attributes_without_reason,
    reason = "generated; the documentation is in wit/"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "platform",
    imports: {
        // A handle that is not in the table is the host's own error.
        "wasmoat:plugin/http-client": async | trappable,
        default: async,
    },
    with: {
        "wasmoat:plugin/bridge.answer-stream": crate::bridge::AnswerStream,
        "wasmoat:plugin/bridge.request-stream": crate::bridge::RequestStream,
        "wasmoat:plugin/types": wasmoat_model::types,
        "wasmoat:plugin/account-types": wasmoat_model::types,
        "wasmoat:plugin/bot-types": wasmoat_model::types,
        "wasmoat:plugin/channel-types": wasmoat_model::types,
        "wasmoat:plugin/command-types": wasmoat_model::types,
        "wasmoat:plugin/team-types": wasmoat_model::types,
        "wasmoat:plugin/websocket-types": wasmoat_model::types,
        "wasmoat:plugin/oauth-types": wasmoat_model::types,
        "wasmoat:plugin/job-types": wasmoat_model::types,
        "wasmoat:plugin/shared-channel-types": wasmoat_model::types,
        "wasmoat:plugin/status-types": wasmoat_model::types,
        "wasmoat:plugin/access-control-types": wasmoat_model::types,
        "wasmoat:plugin/property-types": wasmoat_model::types,
        "wasmoat:plugin/group-types": wasmoat_model::types,
        "wasmoat:plugin/sidebar-types": wasmoat_model::types,
        "wasmoat:plugin/draft-types": wasmoat_model::types,
        "wasmoat:plugin/search-types": wasmoat_model::types,
        "wasmoat:plugin/audit-types": wasmoat_model::types,
        "wasmoat:plugin/cluster-types": wasmoat_model::types,
        "wasmoat:plugin/frontend-types": wasmoat_model::types,
        "wasmoat:plugin/notify-types": wasmoat_model::types,
        "wasmoat:plugin/plugins-types": wasmoat_model::types,
        "wasmoat:plugin/server-types": wasmoat_model::types,
        "wasmoat:plugin/emoji-types": wasmoat_model::types,
        "wasmoat:plugin/file-types": wasmoat_model::types,
        "wasmoat:plugin/http-client.response": crate::guest::Response,
        "wasmoat:plugin/http-client.request-body": crate::guest::RequestBody,
    },
});

pub use wasmoat::plugin::*;
