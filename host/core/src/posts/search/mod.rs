//! Searching posts, in Mattermost's syntax.
//!
//! [`parse`](mod@parse) reads what a user types, [`store`] turns it into one statement, and
//! [`engine`] is the full-text index of the database at hand.

mod days;
mod engine;
mod parse;
mod store;
#[cfg(test)]
mod tests;
mod words;

use wasmoat_model::{AppError, Post, PostList, SearchParameter, SearchParams, direct_channel_name};

use self::store::Scope;
use crate::{Core, store::StoreError};

/// Searches put together at once.
const SEARCHES: usize = 20;

/// Posts that a search of a plugin finds, and a page where no size is named.
const PER_PAGE: i64 = 100;

/// Most posts on a page.
const PER_PAGE_LIMIT: i64 = 1000;

/// Members of a group message that `in:` may name.
const NAMED: usize = 8;

/// Whether anything but words narrows the search.
fn filters_something(params: &SearchParams) -> bool {
    let lists = [&params.in_channels, &params.excluded_channels, &params.from_users, &params.excluded_users];
    let days = [
        &params.on_date,
        &params.after_date,
        &params.before_date,
        &params.excluded_date,
        &params.excluded_after_date,
        &params.excluded_before_date,
    ];
    lists.iter().any(|list| !list.is_empty()) || days.iter().any(|day| !day.is_empty())
}

/// Whether a search is for something; nobody searches for everything.
fn asks_for_something(params: &SearchParams) -> bool {
    let terms = params.terms.trim();
    let everything = !terms.is_empty() && terms.chars().all(|c| c == '*' || c.is_whitespace());
    let nothing = terms.is_empty() && params.excluded_terms.trim().is_empty() && !filters_something(params);
    !everything && !nothing
}

impl Core {
    /// Makes the index of posts where there is none.
    pub(crate) async fn prepare_post_search(&self) -> Result<(), StoreError> {
        engine::prepare(&self.store).await
    }

    fn check_post_search(&self, at: &str) -> Result<(), AppError> {
        if self.config.get().flag("ServiceSettings.EnablePostSearch") {
            return Ok(());
        }
        let text = "Searching posts is switched off (setting `ServiceSettings.EnablePostSearch`).";
        Err(AppError::new(at, "store.sql_post.search.disabled", 501, text))
    }

    /// Mattermost's `SearchPostsInTeam`: the newest posts that one of the searches finds in any
    /// channel of a team, newest first.
    ///
    /// # Errors
    ///
    /// 400 for too many searches; 501 when post search is off.
    pub async fn search_posts_in_team(
        &self,
        team_id: &str,
        mut searches: Vec<SearchParams>,
    ) -> Result<Vec<Post>, AppError> {
        let at = "SearchPostsInTeam";
        self.check_post_search(at)?;
        if searches.len() > SEARCHES {
            let text = format!("{} searches were given; {SEARCHES} are allowed at once.", searches.len());
            return Err(AppError::new(at, "api.context.invalid_body_param.app_error", 400, text));
        }
        searches.retain(asks_for_something);
        for params in &mut searches {
            params.search_without_user_id = true;
            params.include_deleted_channels &= self.may_see_archived();
        }
        if team_id.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.store.read().await?;
        Ok(store::search(&mut connection, Scope::Team(team_id), &searches, (PER_PAGE, 0)).await?)
    }

    fn may_see_archived(&self) -> bool {
        self.config.get().flag("TeamSettings.ExperimentalViewArchivedChannels")
    }

    /// Mattermost's `SearchPostsForUser`: a page of what a user finds in the own channels, newest
    /// first, with the number of replies.
    ///
    /// # Errors
    ///
    /// 501 when post search is off.
    pub async fn search_posts_for_user(
        &self,
        team_id: &str,
        user_id: &str,
        asked: &SearchParameter,
    ) -> Result<PostList, AppError> {
        self.check_post_search("SearchPostsForUser")?;
        let terms = asked.terms.as_deref().unwrap_or_default();
        let mut searches = parse::parse(terms, asked.time_zone_offset.unwrap_or_default());
        searches.retain(asks_for_something);
        for params in &mut searches {
            params.or_terms = asked.is_or_search.unwrap_or(false);
            params.include_deleted_channels = self.may_see_archived() && asked.include_deleted_channels.unwrap_or(true);
            for name in params.in_channels.iter_mut().chain(&mut params.excluded_channels) {
                self.resolve_people(user_id, name).await;
            }
        }
        let limit = asked.per_page.map_or(PER_PAGE, i64::from).clamp(0, PER_PAGE_LIMIT);
        let offset = i64::from(asked.page.unwrap_or_default().max(0)).saturating_mul(limit);
        let scope = Scope::User { user_id, team_id };
        let mut connection = self.store.read().await?;
        let posts = store::search(&mut connection, scope, &searches, (limit, offset)).await?;
        drop(connection);
        self.with_threads(PostList::of(posts), None, false, false).await
    }

    /// `in:@bob` is the direct channel with Bob, `in:@bob,@eve` the group message with both.
    async fn resolve_people(&self, user_id: &str, name: &mut String) {
        let Some(names) = name.strip_prefix('@') else { return };
        let mut ids = vec![user_id.to_owned()];
        for username in names.split(',').take(NAMED) {
            let username = username.trim().trim_start_matches('@').to_lowercase();
            ids.extend(self.get_user_by_username(&username).await.map(|user| user.id));
        }
        *name = match ids.as_slice() {
            // Nobody of that name: no channel has a name that begins with an `@`.
            [_] => return,
            [one, other] => direct_channel_name(one, other),
            _ => {
                ids.sort_unstable();
                ids.dedup();
                crate::channels::group_name(&ids)
            }
        };
    }
}
