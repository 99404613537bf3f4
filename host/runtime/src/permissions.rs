//! Imports are permissions: which function of the contract needs which.
//!
//! A permission is `group.class`: the WIT interface's subject and what the function does to it.
//! This is the only place that says so, for every version of the contract.

/// The permission that a function needs; `None` for what every plugin has.
///
/// The class follows Mattermost's own (read, write, admin, net): what only looks is `read`, what
/// acts on security or on the whole server is `admin`, the rest is `write`.
#[must_use]
pub fn permission(interface: &str, function: &str) -> Option<String> {
    let class = match (interface, function) {
        ("server", "request-trial-license") => "admin",
        // What everybody may know about the server and about itself.
        ("types" | "log" | "sandbox" | "server" | "permissions" | "assets" | "response-stream" | "body-stream", _)
        | ("plugins", "get-plugin-id" | "get-bundle-path") => return None,
        ("plugins", "install-plugin" | "enable-plugin" | "disable-plugin" | "remove-plugin") => "admin",
        // Reaches people and machines outside the server.
        ("notify" | "cluster", _) => "net",
        // A plugin's own settings, its own store: its own business.
        ("config", "load-plugin-configuration" | "get-plugin-config" | "save-plugin-config") => return None,
        ("kv" | "jobs" | "directory" | "database", _) => return Some(interface.to_owned()),
        ("http" | "bridge", _) => return Some("plugins.call".to_owned()),
        ("http-client", _) => return Some(crate::outbound::PERMISSION.to_owned()),
        ("websocket", _) => return Some("websocket.publish".to_owned()),
        ("commands", "register-command" | "unregister-command") => "register",
        ("commands", "execute-slash-command") => "execute",
        ("config", "get-unsanitized-config" | "save-config")
        | ("users", "update-user-auth" | "update-user-roles")
        | (
            "sessions",
            // Its token speaks for the user: to read it is to be able to act as anybody.
            "get-session"
            | "create-session"
            | "extend-session-expiry"
            | "revoke-session"
            | "create-user-access-token"
            | "revoke-user-access-token",
        )
        | ("oauth", _)
        | ("team-members", "update-team-member-roles")
        | ("channel-members", "update-channel-member-roles")
        | ("bots", "permanent-delete-bot")
        | ("groups", "create-default-syncable-memberships" | "delete-group-constrained-memberships")
        | (
            "channels",
            "register-channel-guard"
            | "unregister-channel-guard"
            | "add-channels-to-retention-policy"
            | "remove-channels-from-retention-policy",
        )
        // Any path: also what no other function shows.
        | ("files", "read-file")
        | ("posts", "move-threads-to-backing-channel")
        | ("access-control", "save-access-control-policy" | "delete-access-control-policy") => "admin",
        ("properties", name) if name.starts_with("count-") => "read",
        ("access-control", _) | ("file-content", "read") => "read",
        // Gets or creates.
        ("channels", "get-direct-channel" | "get-group-channel") => "write",
        (_, name) if ["get-", "list-", "search-"].iter().any(|prefix| name.starts_with(prefix)) => "read",
        _ => "write",
    };
    Some(format!("{}.{class}", interface.replace('-', "_")))
}

/// The permission of a component that imports WASI.
pub const WASI: &str = "wasi";

/// The permission that an interface of WASI needs beside [`WASI`]: what the contract's own door to
/// the same thing needs.
pub(crate) fn beside_wasi(package: &str, interface: &str) -> Option<&'static str> {
    (package == "wasi:http" && interface != "types").then_some(crate::outbound::PERMISSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_is_read_and_what_changes_is_write() {
        for (interface, function, expected) in [
            ("posts", "get-post", Some("posts.read")),
            ("posts", "create-post", Some("posts.write")),
            ("posts", "send-ephemeral-post", Some("posts.write")),
            ("channels", "get-direct-channel", Some("channels.write")),
            ("channel-members", "get-channel-member", Some("channel_members.read")),
            ("users", "update-user-roles", Some("users.admin")),
            ("sessions", "get-session", Some("sessions.admin")),
            ("sessions", "create-session", Some("sessions.admin")),
            ("oauth", "get-oauth-app", Some("oauth.admin")),
            ("config", "get-config", Some("config.read")),
            ("config", "get-unsanitized-config", Some("config.admin")),
            ("properties", "count-property-fields", Some("properties.read")),
            ("access-control", "evaluate-access-control", Some("access_control.read")),
            ("access-control", "save-access-control-policy", Some("access_control.admin")),
            ("kv", "kv-get", Some("kv")),
            ("directory", "read", Some("directory")),
            ("database", "query", Some("database")),
            ("assets", "read", None),
            ("bridge", "call-plugin", Some("plugins.call")),
            ("bridge", "[method]answer-stream.read", Some("plugins.call")),
            ("response-stream", "write", None),
            ("http", "plugin-http", Some("plugins.call")),
            ("http-client", "send", Some("http")),
            ("http-client", "[method]response.read", Some("http")),
            ("files", "read-file", Some("files.admin")),
            ("log", "log-info", None),
            ("server", "get-cloud-limits", None),
            ("server", "request-trial-license", Some("server.admin")),
            ("plugins", "get-plugins", Some("plugins.read")),
            ("plugins", "install-plugin", Some("plugins.admin")),
            ("plugins", "get-plugin-id", None),
            ("notify", "send-mail", Some("notify.net")),
            ("cluster", "publish-plugin-cluster-event", Some("cluster.net")),
            ("frontend", "open-interactive-dialog", Some("frontend.write")),
            ("audit", "log-audit-rec", Some("audit.write")),
            ("a-new-interface", "shred", Some("a_new_interface.write")),
        ] {
            assert_eq!(permission(interface, function).as_deref(), expected, "{interface}.{function}");
        }
    }
}
