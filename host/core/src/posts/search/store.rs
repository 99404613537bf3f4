//! The statement of a search.

use sqlx::{AnyConnection, any::AnyArguments};
use wasmoat_model::{Post, SearchParams};

use super::{days::day, engine, words::words};
use crate::store::{Column, Queries as _, StoreError, args};

/// Where a search looks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope<'a> {
    /// In all channels of a team.
    Team(&'a str),
    /// In a user's channels of a team and in those of no team; of all teams where it is empty.
    User { user_id: &'a str, team_id: &'a str },
}

/// A statement in the making: what is bound is named in the text at once.
#[derive(Default)]
struct Statement {
    conditions: Vec<String>,
    arguments: AnyArguments,
    bound: usize,
}

impl Statement {
    fn bind(&mut self, value: impl Column) -> String {
        value.bind(&mut self.arguments);
        self.bound += 1;
        format!("${}", self.bound)
    }

    fn bind_all<'a>(&mut self, values: impl Iterator<Item = &'a str>) -> String {
        let places: Vec<String> = values.map(|value| self.bind(value)).collect();
        places.join(", ")
    }

    fn scope(&mut self, scope: Scope<'_>) -> String {
        match scope {
            Scope::Team(team_id) => {
                let team = self.bind(team_id);
                format!("channels.team_id = {team} AND channels.type IN ('O', 'P')")
            }
            Scope::User { user_id, team_id } => {
                let (user, team) = (self.bind(user_id), self.bind(team_id));
                format!(
                    "channels.type IN ('O', 'P', 'D', 'G') AND ({team} = '' OR channels.team_id IN ({team}, ''))
                     AND EXISTS (SELECT 1 FROM channel_members WHERE channel_members.channel_id = channels.id
                        AND channel_members.user_id = {user})"
                )
            }
        }
    }

    /// One of the searches.
    fn search(&mut self, params: &SearchParams) -> String {
        self.conditions.clear();
        self.words(params);
        self.channels(&params.in_channels, "");
        self.channels(&params.excluded_channels, "NOT ");
        self.users(&params.from_users, "");
        self.users(&params.excluded_users, "NOT ");
        self.dates(params);
        if !params.include_deleted_channels {
            self.conditions.push("channels.delete_at = 0".to_owned());
        }
        // Never empty, whatever the search leaves out.
        self.conditions.push("1 = 1".to_owned());
        format!("({})", self.conditions.join(" AND "))
    }

    fn words(&mut self, params: &SearchParams) {
        let (wanted, unwanted) = (words(&params.terms), words(&params.excluded_terms));
        if !wanted.is_empty() {
            let place = self.bind(engine::expression(&wanted, params.or_terms));
            self.conditions.push(engine::matches(params.is_hashtag, &place));
        }
        if !unwanted.is_empty() {
            let place = self.bind(engine::expression(&unwanted, true));
            self.conditions.push(format!("NOT {}", engine::matches(params.is_hashtag, &place)));
        }
    }

    fn channels(&mut self, names: &[String], not: &str) {
        if names.is_empty() {
            return;
        }
        let places = self.bind_all(names.iter().map(|name| name.trim_start_matches('~')));
        self.conditions.push(format!("{not}(channels.id IN ({places}) OR channels.name IN ({places}))"));
    }

    fn users(&mut self, names: &[String], not: &str) {
        if names.is_empty() {
            return;
        }
        let names: Vec<String> = names.iter().map(|name| name.trim_start_matches('@').to_lowercase()).collect();
        let places = self.bind_all(names.iter().map(String::as_str));
        self.conditions.push(format!(
            "posts.user_id {not}IN (SELECT users.id FROM users WHERE users.id IN ({places}) OR users.username IN ({places}))"
        ));
    }

    fn dates(&mut self, params: &SearchParams) {
        let day = |text: &str| day(text, params.timezone_offset);
        if let Some((start, end)) = day(&params.on_date) {
            let (start, end) = (self.bind(start), self.bind(end));
            self.conditions.push(format!("posts.create_at BETWEEN {start} AND {end}"));
            return;
        }
        if let Some((start, end)) = day(&params.excluded_date) {
            let (start, end) = (self.bind(start), self.bind(end));
            self.conditions.push(format!("NOT posts.create_at BETWEEN {start} AND {end}"));
        }
        for (time, operator) in [
            (day(&params.after_date).map(|day| day.1), ">"),
            (day(&params.excluded_after_date).map(|day| day.1), "<="),
            (day(&params.before_date).map(|day| day.0), "<"),
            (day(&params.excluded_before_date).map(|day| day.0), ">="),
        ] {
            if let Some(time) = time {
                let time = self.bind(time);
                self.conditions.push(format!("posts.create_at {operator} {time}"));
            }
        }
    }
}

/// Whether a search can find anything: it cannot where it wants words and names none, or a day
/// that is none. (Such a day leaves nothing out, on the other hand.)
fn can_match(params: &SearchParams) -> bool {
    let days = [&params.on_date, &params.after_date, &params.before_date];
    let is_day = |text: &str| text.is_empty() || day(text, 0).is_some();
    (params.terms.trim().is_empty() || !words(&params.terms).is_empty()) && days.into_iter().all(|text| is_day(text))
}

/// A page of what one of the searches finds, newest first.
pub(super) async fn search(
    store: &mut AnyConnection,
    scope: Scope<'_>,
    searches: &[SearchParams],
    (limit, offset): (i64, i64),
) -> Result<Vec<Post>, StoreError> {
    let mut statement = Statement { arguments: args![], ..Statement::default() };
    let scope = statement.scope(scope);
    let any: Vec<String> =
        searches.iter().filter(|params| can_match(params)).map(|params| statement.search(params)).collect();
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let (limit, offset) = (statement.bind(limit), statement.bind(offset));
    let rest = format!(
        "JOIN channels ON channels.id = posts.channel_id
         WHERE posts.delete_at = 0 AND posts.type NOT LIKE 'system*_%' ESCAPE '*' AND {scope} AND ({})
         ORDER BY posts.create_at DESC, posts.id DESC LIMIT {limit} OFFSET {offset}",
        any.join(" OR ")
    );
    store.all(&rest, statement.arguments).await
}
