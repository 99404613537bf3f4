//! `/api/v4/commands`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_model::{AutocompleteSuggestion, Command, CommandArgs, CommandResponse};

use crate::{
    Answer, Auth, Body, Created, Error, Params, RequestContext, Server, ok,
    users::{valid_body_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/commands", get(list_commands).post(create_command))
        .route("/commands/execute", post(execute_command))
        .route("/commands/{command_id}", get(get_command).put(update_command).delete(delete_command))
        .route("/commands/{command_id}/move", put(move_command))
        .route("/commands/{command_id}/regen_token", put(regen_token))
        .route("/teams/{team_id}/commands/autocomplete", get(list_autocomplete))
        .route("/teams/{team_id}/commands/autocomplete_suggestions", get(list_suggestions))
}

async fn execute_command(Auth(rc): Auth, Body(args): Body<CommandArgs>) -> Answer<CommandResponse> {
    if args.command.len() <= 1 || !args.command.starts_with('/') {
        let id = "api.command.execute_command.start.app_error";
        return Err(Error::new(id, 400, "No command trigger found."));
    }
    valid_body_id(&args.channel_id, "channel_id")?;
    rc.require_channel(&args.channel_id, "create_post").await?;
    let channel = rc.core.get_channel(&args.channel_id).await?;
    if channel.delete_at > 0 {
        let id = "api.command.execute_command.deleted.error";
        return Err(Error::new(id, 400, "The channel is archived: commands do not run there."));
    }
    // In a team's channel the team is the channel's; elsewhere it is the one in view.
    let team_id = if channel.team_id.is_empty() { args.team_id } else { channel.team_id };
    if !team_id.is_empty() {
        rc.require_team(&team_id, "view_team").await?;
    }
    let args = CommandArgs { user_id: rc.user_id().to_owned(), team_id, trigger_id: String::new(), ..args };
    Ok(Json(rc.core.execute_command(&rc.cx, args).await?))
}

/// Whether the user manages the commands of a team: the own ones, or everybody's.
async fn manages(rc: &RequestContext, team_id: &str, permission: &str) -> bool {
    rc.core.session_has_permission_to_team(&rc.session, team_id, permission).await
}

const OWN: &str = "manage_own_slash_commands";
const OTHERS: &str = "manage_others_slash_commands";

/// A stored command that the user may manage. To those who may not manage any it does not exist.
async fn manageable(rc: &RequestContext, id: &str) -> Result<Command, Error> {
    rc.core.check_commands_enabled()?;
    let command = rc.core.get_command(valid_id(id, "command_id")?).await?;
    if !manages(rc, &command.team_id, OWN).await {
        return Err(Error::new("store.sql_command.get.missing.app_error", 404, "There is no such command."));
    }
    if command.creator_id != rc.user_id() {
        rc.require_team(&command.team_id, OTHERS).await?;
    }
    Ok(command)
}

async fn create_command(Auth(rc): Auth, Body(command): Body<Command>) -> Result<Created<Command>, Error> {
    rc.core.check_commands_enabled()?;
    valid_body_id(&command.team_id, "team_id")?;
    rc.require_team(&command.team_id, OWN).await?;
    let mut creator_id = rc.user_id().to_owned();
    if !command.creator_id.is_empty() && command.creator_id != creator_id {
        rc.require_team(&command.team_id, OTHERS).await?;
        creator_id = rc.core.get_user(&command.creator_id).await?.id;
    }
    let command = Command { creator_id, plugin_id: String::new(), ..command };
    Ok(Created(rc.core.create_command(command).await?))
}

async fn list_commands(Auth(rc): Auth, params: Params) -> Answer<Vec<Command>> {
    let team_id = valid_id(params.text("team_id"), "team_id")?;
    rc.require_team(team_id, "view_team").await?;
    let mut custom = rc.core.list_custom_commands(team_id).await?;
    if !manages(&rc, team_id, OTHERS).await {
        custom = if manages(&rc, team_id, OWN).await {
            custom.into_iter().filter(|command| command.creator_id == rc.user_id()).collect()
        } else {
            custom.into_iter().filter(|command| command.auto_complete).map(Command::sanitized).collect()
        };
    }
    if params.flag("custom_only") {
        rc.core.check_commands_enabled()?;
        rc.require_team(team_id, OWN).await?;
        return Ok(Json(custom));
    }
    let mut commands = rc.core.list_plugin_commands(team_id);
    commands.extend(rc.core.list_built_in_commands());
    let mut commands: Vec<Command> = commands.into_iter().map(Command::sanitized).collect();
    commands.extend(custom);
    Ok(Json(commands))
}

async fn get_command(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Command> {
    Ok(Json(manageable(&rc, &id).await?))
}

async fn update_command(Auth(rc): Auth, Path(id): Path<String>, Body(new): Body<Command>) -> Answer<Command> {
    if new.id != id {
        return Err(Error::invalid_body("command"));
    }
    let old = manageable(&rc, &id).await?;
    if !new.team_id.is_empty() && new.team_id != old.team_id {
        let id = "api.command.team_mismatch.app_error";
        return Err(Error::new(id, 400, "A command is moved to another team by its own route."));
    }
    Ok(Json(rc.core.update_command(&old, new).await?))
}

async fn delete_command(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let command = manageable(&rc, &id).await?;
    rc.core.delete_command(&command.id).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Move {
    team_id: String,
}

async fn move_command(Auth(rc): Auth, Path(id): Path<String>, Body(to): Body<Move>) -> Answer<Value> {
    let team_id = valid_body_id(&to.team_id, "team_id")?;
    rc.require_team(team_id, OWN).await?;
    let command = manageable(&rc, &id).await?;
    rc.core.move_command(team_id, command).await?;
    Ok(ok())
}

async fn regen_token(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let command = manageable(&rc, &id).await?;
    let command = rc.core.regen_command_token(command).await?;
    Ok(Json(json!({"token": command.token})))
}

async fn list_autocomplete(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Command>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "view_team").await?;
    Ok(Json(rc.core.list_autocomplete_commands(id).await?))
}

async fn list_suggestions(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
) -> Answer<Vec<AutocompleteSuggestion>> {
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "view_team").await?;
    let input = params.get("user_input").ok_or_else(|| Error::invalid_url("user_input"))?;
    let role = if rc.is_admin().await { "system_admin" } else { "system_user" };
    let args = CommandArgs {
        user_id: rc.user_id().to_owned(),
        team_id: id.to_owned(),
        channel_id: params.text("channel_id").to_owned(),
        root_id: params.text("root_id").to_owned(),
        command: input.to_owned(),
        site_url: rc.core.config.text("ServiceSettings.SiteURL"),
        ..CommandArgs::default()
    };
    Ok(Json(rc.core.autocomplete_suggestions(&rc.cx, &args, input, role).await?))
}
