//! The SQL of team memberships. `roles` is not kept: it follows from the explicit roles and the
//! flags.

use sqlx::AnyConnection;
use wasmoat_model::TeamMember;

use crate::store::{Queries as _, StoreError, args, record};

record!(TeamMember, "team_members", key [team_id, user_id], [
    explicit_roles, delete_at, scheme_guest, scheme_user, scheme_admin, create_at,
]);

/// A page of a team's members.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemberPage {
    /// By username instead of by id.
    pub by_username: bool,
    /// Only members whose account is active.
    pub exclude_deleted_users: bool,
    /// How many to pass over.
    pub offset: i64,
    /// How many at most.
    pub limit: i64,
}

fn with_roles(members: Vec<TeamMember>) -> Vec<TeamMember> {
    members.into_iter().map(TeamMember::with_roles).collect()
}

pub(super) async fn get(
    store: &mut AnyConnection,
    team_id: &str,
    user_id: &str,
) -> Result<Option<TeamMember>, StoreError> {
    let rest = "WHERE team_members.team_id = $1 AND team_members.user_id = $2";
    Ok(store.one(rest, args![team_id, user_id]).await?.map(TeamMember::with_roles))
}

pub(super) async fn of_team(
    store: &mut AnyConnection,
    team_id: &str,
    page: MemberPage,
) -> Result<Vec<TeamMember>, StoreError> {
    let active = if page.exclude_deleted_users { "AND users.delete_at = 0" } else { "" };
    let order = if page.by_username { "users.username" } else { "team_members.user_id" };
    let rest = format!(
        "JOIN users ON users.id = team_members.user_id
         WHERE team_members.team_id = $1 AND team_members.delete_at = 0 {active} ORDER BY {order} LIMIT $2 OFFSET $3"
    );
    Ok(with_roles(store.all(&rest, args![team_id, page.limit.max(0), page.offset.max(0)]).await?))
}

pub(super) async fn of_user(
    store: &mut AnyConnection,
    user_id: &str,
    include_deleted: bool,
) -> Result<Vec<TeamMember>, StoreError> {
    let live = if include_deleted { "" } else { "AND team_members.delete_at = 0" };
    let rest = format!("WHERE team_members.user_id = $1 {live} ORDER BY team_members.team_id");
    Ok(with_roles(store.all(&rest, args![user_id]).await?))
}
