//! The full-text engine: all SQL of search that is SQLite's own.
//!
//! FTS5 keeps the words of live posts in two tables without content: messages, whose words are
//! stemmed as Mattermost's database does it, and hashtags, each of which is one word. A number
//! stands for a post in both, since the rows of `posts` have no lasting number of their own. Triggers
//! keep them in step, in the transaction that changes the post, whoever changes it.
//!
//! With PostgreSQL this file is two expression indexes, `to_tsvector(message)` and
//! `to_tsvector('simple', hashtags)`, and a condition on each.

use super::words::Word;
use crate::store::{Queries as _, Store, StoreError, args};

/// What is searched: live posts that people or integrations wrote.
const SEARCHED: &str = "new.delete_at = 0 AND substr(new.type, 1, 7) <> 'system_'";

const TABLES: [&str; 3] = [
    "CREATE TABLE post_search (number INTEGER PRIMARY KEY, post_id TEXT NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE post_words USING fts5(message, content = '', contentless_delete = 1,
        tokenize = 'porter unicode61 remove_diacritics 2')",
    r#"CREATE VIRTUAL TABLE post_tags USING fts5(hashtags, content = '', contentless_delete = 1,
        tokenize = "unicode61 remove_diacritics 0 tokenchars '#-_.'")"#,
];

/// Posts that were there before the index.
const FILL: [&str; 3] = [
    "INSERT INTO post_search (post_id) SELECT id FROM posts
        WHERE delete_at = 0 AND substr(type, 1, 7) <> 'system_' ORDER BY create_at",
    "INSERT INTO post_words (rowid, message) SELECT number, message FROM post_search JOIN posts ON id = post_id",
    "INSERT INTO post_tags (rowid, hashtags) SELECT number, hashtags FROM post_search JOIN posts ON id = post_id",
];

fn triggers() -> [String; 3] {
    let number = |post: &str| format!("(SELECT number FROM post_search WHERE post_id = {post}.id)");
    let forget = format!(
        "DELETE FROM post_words WHERE rowid = {0}; DELETE FROM post_tags WHERE rowid = {0};
         DELETE FROM post_search WHERE post_id = old.id;",
        number("old")
    );
    let learn = "INSERT INTO post_search (post_id) SELECT new.id WHERE SEARCHED;
         INSERT INTO post_words (rowid, message) SELECT number, new.message FROM post_search WHERE post_id = new.id;
         INSERT INTO post_tags (rowid, hashtags) SELECT number, new.hashtags FROM post_search WHERE post_id = new.id;"
        .replace("SEARCHED", SEARCHED);
    [
        format!("CREATE TRIGGER post_search_insert AFTER INSERT ON posts WHEN {SEARCHED} BEGIN {learn} END"),
        format!(
            "CREATE TRIGGER post_search_update AFTER UPDATE OF message, hashtags, delete_at, type ON posts
             BEGIN {forget} {learn} END"
        ),
        format!("CREATE TRIGGER post_search_delete AFTER DELETE ON posts BEGIN {forget} END"),
    ]
}

/// Makes the index where there is none, with the posts that are there.
pub(super) async fn prepare(store: &Store) -> Result<(), StoreError> {
    let sql = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'post_search'";
    let made: Option<i64> = store.read().await?.value(sql, args![]).await?;
    if made.unwrap_or_default() > 0 {
        return Ok(());
    }
    let mut tx = store.write().await?;
    for sql in TABLES.into_iter().chain(FILL) {
        tx.run(sql, args![]).await?;
    }
    for sql in triggers() {
        tx.run(&sql, args![]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A condition on `posts`: the message, or the hashtags, match the [`expression`] in this place.
pub(super) fn matches(hashtags: bool, place: &str) -> String {
    let table = if hashtags { "post_tags" } else { "post_words" };
    format!(
        "posts.id IN (SELECT post_search.post_id FROM {table} JOIN post_search ON post_search.number = {table}.rowid
         WHERE {table} MATCH {place})"
    )
}

/// The words in FTS5's own syntax, each in quotes: nothing that a user types is read as syntax.
pub(super) fn expression(words: &[Word], any: bool) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| {
            let text = word.text.replace('"', "\"\"");
            format!("\"{text}\"{}", if word.prefix { " *" } else { "" })
        })
        .collect();
    quoted.join(if any { " OR " } else { " AND " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_whatever_they_are() {
        let word = |text: &str, prefix| Word { text: text.into(), prefix };
        let words = [word("a\" OR b", false), word("NEAR(", true)];
        assert_eq!(expression(&words, false), "\"a\"\" OR b\" AND \"NEAR(\" *");
        assert_eq!(expression(&words, true), "\"a\"\" OR b\" OR \"NEAR(\" *");
    }
}
