//! What a plugin asks for, laid out for whoever decides: what its component imports and exports,
//! with the reasons that its author gives.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Consent, ManifestWasmoat, Reason, StorageNeed};

/// What a plugin asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Permissions of its imports, by name.
    pub permissions: Vec<AskedPermission>,
    /// Reasons for permissions that its component does not import: they are not asked for.
    pub unused: BTreeMap<String, Reason>,
    /// Hosts for outbound HTTP.
    pub hosts: BTreeMap<String, Reason>,
    /// Plugins that it calls.
    pub plugins: BTreeMap<String, Reason>,
    /// A directory of its own.
    pub directory: Option<StorageNeed>,
    /// An SQL database of its own.
    pub database: Option<StorageNeed>,
    /// Limits that it suggests.
    pub limits: BTreeMap<String, Value>,
    /// Hooks that it implements: what the server will show to it.
    pub hooks: Vec<String>,
}

/// A permission that a plugin's imports need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedPermission {
    /// Its name, like `posts.write`.
    pub permission: String,
    /// The functions behind it.
    pub functions: Vec<String>,
    /// Why, in the author's words.
    pub reason: String,
    /// Without it the plugin is not to be activated.
    pub required: bool,
    /// The author gives no reason.
    pub unexplained: bool,
}

impl Asked {
    /// Puts together what the component wants (permission to functions, and its hooks) and what the
    /// manifest says of it.
    #[must_use]
    pub fn of(permissions: &BTreeMap<String, Vec<String>>, hooks: &[String], manifest: &ManifestWasmoat) -> Self {
        let permission = |(name, functions): (&String, &Vec<String>)| {
            let Reason { reason, required } = manifest.permissions.get(name).cloned().unwrap_or_default();
            let unexplained = reason.trim().is_empty();
            AskedPermission { permission: name.clone(), functions: functions.clone(), reason, required, unexplained }
        };
        let mut unused = manifest.permissions.clone();
        unused.retain(|name, _| !permissions.contains_key(name));
        Self {
            permissions: permissions.iter().map(permission).collect(),
            unused,
            hosts: manifest.hosts.clone(),
            plugins: manifest.plugins.clone(),
            directory: manifest.directory.clone(),
            database: manifest.database.clone(),
            limits: manifest.limits.clone(),
            hooks: hooks.to_vec(),
        }
    }

    /// The consent to everything.
    #[must_use]
    pub fn all(&self) -> Consent {
        Consent {
            permissions: self.permission_names().map(str::to_owned).collect(),
            hosts: self.hosts.keys().cloned().collect(),
            plugins: self.plugins.keys().cloned().collect(),
            directory: self.directory.is_some(),
            database: self.database.is_some(),
            teams: None,
            channels: None,
        }
    }

    /// Names of the permissions.
    pub fn permission_names(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(|asked| asked.permission.as_str())
    }

    /// What of this is not granted by a consent. Hooks and limits, which a consent does not list,
    /// are those that are new since `before`; all of them where nothing was there before.
    #[must_use]
    pub fn beyond(&self, granted: &Consent, before: Option<&Self>) -> Self {
        let mut rest = self.clone();
        rest.permissions.retain(|asked| !granted.permissions.contains(&asked.permission));
        rest.unused.clear();
        rest.hosts.retain(|host, _| !granted.hosts.iter().any(|pattern| host_covers(pattern, host)));
        rest.plugins.retain(|id, _| !granted.may_call(id));
        rest.directory = self.directory.clone().filter(|_| !granted.directory);
        rest.database = self.database.clone().filter(|_| !granted.database);
        if let Some(before) = before {
            rest.hooks.retain(|hook| !before.hooks.contains(hook));
            rest.limits.retain(|name, value| is_more(value, before.limits.get(name)));
        }
        rest
    }

    /// What of this an earlier version did not ask for: what somebody has to approve.
    #[must_use]
    pub fn more_than(&self, before: &Self) -> Self {
        self.beyond(&before.all(), Some(before))
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self { unused: self.unused.clone(), ..Self::default() }
    }

    /// One line that names all of it.
    #[must_use]
    pub fn summary(&self) -> String {
        let named = |what: &str, names: &mut dyn Iterator<Item = &str>| {
            let names: Vec<&str> = names.collect();
            if names.is_empty() { String::new() } else { format!("{what} {}", names.join(", ")) }
        };
        let parts = [
            named("permissions", &mut self.permission_names()),
            named("hosts", &mut self.hosts.keys().map(String::as_str)),
            named("plugins", &mut self.plugins.keys().map(String::as_str)),
            self.directory.as_ref().map(|_| "a directory".to_owned()).unwrap_or_default(),
            self.database.as_ref().map(|_| "a database".to_owned()).unwrap_or_default(),
            named("limits", &mut self.limits.keys().map(String::as_str)),
            named("hooks", &mut self.hooks.iter().map(String::as_str)),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") }
    }
}

impl Consent {
    /// What of it the plugin did not ask for: nobody consents to that by the way. A host may be
    /// narrower than what is asked for, as `api.example.org` is for `*.example.org`.
    #[must_use]
    pub fn unasked(&self, asked: &Asked) -> Vec<String> {
        let all = asked.all();
        let mut unasked: Vec<String> = self.permissions.difference(&all.permissions).cloned().collect();
        let covered = |host: &String| all.hosts.iter().any(|pattern| host_covers(pattern, host));
        unasked.extend(self.hosts.iter().filter(|host| !covered(host)).map(|host| format!("host {host}")));
        unasked.extend(self.plugins.iter().filter(|id| !all.may_call(id)).map(|id| format!("plugin {id}")));
        unasked.extend((self.directory && !all.directory).then(|| "a directory".to_owned()));
        unasked.extend((self.database && !all.database).then(|| "a database".to_owned()));
        unasked
    }

    /// What the author marked required and this does not allow.
    #[must_use]
    pub fn missing_required(&self, asked: &Asked) -> Vec<String> {
        let rest = asked.beyond(self, None);
        let permissions = rest.permissions.iter().filter(|asked| asked.required).map(|asked| asked.permission.clone());
        let named = |what: &'static str, map: &BTreeMap<String, Reason>| -> Vec<String> {
            map.iter().filter(|(_, reason)| reason.required).map(|(name, _)| format!("{what} {name}")).collect()
        };
        let mut missing: Vec<String> = permissions.collect();
        // A host within the one that is asked for will do: how narrow is the admin's choice.
        let mut hosts = rest.hosts;
        hosts.retain(|pattern, _| !self.hosts.iter().any(|host| host_covers(pattern, host)));
        missing.extend(named("host", &hosts));
        missing.extend(named("plugin", &rest.plugins));
        missing.extend(rest.directory.filter(|need| need.required).map(|_| "a directory".to_owned()));
        missing.extend(rest.database.filter(|need| need.required).map(|_| "a database".to_owned()));
        missing
    }

    /// The same consent for another version: what that one does not ask for falls away.
    #[must_use]
    pub fn carried_to(&self, asked: &Asked) -> Self {
        let all = asked.all();
        let common = |own: &BTreeSet<String>, other: &BTreeSet<String>| own.intersection(other).cloned().collect();
        let mut carried = self.clone();
        carried.permissions = common(&self.permissions, &all.permissions);
        carried.hosts.retain(|host| all.hosts.iter().any(|pattern| host_covers(pattern, host)));
        carried.plugins.retain(|id| all.may_call(id));
        carried.directory &= all.directory;
        carried.database &= all.database;
        carried
    }

    /// This and everything of `more`.
    #[must_use]
    pub fn and(mut self, more: &Asked) -> Self {
        let more = more.all();
        self.permissions.extend(more.permissions);
        self.hosts.extend(more.hosts);
        self.plugins.extend(more.plugins);
        self.directory |= more.directory;
        self.database |= more.database;
        self
    }
}

/// Whether everything that `host` stands for, `pattern` stands for as well.
fn host_covers(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.to_ascii_lowercase(), host.to_ascii_lowercase());
    let ((pattern, pattern_port), (host, port)) = (split_port(&pattern), split_port(&host));
    let name = match pattern.strip_prefix('*') {
        // `*.example.org` is not `example.org`, and `*` alone is nothing.
        Some(suffix) if suffix.starts_with('.') => host.len() > suffix.len() && host.ends_with(suffix),
        _ => false,
    };
    pattern_port == port && (pattern == host || name)
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // Not the inside of an IPv6 address.
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') =>
        {
            (name, Some(port))
        }
        _ => (host, None),
    }
}

/// Whether a suggested limit is above an earlier suggestion.
fn is_more(value: &Value, before: Option<&Value>) -> bool {
    match (value.as_f64(), before.and_then(Value::as_f64)) {
        (Some(value), Some(before)) => value > before,
        _ => before != Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(permissions: &[&str], manifest: &Value) -> Asked {
        let permissions = permissions.iter().map(|&name| (name.to_owned(), vec![format!("{name}-function")])).collect();
        Asked::of(&permissions, &["on-activate".to_owned()], &serde_json::from_value(manifest.clone()).unwrap())
    }

    #[test]
    fn an_import_without_a_reason_is_flagged_and_a_reason_without_an_import_is_unused() {
        let manifest = json!({ "permissions": { "posts.read": "To count.", "kv": "Never.", "users.read": " " } });
        let asked = asked(&["posts.read", "posts.write", "users.read"], &manifest);
        let unexplained: Vec<_> = asked.permissions.iter().filter(|asked| asked.unexplained).collect();
        assert_eq!(
            unexplained.iter().map(|asked| &*asked.permission).collect::<Vec<_>>(),
            ["posts.write", "users.read"]
        );
        assert_eq!(asked.unused.keys().collect::<Vec<_>>(), ["kv"]);
        assert_eq!(asked.permissions[0].reason, "To count.");
    }

    #[test]
    fn the_same_or_fewer_needs_are_not_more() {
        let before = asked(
            &["kv", "posts.read"],
            &json!({ "hosts": { "*.example.org": "x" }, "plugins": { "*": "x" },
            "limits": { "filter_ms": 9 }, "database": { "reason": "x" } }),
        );
        let fewer = asked(
            &["kv"],
            &json!({ "hosts": { "api.example.org": "x" }, "plugins": { "poll": "x" },
            "limits": { "filter_ms": 8 } }),
        );
        assert!(before.more_than(&before).is_empty() && fewer.more_than(&before).is_empty());
        let more = before.more_than(&fewer);
        assert_eq!(
            more.summary(),
            "permissions posts.read; hosts *.example.org; plugins *; a database; limits filter_ms"
        );
    }

    #[test]
    fn a_new_hook_is_more() {
        let before = asked(&[], &json!({}));
        let mut after = before.clone();
        after.hooks.push("message-will-be-posted".to_owned());
        assert_eq!(after.more_than(&before).hooks, ["message-will-be-posted"]);
    }

    #[test]
    fn a_consent_is_carried_over_with_its_narrowing() {
        let before = asked(&["kv", "posts.read", "posts.write"], &json!({ "hosts": { "*.example.org": "x" } }));
        let mut consent = before.all();
        consent.permissions.remove("posts.write");
        consent.hosts = ["api.example.org".to_owned()].into();
        consent.channels = Some(["c".to_owned()].into());
        let after = asked(&["kv", "posts.write"], &json!({ "hosts": { "*.example.org": "x" } }));
        let carried = consent.carried_to(&after);
        assert_eq!(carried.permissions, ["kv".to_owned()].into());
        assert_eq!((carried.hosts, carried.channels), (consent.hosts, consent.channels));
    }

    #[test]
    fn nobody_consents_to_what_is_not_asked_for() {
        let asked = asked(&["kv"], &json!({ "hosts": { "*.example.org": "x" }, "plugins": { "poll": "x" } }));
        let consent = |value: Value| serde_json::from_value::<Consent>(value).unwrap();
        let narrower = consent(json!({ "hosts": ["api.example.org"], "plugins": ["poll"] }));
        assert_eq!(narrower.unasked(&asked), Vec::<String>::new());
        let wider = json!({ "permissions": ["posts.read"], "hosts": ["example.org", "api.example.org:81", "evil.org"],
            "plugins": ["*"], "directory": true, "database": true });
        let unasked = consent(wider).unasked(&asked);
        assert_eq!(
            unasked,
            [
                "posts.read",
                "host api.example.org:81",
                "host evil.org",
                "host example.org",
                "plugin *",
                "a directory",
                "a database"
            ]
        );
    }

    #[test]
    fn what_is_required_and_denied_is_named() {
        let manifest = json!({
            "permissions": { "kv": { "reason": "x", "required": true }, "posts.read": "x" },
            "hosts": { "*.example.org": { "reason": "x", "required": true } },
            "plugins": { "poll": { "reason": "x", "required": true } },
            "directory": { "reason": "x", "required": true }, "database": { "reason": "x" },
        });
        let asked = asked(&["kv", "posts.read"], &manifest);
        assert_eq!(asked.all().missing_required(&asked), Vec::<String>::new());
        let missing = Consent::default().missing_required(&asked);
        assert_eq!(missing, ["kv", "host *.example.org", "plugin poll", "a directory"]);
        let mut narrower = asked.all();
        narrower.hosts = ["api.example.org".to_owned()].into();
        assert_eq!(narrower.missing_required(&asked), Vec::<String>::new());
    }

    #[test]
    fn a_pattern_covers_what_it_stands_for_and_no_more() {
        for (pattern, host, covers) in [
            ("api.example.org", "API.example.org", true),
            ("*.example.org", "api.example.org", true),
            ("*.example.org", "*.api.example.org", true),
            ("*.example.org", "*.example.org", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "evilexample.org", false),
            ("*.example.org", "api.example.org.evil.org", false),
            ("api.example.org", "*.example.org", false),
            ("api.example.org", "api.example.org:8443", false),
            ("api.example.org:8443", "api.example.org", false),
            ("*.example.org:8443", "api.example.org:8443", true),
            ("*", "example.org", false),
        ] {
            assert_eq!(host_covers(pattern, host), covers, "{pattern} {host}");
        }
    }
}
