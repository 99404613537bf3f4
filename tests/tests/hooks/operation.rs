//! What fires a hook.

use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply};

use crate::scene::{Scene, text};

/// How an operation is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By a client.
    Rest,
    /// By the API call of another plugin, `recorder-b`.
    Plugin,
    /// By a slash command of the server.
    Command,
}

/// An operation that fires a hook. Each time it is done to something new, which `prepare` makes.
pub(crate) trait Operation {
    /// The hook, like `message-will-be-posted`.
    const HOOK: &'static str;
    /// Whether a slash command does it too.
    const COMMAND: bool = false;

    /// Makes what the operation needs.
    async fn prepare(&self, scene: &Scene) -> Value;

    /// Does it, as ada.
    async fn rest(&self, scene: &Scene, target: &Value) -> Reply;

    /// Does it by a line that ada types.
    async fn command(&self, _: &Scene, _: &Value) -> Reply {
        unreachable!("no slash command fires {}", Self::HOOK)
    }

    /// The function and the arguments that do it through the Plugin API; none where no function does.
    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)>;

    /// Whether a call is about this target: others happen beside it.
    fn is_meant(&self, call: &Call, target: &Value) -> bool;

    /// Checks what the plugin was given, beside the context.
    fn check(&self, scene: &Scene, call: &Call, target: &Value, way: Way);

    /// Checks the context: who asked, and by which plugin.
    fn check_context(&self, scene: &Scene, call: &Call, way: Way) {
        let context = call.get("context");
        if context.is_null() {
            return;
        }
        let plugin = if way == Way::Plugin { "recorder-b" } else { "" };
        assert_eq!(text(context, "source_plugin_id"), plugin, "{way:?}: {context}");
        assert_eq!(text(context, "user_id"), scene.ada.id, "{way:?}: {context}");
        for member in ["request_id", "session_id", "ip_address"] {
            assert!(!text(context, member).is_empty(), "{way:?}, {member}: {context}");
        }
    }

    /// The ways that there are.
    fn ways(&self, scene: &Scene, target: &Value) -> Vec<Way> {
        let plugin = self.api(scene, target).map(|_| Way::Plugin);
        let command = Self::COMMAND.then_some(Way::Command);
        [Some(Way::Rest), plugin, command].into_iter().flatten().collect()
    }

    /// Does it.
    async fn act(&self, scene: &Scene, way: Way, target: &Value) -> Reply {
        match way {
            Way::Rest => self.rest(scene, target).await,
            Way::Command => self.command(scene, target).await,
            Way::Plugin => {
                let (function, arguments) = self.api(scene, target).expect("a function does it");
                scene.second.api(function, arguments).await
            }
        }
    }
}

/// The program of a hook that does the operation once more from inside.
pub(crate) fn again(api: (&str, Value)) -> Value {
    let (function, arguments) = api;
    json!({"once": true, "call": {"function": function, "arguments": arguments}})
}
