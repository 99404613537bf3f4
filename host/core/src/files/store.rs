//! The SQL of files.

use sqlx::AnyConnection;
use wasmoat_model::{FileInfo, GetFileInfosOptions};

use super::search::{FileSearch, Terms};

use crate::{
    posts::store::CHUNK,
    store::{Column as _, Queries as _, StoreError, args, placeholders, record},
};

record!(
    FileInfo,
    "file_infos",
    key[id],
    [
        user_id,
        post_id,
        channel_id,
        create_at,
        update_at,
        delete_at,
        path,
        thumbnail_path,
        preview_path,
        name,
        extension,
        size,
        mime_type,
        width,
        height,
        has_preview_image,
        mini_preview,
        remote_id,
    ]
);

/// One live record.
pub(super) async fn one(store: &mut AnyConnection, id: &str) -> Result<Option<FileInfo>, StoreError> {
    store.one("WHERE id = $1 AND delete_at = 0", args![id]).await
}

/// The live files of posts.
pub(super) async fn of_posts(store: &mut AnyConnection, post_ids: &[String]) -> Result<Vec<FileInfo>, StoreError> {
    let mut infos = Vec::new();
    for chunk in post_ids.chunks(CHUNK) {
        let mut arguments = args![];
        chunk.iter().for_each(|id| id.bind(&mut arguments));
        let rest =
            format!("WHERE delete_at = 0 AND post_id IN ({}) ORDER BY create_at, id", placeholders(0, chunk.len()));
        infos.extend(store.all::<FileInfo>(&rest, arguments).await?);
    }
    Ok(infos)
}

/// A page of records; `order` is one of ours, never a caller's text.
pub(super) async fn page(
    store: &mut AnyConnection,
    options: &GetFileInfosOptions,
    order: &str,
    (offset, limit): (i64, i64),
) -> Result<Vec<FileInfo>, StoreError> {
    let mut arguments = args![options.since, options.include_deleted, limit, offset];
    let mut rest = "WHERE create_at >= $1 AND (delete_at = 0 OR $2 = 1)".to_owned();
    let mut bound = 4;
    for (column, ids) in [("user_id", &options.user_ids), ("channel_id", &options.channel_ids)] {
        if !ids.is_empty() {
            rest.push_str(&format!(" AND {column} IN ({})", placeholders(bound, ids.len())));
            ids.iter().for_each(|id| id.bind(&mut arguments));
            bound += ids.len();
        }
    }
    rest.push_str(&format!(" ORDER BY {order} LIMIT $3 OFFSET $4"));
    store.all(&rest, arguments).await
}

/// The text by which a file is found.
pub(super) async fn text(store: &mut AnyConnection, id: &str) -> Result<String, StoreError> {
    let found = store.value("SELECT content FROM file_texts WHERE file_id = $1", args![id]).await?;
    Ok(found.unwrap_or_default())
}

/// Sets that text.
pub(super) async fn set_text(store: &mut AnyConnection, id: &str, text: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO file_texts (file_id, content) VALUES ($1, $2)
        ON CONFLICT (file_id) DO UPDATE SET content = excluded.content";
    store.run(sql, args![id, text]).await?;
    Ok(())
}

/// Whether another record, deleted or not, has the same bytes.
pub(super) async fn shares_bytes(store: &mut AnyConnection, info: &FileInfo) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM file_infos WHERE path = $1 AND id <> $2";
    let others: Option<i64> = store.value(sql, args![info.path, info.id]).await?;
    Ok(others.unwrap_or_default() > 0)
}

/// Deletes a record and its text.
pub(super) async fn delete(tx: &mut AnyConnection, id: &str) -> Result<(), StoreError> {
    tx.run("DELETE FROM file_texts WHERE file_id = $1", args![id]).await?;
    tx.run("DELETE FROM file_infos WHERE id = $1", args![id]).await?;
    Ok(())
}

/// A condition with its values.
struct Where<'a> {
    text: String,
    arguments: &'a mut sqlx::any::AnyArguments,
    bound: usize,
}

impl Where<'_> {
    fn value(&mut self, value: &str) -> String {
        value.bind(self.arguments);
        self.bound += 1;
        format!("${}", self.bound)
    }

    /// Name or text contains the word.
    fn contains(&mut self, word: &str) -> String {
        let escaped = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        let place = self.value(&format!("%{escaped}%"));
        format!(
            r"(LOWER(file_infos.name) LIKE {place} ESCAPE '\' OR LOWER(COALESCE(file_texts.content, '')) LIKE {place} ESCAPE '\')"
        )
    }

    fn any(&mut self, values: &[String], condition: impl Fn(&str) -> String) {
        if !values.is_empty() {
            let all: Vec<String> = values.iter().map(|value| condition(&self.value(value))).collect();
            self.text.push_str(&format!(" AND ({})", all.join(" OR ")));
        }
    }

    fn words(&mut self, words: &[String], join: &str) {
        if !words.is_empty() {
            let all: Vec<String> = words.iter().map(|word| self.contains(word)).collect();
            self.text.push_str(&format!(" AND ({})", all.join(join)));
        }
    }
}

/// Live files of live posts in channels of the user, the newest first.
pub(super) async fn search(
    store: &mut AnyConnection,
    user_id: &str,
    search: &FileSearch,
    terms: &Terms,
) -> Result<Vec<FileInfo>, StoreError> {
    let mut arguments = args![
        user_id,
        search.team_id,
        search.include_deleted_channels,
        terms.after.unwrap_or_default(),
        terms.before.unwrap_or(i64::MAX),
        search.per_page.clamp(0, 200),
        search.page.max(0).saturating_mul(search.per_page.clamp(0, 200)),
    ];
    let text = "LEFT JOIN file_texts ON file_texts.file_id = file_infos.id
        WHERE file_infos.delete_at = 0 AND file_infos.post_id <> '' AND file_infos.create_at >= $4 AND file_infos.create_at < $5
        AND file_infos.channel_id IN (SELECT channels.id FROM channels
            JOIN channel_members ON channel_members.channel_id = channels.id AND channel_members.user_id = $1
            WHERE ($2 = '' OR channels.team_id = $2 OR channels.team_id = '') AND (channels.delete_at = 0 OR $3 = 1))";
    let mut condition = Where { text: text.to_owned(), arguments: &mut arguments, bound: 7 };
    condition.any(&terms.from, |place| {
        format!("file_infos.user_id = {place} OR file_infos.user_id = (SELECT id FROM users WHERE username = {place})")
    });
    condition.any(&terms.channels, |place| {
        format!(
            "file_infos.channel_id = {place} OR file_infos.channel_id IN (SELECT id FROM channels WHERE name = {place})"
        )
    });
    condition.any(&terms.extensions, |place| format!("file_infos.extension = {place}"));
    condition.words(&terms.words, if search.is_or_search { " OR " } else { " AND " });
    for word in &terms.excluded {
        let contains = condition.contains(word);
        condition.text.push_str(&format!(" AND NOT {contains}"));
    }
    let rest = format!("{} ORDER BY file_infos.create_at DESC, file_infos.id DESC LIMIT $6 OFFSET $7", condition.text);
    store.all(&rest, arguments).await
}
