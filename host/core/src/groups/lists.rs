//! Finding groups.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use sqlx::{AnyConnection, any::AnyArguments};
use wasmoat_model::{AppError, Group, GroupSearchOpts, StringMap, ViewUsersRestrictions, json};

use super::{members::bounds, store};
use crate::{
    Core,
    posts::store::CHUNK,
    store::{Column, Queries as _, StoreError, args, placeholders},
    users::store::like,
};

/// A group as a team or a channel sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupWithSchemeAdmin {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// Its members become admins there.
    pub scheme_admin: bool,
}

/// Which of the groups of a team or a channel are listed.
#[derive(Clone, Debug, Default)]
pub struct SyncableGroups {
    /// Part of the name or of the display name.
    pub q: String,
    /// Only groups that messages may name.
    pub filter_allow_reference: bool,
    /// Fill `member_count`.
    pub include_member_count: bool,
    /// Page, from 0, and its size; all where absent.
    pub page: Option<(i64, i64)>,
}

/// Conditions in the making.
#[derive(Default)]
struct Clause {
    conditions: Vec<String>,
    args: AnyArguments,
    count: usize,
}

impl Clause {
    fn bind(&mut self, value: impl Column) -> String {
        value.bind(&mut self.args);
        self.count += 1;
        format!("${}", self.count)
    }

    fn and(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    fn matches(&mut self, q: &str) {
        if !q.is_empty() {
            let pattern = self.bind(format!("%{}%", like(&q.to_lowercase())));
            self.and(format!(
                "(LOWER(user_groups.name) LIKE {pattern} ESCAPE '*' OR LOWER(user_groups.display_name) LIKE {pattern} ESCAPE '*')"
            ));
        }
    }

    fn not_linked_to(&mut self, syncable_id: &str) {
        if !syncable_id.is_empty() {
            let id = self.bind(syncable_id);
            self.and(format!(
                "NOT EXISTS (SELECT 1 FROM group_syncables WHERE group_syncables.group_id = user_groups.id
                 AND group_syncables.delete_at = 0 AND group_syncables.syncable_id = {id})"
            ));
        }
    }

    fn text(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!("WHERE {}", self.conditions.join(" AND ")) }
    }
}

fn clause(opts: &GroupSearchOpts) -> Clause {
    let mut clause = Clause::default();
    if opts.filter_archived {
        clause.and("user_groups.delete_at > 0");
    } else if opts.since <= 0 && !opts.include_archived {
        clause.and("user_groups.delete_at = 0");
    }
    if opts.since > 0 {
        let since = clause.bind(opts.since);
        clause.and(format!("user_groups.update_at > {since}"));
    }
    if opts.filter_allow_reference {
        clause.and("user_groups.allow_reference = 1");
    }
    if !opts.source.is_empty() {
        let source = clause.bind(&opts.source);
        clause.and(format!("user_groups.source = {source}"));
    }
    if opts.only_syncable_sources {
        clause.and("(user_groups.source = 'ldap' OR user_groups.source LIKE 'plugin*_%' ESCAPE '*')");
    }
    if !opts.filter_has_member.is_empty() {
        let user = clause.bind(&opts.filter_has_member);
        clause.and(format!(
            "EXISTS (SELECT 1 FROM group_members WHERE group_members.group_id = user_groups.id
             AND group_members.delete_at = 0 AND group_members.user_id = {user})"
        ));
    }
    clause.matches(&opts.q);
    clause.not_linked_to(&opts.not_associated_to_team);
    clause.not_linked_to(&opts.not_associated_to_channel);
    if opts.filter_parent_team_permitted && !opts.not_associated_to_channel.is_empty() {
        let channel = clause.bind(&opts.not_associated_to_channel);
        clause.and(format!(
            "EXISTS (SELECT 1 FROM channels JOIN teams ON teams.id = channels.team_id WHERE channels.id = {channel}
             AND (COALESCE(teams.group_constrained, 0) = 0 OR EXISTS (SELECT 1 FROM group_syncables
                WHERE group_syncables.group_id = user_groups.id AND group_syncables.syncable_id = teams.id
                AND group_syncables.delete_at = 0)))"
        ));
    }
    clause
}

impl Core {
    /// Mattermost's `GetGroupsBySource`: the live groups of a source, by display name.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_groups_by_source(&self, source: &str) -> Result<Vec<Group>, AppError> {
        let rest = "WHERE source = $1 AND delete_at = 0 ORDER BY display_name, id";
        Ok(store::all(&mut *self.store.read().await?, rest, args![source]).await?)
    }

    /// Mattermost's `GetGroupsByNames`: the live groups that messages may name by one of these.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_groups_by_names(&self, names: &[String]) -> Result<Vec<Group>, AppError> {
        let mut connection = self.store.read().await?;
        let mut groups = Vec::new();
        for chunk in names.chunks(CHUNK) {
            let rest = format!(
                "WHERE allow_reference = 1 AND delete_at = 0 AND name IN ({}) ORDER BY name",
                placeholders(0, chunk.len())
            );
            let mut arguments = args![];
            chunk.iter().for_each(|name| name.bind(&mut arguments));
            groups.extend(store::all(&mut connection, &rest, arguments).await?);
        }
        Ok(groups)
    }

    /// Mattermost's `GetGroups`: a page of groups by display name.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_groups(
        &self,
        page: i64,
        per_page: i64,
        opts: &GroupSearchOpts,
        restrictions: Option<&ViewUsersRestrictions>,
    ) -> Result<Vec<Group>, AppError> {
        let places = restrictions.map_or(0, |restrictions| restrictions.teams.len() + restrictions.channels.len());
        if places > super::members::AT_ONCE {
            let text = format!("Restrictions name at most {} teams and channels.", super::members::AT_ONCE);
            return Err(AppError::new("GetGroups", "api.context.invalid_body_param.app_error", 400, text));
        }
        let (offset, limit) = bounds(page, per_page);
        let mut clause = clause(opts);
        let (limit, offset) = (clause.bind(limit), clause.bind(offset));
        let rest = format!(
            "{} ORDER BY user_groups.display_name, user_groups.id LIMIT {limit} OFFSET {offset}",
            clause.text()
        );
        let mut connection = self.store.read().await?;
        let mut groups = store::all(&mut connection, &rest, clause.args).await?;
        fill_counts(&mut connection, &mut groups, opts, restrictions).await?;
        Ok(groups)
    }

    /// Mattermost's `GetGroupsByTeam` and `GetGroupsByChannel`: the groups that are linked to a
    /// team or a channel, and how many there are in all.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_groups_by_syncable(
        &self,
        syncable_id: &str,
        list: &SyncableGroups,
    ) -> Result<(Vec<GroupWithSchemeAdmin>, i64), AppError> {
        let mut clause = Clause::default();
        let id = clause.bind(syncable_id);
        clause.and(format!("group_syncables.syncable_id = {id} AND group_syncables.delete_at = 0"));
        clause.and("user_groups.delete_at = 0");
        if list.filter_allow_reference {
            clause.and("user_groups.allow_reference = 1");
        }
        clause.matches(&list.q);
        let join = "JOIN group_syncables ON group_syncables.group_id = user_groups.id";
        let (page, per_page) = list.page.unwrap_or((0, i64::MAX));
        let (offset, limit) = bounds(page, per_page);
        let (limit, offset) = (clause.bind(limit), clause.bind(offset));
        let rest = format!(
            "{join} {} ORDER BY user_groups.display_name, user_groups.id LIMIT {limit} OFFSET {offset}",
            clause.text()
        );
        let mut connection = self.store.read().await?;
        let mut groups = store::all(&mut connection, &rest, clause.args).await?;
        let opts = GroupSearchOpts { include_member_count: list.include_member_count, ..GroupSearchOpts::default() };
        fill_counts(&mut connection, &mut groups, &opts, None).await?;
        let sql = "SELECT COUNT(*) FROM user_groups JOIN group_syncables ON group_syncables.group_id = user_groups.id
            WHERE group_syncables.syncable_id = $1 AND group_syncables.delete_at = 0 AND user_groups.delete_at = 0";
        let total = connection.value(sql, args![syncable_id]).await?.unwrap_or_default();
        let sql = "SELECT group_id FROM group_syncables WHERE syncable_id = $1 AND delete_at = 0 AND scheme_admin = 1";
        let admins: HashSet<String> = connection.values(sql, args![syncable_id]).await?.into_iter().collect();
        let with_admin = |group: Group| GroupWithSchemeAdmin { scheme_admin: admins.contains(&group.id), group };
        Ok((groups.into_iter().map(with_admin).collect(), total))
    }

    /// Mattermost's `GetGroupsAssociatedToChannelsByTeam`: for each channel of a team that has
    /// any, the groups that are linked to it.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_groups_by_channels_of_team(
        &self,
        team_id: &str,
        list: &SyncableGroups,
    ) -> Result<BTreeMap<String, Vec<GroupWithSchemeAdmin>>, AppError> {
        let sql = "SELECT DISTINCT channels.id FROM channels JOIN group_syncables ON group_syncables.syncable_id = channels.id
            AND group_syncables.delete_at = 0 WHERE channels.team_id = $1 AND channels.delete_at = 0";
        let channel_ids: Vec<String> = self.store.read().await?.values(sql, args![team_id]).await?;
        let mut found = BTreeMap::new();
        for channel_id in channel_ids {
            let (groups, _) = self.get_groups_by_syncable(&channel_id, list).await?;
            found.insert(channel_id, groups);
        }
        Ok(found)
    }
}

async fn fill_counts(
    store: &mut AnyConnection,
    groups: &mut [Group],
    opts: &GroupSearchOpts,
    restrictions: Option<&ViewUsersRestrictions>,
) -> Result<(), StoreError> {
    let ids: Vec<String> = groups.iter().map(|group| group.id.clone()).collect();
    let count = |members: &HashMap<String, Vec<String>>, id: &String| {
        i32::try_from(members.get(id).map_or(0, Vec::len)).unwrap_or(i32::MAX)
    };
    if opts.include_member_count {
        let (condition, values) = in_sight(restrictions);
        let members = store::members(store, &ids, &condition, &values).await?;
        groups.iter_mut().for_each(|group| group.member_count = Some(count(&members, &group.id)));
    }
    if opts.include_member_ids {
        let mut members = store::members(store, &ids, "", &[]).await?;
        groups.iter_mut().for_each(|group| group.member_ids = members.remove(&group.id).unwrap_or_default());
    }
    let channel = &opts.include_channel_member_count;
    if channel.is_empty() {
        return Ok(());
    }
    let condition = "AND EXISTS (SELECT 1 FROM channel_members WHERE channel_members.user_id = group_members.user_id
        AND channel_members.channel_id = $1)";
    let members = store::members(store, &ids, condition, std::slice::from_ref(channel)).await?;
    for group in &mut *groups {
        group.channel_member_count = Some(count(&members, &group.id));
        if opts.include_timezones {
            let zones = timezones(store, members.get(&group.id).map_or(&[], Vec::as_slice)).await?;
            group.channel_member_timezones_count = Some(i32::try_from(zones.len()).unwrap_or(i32::MAX));
        }
    }
    Ok(())
}

/// The condition that a member is among those whom a restricted user may see.
fn in_sight(restrictions: Option<&ViewUsersRestrictions>) -> (String, Vec<String>) {
    let Some(restrictions) = restrictions else { return (String::new(), Vec::new()) };
    let (teams, channels) = (&restrictions.teams, &restrictions.channels);
    let mut any = Vec::new();
    if !teams.is_empty() {
        any.push(format!(
            "EXISTS (SELECT 1 FROM team_members WHERE team_members.user_id = group_members.user_id
             AND team_members.delete_at = 0 AND team_members.team_id IN ({}))",
            placeholders(0, teams.len())
        ));
    }
    if !channels.is_empty() {
        any.push(format!(
            "EXISTS (SELECT 1 FROM channel_members WHERE channel_members.user_id = group_members.user_id
             AND channel_members.channel_id IN ({}))",
            placeholders(teams.len(), channels.len())
        ));
    }
    // Who may see nobody counts nobody.
    let condition = if any.is_empty() { "AND 1 = 0".to_owned() } else { format!("AND ({})", any.join(" OR ")) };
    (condition, teams.iter().chain(channels).cloned().collect())
}

/// The different time zones of these users, of those who have one.
async fn timezones(store: &mut AnyConnection, user_ids: &[String]) -> Result<HashSet<String>, StoreError> {
    let mut zones = HashSet::new();
    for chunk in user_ids.chunks(CHUNK) {
        let sql = format!("SELECT timezone FROM users WHERE id IN ({})", placeholders(0, chunk.len()));
        let mut arguments = args![];
        chunk.iter().for_each(|id| id.bind(&mut arguments));
        let settings: Vec<StringMap> = store.values(&sql, arguments).await?;
        zones.extend(settings.iter().filter_map(|timezone| {
            let automatic = json::get(timezone, "useAutomaticTimezone") == Some("true");
            let key = if automatic { "automaticTimezone" } else { "manualTimezone" };
            json::get(timezone, key).filter(|zone| !zone.is_empty()).map(str::to_owned)
        }));
    }
    Ok(zones)
}
