//! `wit/permissions.wit`. None of its functions can fail: they say no.

use serde_json::{Value, json};

use crate::{
    Case, edge, success,
    world::{NOBODY, id},
};

async fn allowed(case: &Case, arguments: Value) -> bool {
    case.call(arguments).await.as_bool().unwrap()
}

fn system(user_id: &str, permission: &str) -> Value {
    json!({"user_id": user_id, "permission": permission})
}

#[test]
fn has_permission_to_asks_the_system_roles() {
    success("permissions.has-permission-to").run(async |case| {
        assert!(allowed(case, system(&case.admin_id, "manage_system")).await);
        assert!(!allowed(case, system(&case.bob.id, "manage_system")).await);
        assert!(allowed(case, system(&case.bob.id, "create_team")).await);
    });
}

#[test]
fn has_permission_to_knows_no_strangers() {
    edge("permissions.has-permission-to").run(async |case| {
        assert!(!allowed(case, system(NOBODY, "create_team")).await);
        assert!(!allowed(case, system(&case.admin_id, "fly")).await);
    });
}

fn team(user_id: &str, team_id: &str, permission: &str) -> Value {
    json!({"user_id": user_id, "team_id": team_id, "permission": permission})
}

#[test]
fn has_permission_to_team_asks_team_then_system() {
    success("permissions.has-permission-to-team").run(async |case| {
        assert!(allowed(case, team(&case.bob.id, &case.team_id, "view_team")).await);
        assert!(!allowed(case, team(&case.bob.id, &case.team_id, "manage_team")).await);
        assert!(allowed(case, team(&case.admin_id, &case.team_id, "manage_team")).await);
    });
}

#[test]
fn has_permission_to_team_wants_both_ids() {
    edge("permissions.has-permission-to-team").run(async |case| {
        assert!(!allowed(case, team(&case.admin_id, "", "view_team")).await);
        assert!(!allowed(case, team("", &case.team_id, "view_team")).await);
    });
}

fn channel(user_id: &str, channel_id: &str, permission: &str) -> Value {
    json!({"user_id": user_id, "channel_id": channel_id, "permission": permission})
}

#[test]
fn has_permission_to_channel_asks_channel_then_team_then_system() {
    success("permissions.has-permission-to-channel").run(async |case| {
        let (there, outsider) = (id(&case.channel().await), case.user().await);
        assert!(allowed(case, channel(&case.bob.id, &there, "create_post")).await);
        assert!(!allowed(case, channel(&outsider.id, &there, "create_post")).await);
        assert!(allowed(case, channel(&case.admin_id, &there, "create_post")).await);
    });
}

#[test]
fn has_permission_to_channel_falls_back_to_the_system() {
    edge("permissions.has-permission-to-channel").run(async |case| {
        assert!(!allowed(case, channel(&case.admin_id, "", "create_post")).await);
        assert!(allowed(case, channel(&case.admin_id, NOBODY, "create_post")).await);
        assert!(!allowed(case, channel(&case.bob.id, NOBODY, "create_post")).await);
    });
}

fn roles(names: &[&str], permission: &str) -> Value {
    json!({"role_names": names, "permission_id": permission})
}

#[test]
fn roles_grant_permission_asks_each() {
    success("permissions.roles-grant-permission").run(async |case| {
        assert!(allowed(case, roles(&["team_user", "channel_user"], "create_post")).await);
        assert!(!allowed(case, roles(&["team_user"], "manage_system")).await);
    });
}

#[test]
fn roles_grant_permission_passes_over_unknown_names() {
    edge("permissions.roles-grant-permission").run(async |case| {
        assert!(!allowed(case, roles(&["no_such_role"], "create_post")).await);
        assert!(!allowed(case, roles(&[], "create_post")).await);
    });
}
