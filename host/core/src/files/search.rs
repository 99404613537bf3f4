//! Finding files by their names and texts.

use wasmoat_model::{AppError, FileInfo};

use super::store;
use crate::Core;

/// Most words of one search.
const WORDS: usize = 16;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct FileSearch {
    /// Words, `"phrases"`, `-excluded` ones, and `from:`, `in:`, `ext:`, `before:`, `after:`, `on:`
    /// with a value.
    pub terms: String,
    /// Any of the words, not all of them.
    pub is_or_search: bool,
    /// The team; empty is all of the user's.
    pub team_id: String,
    /// Archived channels too.
    pub include_deleted_channels: bool,
    /// Seconds by which the user's day begins before UTC's.
    pub time_zone_offset: i64,
    /// Counts from 0.
    pub page: i64,
    /// Files on a page.
    pub per_page: i64,
}

/// The parts of a search text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) words: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) from: Vec<String>,
    pub(super) channels: Vec<String>,
    pub(super) extensions: Vec<String>,
    /// First and last millisecond.
    pub(super) after: Option<i64>,
    pub(super) before: Option<i64>,
}

impl Terms {
    pub(super) fn parse(text: &str, time_zone_offset: i64) -> Self {
        let mut terms = Self::default();
        for (index, token) in tokens(text).into_iter().enumerate() {
            if index == WORDS {
                break;
            }
            terms.add(&token, time_zone_offset);
        }
        terms
    }

    fn add(&mut self, token: &str, offset: i64) {
        let lower = token.trim().to_lowercase();
        let value = |name: &str| lower.strip_prefix(name).filter(|value| !value.is_empty()).map(str::to_owned);
        if let Some(name) = value("from:") {
            self.from.push(name.trim_start_matches('@').to_owned());
        } else if let Some(name) = value("in:").or_else(|| value("channel:")) {
            self.channels.push(name.trim_start_matches('~').to_owned());
        } else if let Some(extension) = value("ext:") {
            self.extensions.push(extension.trim_start_matches('.').to_owned());
        } else if let Some(day) = value("after:").and_then(|date| day(&date, offset)) {
            self.after = Some(day.1);
        } else if let Some(day) = value("before:").and_then(|date| day(&date, offset)) {
            self.before = Some(day.0);
        } else if let Some(day) = value("on:").and_then(|date| day(&date, offset)) {
            (self.after, self.before) = (Some(day.0), Some(day.1));
        } else if let Some(word) = value("-") {
            self.excluded.push(word);
        } else if !lower.is_empty() {
            self.words.push(lower);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Words, and what stands between quotation marks.
fn tokens(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for c in text.chars().take(1_000) {
        if c == '"' {
            quoted = !quoted;
        } else if c.is_whitespace() && !quoted {
            found.push(String::new());
        } else if let Some(last) = found.last_mut() {
            last.push(c);
        }
    }
    found.retain(|token| !token.is_empty());
    found
}

/// First millisecond of a day and of the next one.
fn day(date: &str, offset: i64) -> Option<(i64, i64)> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let begin = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    let begin = begin.saturating_sub(offset.clamp(-86_400, 86_400)).saturating_mul(1_000);
    Some((begin, begin.saturating_add(86_400_000)))
}

impl Core {
    /// Mattermost's `SearchFilesInTeamForUser`: the files of posts in the user's channels, the
    /// newest first.
    ///
    /// # Errors
    ///
    /// 501 where the search is switched off.
    pub async fn search_files(&self, user_id: &str, search: &FileSearch) -> Result<Vec<FileInfo>, AppError> {
        if !self.config.flag("ServiceSettings.EnableFileSearch") {
            let text = "Searching files is switched off (setting `ServiceSettings.EnableFileSearch`).";
            return Err(AppError::new("SearchFiles", "store.sql_file_info.search.disabled", 501, text));
        }
        let terms = Terms::parse(&search.terms, search.time_zone_offset);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        Ok(store::search(&mut *self.store.read().await?, user_id, search, &terms).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_text_has_words_and_filters() {
        let terms = Terms::parse(r#"report "second quarter" -draft from:@Ann in:~town ext:PDF on:2026-11-21"#, 3_600);
        assert_eq!(terms.words, ["report", "second quarter"]);
        assert_eq!((terms.excluded, terms.from), (vec!["draft".to_owned()], vec!["ann".to_owned()]));
        assert_eq!((terms.channels, terms.extensions), (vec!["town".to_owned()], vec!["pdf".to_owned()]));
        assert_eq!(terms.before.unwrap() - terms.after.unwrap(), 86_400_000);
        assert_eq!(terms.after, Some(1_795_219_200_000 - 3_600_000));
        assert!(Terms::parse("  \" ", 0).is_empty());
        assert_eq!(Terms::parse("on:nonsense", 0).words, ["on:nonsense"]);
    }
}
