//! `wit/commands.wit`.

use serde_json::{Value, json};
use wasmoat_model::Command;

use crate::{Case, edge, error, success, world::id};

/// A stored command of the team.
fn stored(case: &Case, trigger: &str) -> Value {
    json!({"team_id": case.team_id, "trigger": trigger, "url": "http://localhost:9/", "method": "P"})
}

async fn create(case: &Case, trigger: &str) -> Value {
    case.call_other("commands.create-command", json!({"cmd": stored(case, trigger)})).await
}

/// A command of the guest, which the guest does not answer.
async fn register(case: &Case, trigger: &str) {
    case.call_other("commands.register-command", json!({"command": {"trigger": trigger}})).await;
}

fn triggers(commands: &Value) -> Vec<&str> {
    commands.as_array().unwrap().iter().map(|command| command["trigger"].as_str().unwrap()).collect()
}

async fn offered(case: &Case, trigger: &str) -> bool {
    let path = format!("/api/v4/teams/{}/commands/autocomplete", case.team_id);
    let commands = case.bob.rest.get(&path).await.ok();
    triggers(&commands).contains(&trigger)
}

#[test]
fn register_command_offers_it() {
    success("commands.register-command").run(async |case| {
        let trigger = case.name("Trigger");
        let command = json!({"trigger": trigger, "auto_complete": true, "auto_complete_desc": "does it"});
        case.call(json!({"command": command})).await;
        assert!(offered(case, &trigger.to_lowercase()).await);
    });
}

#[test]
fn register_command_wants_a_trigger() {
    error("commands.register-command").run(async |case| {
        let refusal = case.refused(json!({"command": {"trigger": ""}})).await;
        refusal.is("app.command.register_command.app_error", 400);
        let command = json!({"trigger": case.name("trigger"), "autocomplete_data": "no json"});
        assert_eq!(case.refused(json!({"command": command})).await.id(), "app.command.register_command.app_error");
    });
}

#[test]
fn unregister_command_takes_it_back() {
    success("commands.unregister-command").run(async |case| {
        let trigger = case.name("trigger");
        let command = json!({"trigger": trigger, "auto_complete": true});
        case.call_other("commands.register-command", json!({"command": command})).await;
        assert!(offered(case, &trigger).await);
        for _ in 0..2 {
            case.call(json!({"team_id": "", "trigger": trigger.to_uppercase()})).await;
            assert!(!offered(case, &trigger).await);
        }
    });
}

#[test]
fn unregister_command_leaves_others_theirs() {
    error("commands.unregister-command").run(async |case| {
        let trigger = case.name("trigger");
        let command = Command { trigger: trigger.clone(), auto_complete: true, ..Command::default() };
        case.server.running.core().register_plugin_command("somebody", command).unwrap();
        let refusal = case.refused(json!({"team_id": "", "trigger": trigger})).await;
        refusal.is("app.command.unregister_command.owner.app_error", 403);
        assert!(offered(case, &trigger).await);
    });
}

fn args(case: &Case, channel: &Value, line: &str) -> Value {
    let args = json!({"command": line, "user_id": case.bob.id, "channel_id": id(channel), "team_id": case.team_id});
    json!({"command_args": args})
}

#[test]
fn execute_slash_command_runs_a_line() {
    success("commands.execute-slash-command").run(async |case| {
        let channel = case.channel().await;
        let response = case.call(args(case, &channel, "/shrug well")).await;
        assert_eq!(response["response_type"], "in_channel");
        let posts = case.bob.rest.get(&format!("/api/v4/channels/{}/posts", id(&channel))).await.ok();
        let posts = posts["posts"].as_object().unwrap();
        let post = posts.values().find(|post| post["message"].as_str().unwrap().starts_with("well ")).unwrap();
        assert_eq!(post["user_id"], *case.bob.id);
    });
}

#[test]
fn execute_slash_command_wants_a_command() {
    error("commands.execute-slash-command").run(async |case| {
        let channel = case.channel().await;
        let refusal = case.refused(args(case, &channel, "no slash")).await;
        refusal.is("api.command.execute_command.format.app_error", 400);
        let refusal = case.refused(args(case, &channel, "/no-such-command")).await;
        refusal.is("api.command.execute_command.not_found.app_error", 404);
        let mut nobody = args(case, &channel, "/shrug");
        nobody["command_args"]["user_id"] = crate::world::NOBODY.into();
        assert_eq!(case.refused(nobody).await.id(), "app.user.missing_account.const");
    });
}

#[test]
fn create_command_outlives_the_plugin() {
    success("commands.create-command").run(async |case| {
        let trigger = case.name("Trigger");
        let command = case.call(json!({"cmd": stored(case, &trigger)})).await;
        assert_eq!(
            (&command["trigger"], &command["plugin_id"]),
            (&trigger.to_lowercase().into(), &"conformance".into())
        );
        assert_eq!((&command["creator_id"], command["token"].as_str().unwrap().len()), (&"".into(), 26));
        let shown = case.admin.get(&format!("/api/v4/commands/{}", id(&command))).await.ok();
        assert_eq!(shown["url"], "http://localhost:9/");
    });
}

#[test]
fn create_command_wants_a_free_trigger_and_an_address() {
    error("commands.create-command").run(async |case| {
        let trigger = case.name("trigger");
        create(case, &trigger).await;
        for taken in [trigger.as_str(), "shrug"] {
            let refusal = case.refused(json!({"cmd": stored(case, taken)})).await;
            refusal.is("api.command.duplicate_trigger.app_error", 400);
        }
        let mut command = stored(case, &case.name("trigger"));
        command["url"] = "ftp://localhost/".into();
        case.refused(json!({"cmd": command})).await.is("model.command.is_valid.url.app_error", 400);
    });
}

#[test]
fn list_commands_gives_all_kinds_in_order() {
    success("commands.list-commands").run(async |case| {
        let [own, custom] = [case.name("trigger"), case.name("trigger")];
        register(case, &own).await;
        create(case, &custom).await;
        let commands = case.call(json!({"team_id": case.team_id})).await;
        let triggers = triggers(&commands);
        let at = |trigger: &str| triggers.iter().position(|other| *other == trigger).unwrap();
        assert!(at(&own) < at("shrug") && at("shrug") < at(&custom), "plugins', built-in, stored: {triggers:?}");
    });
}

#[test]
fn list_commands_tells_of_a_broken_store() {
    error("commands.list-commands").without_table("commands").run(async |case| {
        case.refused(json!({"team_id": case.team_id})).await.is_of_the_store();
    });
}

#[test]
fn list_custom_commands_gives_tokens_in_clear() {
    success("commands.list-custom-commands").run(async |case| {
        let command = create(case, &case.name("trigger")).await;
        let commands = case.call(json!({"team_id": case.team_id})).await;
        let listed = commands.as_array().unwrap().iter().find(|listed| listed["id"] == command["id"]).unwrap();
        assert_eq!(listed["token"], command["token"]);
        assert!(!triggers(&commands).contains(&"shrug"));
    });
}

#[test]
fn list_custom_commands_tells_of_a_broken_store() {
    error("commands.list-custom-commands").without_table("commands").run(async |case| {
        case.refused(json!({"team_id": case.team_id})).await.is_of_the_store();
    });
}

#[test]
fn list_plugin_commands_gives_those_of_plugins() {
    success("commands.list-plugin-commands").run(async |case| {
        let trigger = case.name("trigger");
        register(case, &trigger).await;
        let commands = case.call(json!({"team_id": case.team_id})).await;
        assert!(triggers(&commands).contains(&trigger.as_str()));
        assert!(!triggers(&commands).contains(&"shrug"));
    });
}

#[test]
fn list_plugin_commands_of_another_team_are_left_out() {
    edge("commands.list-plugin-commands").run(async |case| {
        let trigger = case.name("trigger");
        let command = json!({"trigger": trigger, "team_id": case.team_id});
        case.call_other("commands.register-command", json!({"command": command})).await;
        for (team, there) in [(case.team_id.as_str(), true), (crate::world::NOBODY, false)] {
            let commands = case.call(json!({"team_id": team})).await;
            assert_eq!(triggers(&commands).contains(&trigger.as_str()), there, "{team}");
        }
    });
}

#[test]
fn list_built_in_commands_gives_the_servers() {
    success("commands.list-built-in-commands").run(async |case| {
        let commands = case.call(json!({})).await;
        let triggers = triggers(&commands);
        assert!(triggers.contains(&"shrug") && triggers.contains(&"join"), "{triggers:?}");
    });
}

#[test]
fn list_built_in_commands_keeps_no_secrets() {
    edge("commands.list-built-in-commands").run(async |case| {
        for command in case.call(json!({})).await.as_array().unwrap() {
            assert_eq!(
                (&command["token"], &command["url"], &command["creator_id"]),
                (&"".into(), &"".into(), &"".into())
            );
        }
    });
}

#[test]
fn get_command_gives_a_stored_one() {
    success("commands.get-command").run(async |case| {
        let command = create(case, &case.name("trigger")).await;
        assert_eq!(case.call(json!({"command_id": command["id"]})).await, command);
    });
}

/// What is refused for an unknown command.
const MISSING: &str = "store.sql_command.get.missing.app_error";

#[test]
fn get_command_wants_one_that_is_there() {
    error("commands.get-command").run(async |case| {
        case.refused(json!({"command_id": crate::world::NOBODY})).await.is(MISSING, 404);
    });
}

#[test]
fn update_command_overwrites_and_keeps_its_token() {
    success("commands.update-command").run(async |case| {
        let command = create(case, &case.name("trigger")).await;
        let trigger = case.name("trigger");
        let new = json!({"trigger": trigger, "url": "https://localhost:9/", "method": "G", "token": "forged"});
        case.call(json!({"command_id": command["id"], "updated_cmd": new})).await;
        let shown = case.admin.get(&format!("/api/v4/commands/{}", id(&command))).await.ok();
        assert_eq!((&shown["trigger"], &shown["method"]), (&trigger.into(), &"G".into()));
        assert_eq!((&shown["token"], &shown["create_at"]), (&command["token"], &command["create_at"]));
        assert_eq!(shown["team_id"], *case.team_id, "an empty team keeps the old one");
    });
}

#[test]
fn update_command_wants_a_free_trigger() {
    error("commands.update-command").run(async |case| {
        let [taken, command] = [create(case, &case.name("t")).await, create(case, &case.name("t")).await];
        let new = stored(case, taken["trigger"].as_str().unwrap());
        let refusal = case.refused(json!({"command_id": command["id"], "updated_cmd": new})).await;
        refusal.is("api.command.duplicate_trigger.app_error", 400);
        case.refused(json!({"command_id": crate::world::NOBODY, "updated_cmd": new})).await.is(MISSING, 404);
    });
}

#[test]
fn delete_command_deletes_it() {
    success("commands.delete-command").run(async |case| {
        let command = create(case, &case.name("trigger")).await;
        case.call(json!({"command_id": command["id"]})).await;
        assert_eq!(case.admin.get(&format!("/api/v4/commands/{}", id(&command))).await.status, 404);
    });
}

#[test]
fn delete_command_wants_one_that_is_there() {
    error("commands.delete-command").run(async |case| {
        case.refused(json!({"command_id": crate::world::NOBODY})).await.is(MISSING, 404);
    });
}
