//! What an administrator sets up, and what comes of it.

use wasmoat::testing::LogLevel;

use super::*;
use crate::config::ServiceType;

fn loaded(settings: Value) -> Result<Config> {
    let platform = Platform::of::<Agents>();
    platform.set_setting("config", settings);
    Config::load()
}

#[test]
fn without_settings_there_is_nothing_and_the_plugin_is_active() {
    let platform = Platform::of::<Agents>();
    Agents::default().on_activate().unwrap();
    assert!(platform.calls(calls::bots::CreateBot).is_empty());
}

#[test]
fn each_agent_gets_an_account_that_says_what_it_runs_on() {
    let office = office();
    let helper = wasmoat::users::get_user_by_username("helper").unwrap();
    assert_eq!((helper.is_bot, helper.first_name.as_str()), (true, "Helper"));
    assert_eq!(helper.bot_description, "Powered by openaicompatible");
    assert_eq!(office.platform.calls(calls::bots::CreateBot).len(), 3);
}

#[test]
fn a_change_looks_after_new_agents_and_switches_off_those_that_are_gone() {
    let office = office();
    let [helper, private] = ["helper", "private"].map(|name| office.agent(name));
    office.platform.forget_calls();
    let mut settings = config(&office.ann, &office.channel);
    let bots = settings["bots"].as_array_mut().unwrap();
    bots.remove(1);
    bots[0]["displayName"] = json!("Good Helper");
    office.platform.set_setting("config", settings);
    // A change retires the instances.
    let plugin = Agents::default();
    plugin.on_configuration_change().unwrap();
    assert!(office.platform.calls(calls::bots::CreateBot).is_empty(), "they have their accounts");
    let patched = office.platform.calls(calls::bots::PatchBot);
    let patched: Vec<_> = patched.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(patched, [helper.as_str()], "the other one stays as it was");
    let switched = office.platform.calls(calls::bots::UpdateBotActive);
    assert_eq!(switched, [(helper, true), (private, false)]);
    office.platform.forget_calls();
    plugin.on_configuration_change().unwrap();
    assert!(office.platform.calls(calls::bots::PatchBot).is_empty(), "nothing has changed");
}

#[test]
fn settings_come_as_an_object_or_as_text_and_numbers_in_either_form() {
    let settings = config("a", "c");
    for settings in [settings.clone(), Value::String(settings.to_string())] {
        let config = loaded(settings).unwrap();
        assert_eq!((config.services[0].token_limit, config.services[0].output_token_limit), (1_000, 500));
        assert_eq!(config.services[1].kind, ServiceType::OpenAi);
        assert_eq!(config.service("Other"), config.service("s2"));
    }
    assert_eq!(loaded(json!("")).unwrap(), Config::default());
}

#[test]
fn a_key_of_the_secret_setting_wins_and_is_not_shown_by_debug() {
    let platform = Platform::of::<Agents>();
    platform.set_setting("config", config("a", "c"));
    platform.set_setting("apiKeys", json!({"s1": " key-1 ", "s2": ""}));
    let config = Config::load().unwrap();
    let keys: Vec<_> = config.services.iter().map(|service| service.api_key.as_str()).collect();
    assert_eq!(keys, ["key-1", "sk-inline"]);
    let shown = format!("{config:?}");
    assert!(!shown.contains("key-1") && !shown.contains("sk-inline"), "{shown}");
}

#[test]
fn settings_that_make_no_sense_are_refused_with_the_place() {
    for (settings, text) in [
        (json!({"services": [{"name": "X"}]}), "the service `X` needs an id"),
        (json!({"services": [{"id": "a"}, {"id": "a"}]}), "needs an id of its own, not `a`"),
        (json!({"bots": [{"id": "1", "name": "Helper"}]}), "not `Helper`"),
        (json!({"bots": [{"name": "a"}, {"name": "a"}]}), "needs a name of its own"),
        (json!({"bots": 1}), "settings"),
        (json!("{"), "settings"),
    ] {
        let error = loaded(settings.clone()).unwrap_err().to_string();
        assert!(error.contains(text), "{settings}: {error}");
    }
}

#[test]
fn a_service_that_cannot_be_used_is_logged_and_says_what_is_missing() {
    let platform = Platform::of::<Agents>();
    platform.set_setting(
        "config",
        json!({"services": [
            {"id": "1", "name": "keyless", "type": "openai"},
            {"id": "2", "name": "nowhere", "type": "openaicompatible"},
            {"id": "3", "name": "newer", "type": "openai", "apiKey": "k", "useResponsesAPI": "true"},
        ]}),
    );
    Agents::default().on_activate().unwrap();
    let warnings: Vec<_> = platform.log().into_iter().filter(|line| line.level == LogLevel::Warn).collect();
    let text = |index: usize| warnings[index].value("error").unwrap().to_owned();
    assert!(text(0).contains("apiKeys") && text(1).contains("apiURL") && text(2).contains("useResponsesAPI"));
}

#[test]
fn a_url_is_the_same_with_and_without_its_version() {
    for url in ["https://x.org", "https://x.org/", "https://x.org/v1", "https://x.org/v1/"] {
        let config = loaded(json!({"services": [{"id": "1", "type": "openaicompatible", "apiURL": url}]})).unwrap();
        assert_eq!(config.services[0].url("/v1/chat/completions"), "https://x.org/v1/chat/completions");
    }
    let config = loaded(json!({"services": [{"id": "1", "type": "openai"}]})).unwrap();
    assert_eq!(config.services[0].url("/v1/x"), "https://api.openai.com/v1/x");
}
