-- Files: pictures and text of them; uploads in parts; custom emoji.

ALTER TABLE file_infos ADD COLUMN thumbnail_path TEXT NOT NULL DEFAULT '';
ALTER TABLE file_infos ADD COLUMN preview_path TEXT NOT NULL DEFAULT '';
ALTER TABLE file_infos ADD COLUMN has_preview_image BIGINT NOT NULL DEFAULT 0;
ALTER TABLE file_infos ADD COLUMN mini_preview BLOB;
CREATE INDEX file_infos_create ON file_infos (create_at, id);
-- Copies share their bytes.
CREATE INDEX file_infos_path ON file_infos (path);

-- What a file is found by, beside its name. Apart from the record: it may be long.
CREATE TABLE file_texts (
    file_id TEXT PRIMARY KEY,
    content TEXT NOT NULL
);

CREATE TABLE upload_sessions (
    id          TEXT   PRIMARY KEY,
    type        TEXT   NOT NULL,
    create_at   BIGINT NOT NULL,
    user_id     TEXT   NOT NULL,
    channel_id  TEXT   NOT NULL,
    filename    TEXT   NOT NULL,
    path        TEXT   NOT NULL,
    file_size   BIGINT NOT NULL,
    file_offset BIGINT NOT NULL,
    remote_id   TEXT   NOT NULL,
    req_file_id TEXT   NOT NULL
);
CREATE INDEX upload_sessions_user ON upload_sessions (user_id);

CREATE TABLE emoji (
    id         TEXT   PRIMARY KEY,
    create_at  BIGINT NOT NULL,
    update_at  BIGINT NOT NULL,
    delete_at  BIGINT NOT NULL,
    creator_id TEXT   NOT NULL,
    name       TEXT   NOT NULL
);
CREATE UNIQUE INDEX emoji_name ON emoji (name) WHERE delete_at = 0;
