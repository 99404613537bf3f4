-- What is written and not sent yet. (The search index of posts is made by the code that knows the
-- engine.)

CREATE TABLE drafts (
    user_id    TEXT   NOT NULL,
    channel_id TEXT   NOT NULL,
    -- Empty for a draft in the channel itself.
    root_id    TEXT   NOT NULL,
    create_at  BIGINT NOT NULL,
    update_at  BIGINT NOT NULL,
    message    TEXT   NOT NULL,
    type       TEXT   NOT NULL,
    props      TEXT   NOT NULL,
    file_ids   TEXT   NOT NULL,
    priority   TEXT   NOT NULL,
    PRIMARY KEY (user_id, channel_id, root_id)
);
CREATE INDEX drafts_thread ON drafts (channel_id, root_id);

-- A row is gone in the transaction that stores its post. What could not be sent has an error code.
CREATE TABLE scheduled_posts (
    id           TEXT   PRIMARY KEY,
    create_at    BIGINT NOT NULL,
    update_at    BIGINT NOT NULL,
    user_id      TEXT   NOT NULL,
    channel_id   TEXT   NOT NULL,
    root_id      TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    type         TEXT   NOT NULL,
    props        TEXT   NOT NULL,
    file_ids     TEXT   NOT NULL,
    priority     TEXT   NOT NULL,
    scheduled_at BIGINT NOT NULL,
    processed_at BIGINT NOT NULL,
    error_code   TEXT   NOT NULL
);
CREATE INDEX scheduled_posts_due ON scheduled_posts (error_code, scheduled_at);
CREATE INDEX scheduled_posts_user ON scheduled_posts (user_id);
CREATE INDEX scheduled_posts_root ON scheduled_posts (root_id);
