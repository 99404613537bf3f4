//! The SQL of accounts.
//!
//! `password` and `mfa_secret` are no columns of the record: only [`password_hash`] reads the one, nothing the other.

use sqlx::{AnyConnection, any::AnyArguments};
use wasmoat_model::User;

use crate::store::{Column, Queries as _, StoreError, args, placeholders, record};

record!(
    User,
    "users",
    key[id],
    [
        create_at,
        update_at,
        delete_at,
        username,
        auth_data,
        auth_service,
        email,
        email_verified,
        nickname,
        first_name,
        last_name,
        position,
        roles,
        allow_marketing,
        props,
        notify_props,
        last_password_update,
        last_picture_update,
        failed_attempts,
        locale,
        timezone,
        mfa_active,
        remote_id,
        last_login,
        is_bot,
        bot_description,
        bot_last_icon_update,
    ]
);

/// The hash of an account's password; empty where it has none.
pub(crate) async fn password_hash(store: &mut AnyConnection, user_id: &str) -> Result<String, StoreError> {
    Ok(store.value("SELECT password FROM users WHERE id = $1", args![user_id]).await?.unwrap_or_default())
}

/// Which accounts a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    Everywhere,
    /// Members of a team.
    Team(String),
    /// Everybody outside a team.
    NotInTeam(String),
    /// Members of a channel.
    Channel(String),
    /// Everybody outside a channel, of this team if one is given.
    NotInChannel {
        /// The team; empty for everywhere.
        team: String,
        /// The channel.
        channel: String,
    },
    /// Who is in no team.
    WithoutTeam,
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By username.
    #[default]
    Username,
    /// By time of change.
    UpdateAt,
    /// The newest first.
    CreateAt,
    /// Online, away, do not disturb, offline; then by username.
    Status,
    /// The last active first.
    LastActivity,
}

/// A page of accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Which accounts.
    pub scope: Scope,
    /// Only active, or only deactivated ones.
    pub active: Option<bool>,
    /// Any of these system roles.
    pub roles: Vec<String>,
    /// Any of these roles in the team of the scope.
    pub team_roles: Vec<String>,
    /// Any of these roles in the channel of the scope.
    pub channel_roles: Vec<String>,
    /// Only changed after this time.
    pub updated_after: i64,
    /// Words that each begin a name, an address or a part of one.
    pub term: String,
    /// Whether an e-mail address may match.
    pub match_email: bool,
    /// Whether a first or last name may match.
    pub match_full_name: bool,
    /// Only accounts of people, not of bots.
    pub people_only: bool,
    /// Order.
    pub sort: Sort,
    /// How many to pass over.
    pub offset: i64,
    /// How many at most.
    pub limit: i64,
}

/// A `WHERE` clause in the making.
#[derive(Default)]
struct Clause {
    joins: String,
    conditions: Vec<String>,
    args: AnyArguments,
    count: usize,
}

impl Clause {
    /// Binds a value and answers its placeholder.
    fn bind(&mut self, value: impl Column) -> String {
        value.bind(&mut self.args);
        self.count += 1;
        format!("${}", self.count)
    }

    fn join(&mut self, join: &str) {
        self.joins.push_str(join);
    }

    fn and(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    fn text(&self) -> String {
        if self.conditions.is_empty() {
            return self.joins.clone();
        }
        format!("{} WHERE {}", self.joins, self.conditions.join(" AND "))
    }
}

fn clause(filter: &UserFilter) -> Clause {
    let mut clause = Clause::default();
    scope(&mut clause, &filter.scope);
    if let Some(active) = filter.active {
        clause.and(if active { "users.delete_at = 0" } else { "users.delete_at <> 0" }.to_owned());
    }
    if filter.people_only {
        clause.and("users.is_bot = 0".to_owned());
    }
    roles(&mut clause, filter);
    if filter.updated_after > 0 {
        let time = clause.bind(filter.updated_after);
        clause.and(format!("users.update_at > {time}"));
    }
    for word in filter.term.to_lowercase().split_whitespace() {
        search(&mut clause, word.strip_prefix('@').unwrap_or(word), filter);
    }
    clause
}

fn scope(clause: &mut Clause, scope: &Scope) {
    match scope {
        Scope::Everywhere => {}
        Scope::Team(team) => {
            let team = clause.bind(team);
            clause.join(&format!(
                " JOIN team_members ON team_members.user_id = users.id AND team_members.delete_at = 0 AND team_members.team_id = {team}"
            ));
        }
        Scope::NotInTeam(team) => {
            let team = clause.bind(team);
            clause.and(format!(
                "NOT EXISTS (SELECT 1 FROM team_members WHERE team_members.user_id = users.id AND team_members.delete_at = 0 AND team_members.team_id = {team})"
            ));
        }
        Scope::Channel(channel) => {
            let channel = clause.bind(channel);
            clause.join(&format!(
                " JOIN channel_members ON channel_members.user_id = users.id AND channel_members.channel_id = {channel}"
            ));
        }
        Scope::NotInChannel { team, channel } => {
            if !team.is_empty() {
                self::scope(clause, &Scope::Team(team.clone()));
            }
            let channel = clause.bind(channel);
            clause.and(format!(
                "NOT EXISTS (SELECT 1 FROM channel_members WHERE channel_members.user_id = users.id AND channel_members.channel_id = {channel})"
            ));
        }
        Scope::WithoutTeam => clause.and(
            "NOT EXISTS (SELECT 1 FROM team_members WHERE team_members.user_id = users.id AND team_members.delete_at = 0)".to_owned(),
        ),
    }
}

fn roles(clause: &mut Clause, filter: &UserFilter) {
    let mut any: Vec<String> = filter
        .roles
        .iter()
        .map(|role| {
            let pattern = clause.bind(format!("% {} %", like(role)));
            format!("(' ' || users.roles || ' ') LIKE {pattern} ESCAPE '*'")
        })
        .collect();
    let scoped = [("team", "team_members", &filter.team_roles), ("channel", "channel_members", &filter.channel_roles)];
    for (prefix, table, names) in scoped {
        let joined = clause.joins.contains(table);
        let flags = names.iter().filter_map(|name| name.strip_prefix(prefix)?.strip_prefix('_'));
        let flags = flags.filter(|flag| joined && matches!(*flag, "user" | "admin" | "guest"));
        any.extend(flags.map(|flag| match flag {
            // An admin is a user too; the filter means those who are no more than that.
            "user" => format!("({table}.scheme_user = 1 AND {table}.scheme_admin = 0)"),
            flag => format!("{table}.scheme_{flag} = 1"),
        }));
    }
    if !any.is_empty() {
        clause.and(format!("({})", any.join(" OR ")));
    }
}

fn search(clause: &mut Clause, word: &str, filter: &UserFilter) {
    let pattern = clause.bind(format!("{}%", like(word)));
    let mut columns = vec!["username", "nickname"];
    if filter.match_full_name {
        columns.extend(["first_name", "last_name"]);
    }
    if filter.match_email {
        columns.push("email");
    }
    let any: Vec<String> =
        columns.iter().map(|column| format!("LOWER(users.{column}) LIKE {pattern} ESCAPE '*'")).collect();
    clause.and(format!("({})", any.join(" OR ")));
}

/// Text of a `LIKE` pattern, with `*` as the escape.
pub(crate) fn like(text: &str) -> String {
    text.replace('*', "**").replace('%', "*%").replace('_', "*_")
}

/// The page of a filter.
pub(crate) async fn list(store: &mut AnyConnection, filter: &UserFilter) -> Result<Vec<User>, StoreError> {
    let mut clause = clause(filter);
    let order = match filter.sort {
        Sort::Username => "users.username",
        Sort::UpdateAt => "users.update_at, users.id",
        Sort::CreateAt => "users.create_at DESC, users.id",
        Sort::Status => {
            clause.joins.push_str(" LEFT JOIN statuses ON statuses.user_id = users.id");
            "CASE statuses.status WHEN 'online' THEN 1 WHEN 'away' THEN 2 WHEN 'dnd' THEN 3 ELSE 4 END, users.username"
        }
        Sort::LastActivity => {
            clause.joins.push_str(" LEFT JOIN statuses ON statuses.user_id = users.id");
            "COALESCE(statuses.last_activity_at, 0) DESC, users.username"
        }
    };
    let (limit, offset) = (clause.bind(filter.limit.max(0)), clause.bind(filter.offset.max(0)));
    let rest = format!("{} ORDER BY {order} LIMIT {limit} OFFSET {offset}", clause.text());
    store.all(&rest, clause.args).await
}

/// How many accounts a filter holds, whatever its page.
pub(crate) async fn count(store: &mut AnyConnection, filter: &UserFilter) -> Result<i64, StoreError> {
    let clause = clause(filter);
    let sql = format!("SELECT COUNT(*) FROM users {}", clause.text());
    Ok(store.value(&sql, clause.args).await?.unwrap_or_default())
}

/// Accounts whose `column` is one of `values`.
pub(crate) async fn by(store: &mut AnyConnection, column: &str, values: &[String]) -> Result<Vec<User>, StoreError> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let mut args = AnyArguments::default();
    for value in values {
        value.bind(&mut args);
    }
    store
        .all(&format!("WHERE users.{column} IN ({}) ORDER BY users.username", placeholders(0, values.len())), args)
        .await
}

/// Ids of everybody who shares a channel with the account, direct and group ones too.
pub(crate) async fn known(store: &mut AnyConnection, user_id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT others.user_id FROM channel_members AS mine
               JOIN channel_members AS others ON others.channel_id = mine.channel_id
               WHERE mine.user_id = $1 AND others.user_id <> $1";
    store.values(sql, args![user_id]).await
}

/// Whether the two share a channel.
pub(crate) async fn share_channel(store: &mut AnyConnection, one: &str, other: &str) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM channel_members AS mine
               JOIN channel_members AS others ON others.channel_id = mine.channel_id
               WHERE mine.user_id = $1 AND others.user_id = $2";
    Ok(store.value::<i64>(sql, args![one, other]).await?.unwrap_or_default() > 0)
}
