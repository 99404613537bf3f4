//! The SQL of stored commands.

use sqlx::AnyConnection;
use wasmoat_model::Command;

use crate::store::{Queries as _, StoreError, args, record};

record!(
    Command,
    "commands",
    key[id],
    [
        token,
        create_at,
        update_at,
        delete_at,
        creator_id,
        team_id,
        trigger,
        method,
        username,
        icon_url,
        auto_complete,
        auto_complete_desc,
        auto_complete_hint,
        display_name,
        description,
        url,
        plugin_id,
        autocomplete_data,
        autocomplete_icon_data,
    ]
);

pub(super) async fn one(store: &mut AnyConnection, id: &str) -> Result<Option<Command>, StoreError> {
    store.one("WHERE id = $1 AND delete_at = 0", args![id]).await
}

pub(super) async fn of_team(store: &mut AnyConnection, team_id: &str) -> Result<Vec<Command>, StoreError> {
    store.all("WHERE team_id = $1 AND delete_at = 0 ORDER BY create_at, id", args![team_id]).await
}

pub(super) async fn by_trigger(
    store: &mut AnyConnection,
    team_id: &str,
    trigger: &str,
) -> Result<Option<Command>, StoreError> {
    store.one("WHERE team_id = $1 AND trigger = $2 AND delete_at = 0 ORDER BY create_at", args![team_id, trigger]).await
}
