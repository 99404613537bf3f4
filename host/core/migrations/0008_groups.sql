-- User groups, their members, and their links to teams and channels.

CREATE TABLE user_groups (
    id              TEXT   PRIMARY KEY,
    name            TEXT   UNIQUE,
    display_name    TEXT   NOT NULL,
    description     TEXT   NOT NULL,
    source          TEXT   NOT NULL,
    remote_id       TEXT,
    create_at       BIGINT NOT NULL,
    update_at       BIGINT NOT NULL,
    delete_at       BIGINT NOT NULL,
    allow_reference BIGINT NOT NULL,
    UNIQUE (source, remote_id)
);
CREATE INDEX user_groups_display_name ON user_groups (display_name);

CREATE TABLE group_members (
    group_id  TEXT   NOT NULL,
    user_id   TEXT   NOT NULL,
    create_at BIGINT NOT NULL,
    delete_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_members_user ON group_members (user_id, delete_at);

CREATE TABLE group_syncables (
    group_id     TEXT   NOT NULL,
    syncable_id  TEXT   NOT NULL,
    -- `Team` or `Channel`.
    type         TEXT   NOT NULL,
    auto_add     BIGINT NOT NULL,
    scheme_admin BIGINT NOT NULL,
    create_at    BIGINT NOT NULL,
    update_at    BIGINT NOT NULL,
    delete_at    BIGINT NOT NULL,
    PRIMARY KEY (group_id, syncable_id)
);
CREATE INDEX group_syncables_syncable ON group_syncables (syncable_id, delete_at);

-- Who has left a channel: links do not bring them back unasked.
CREATE TABLE channel_departures (
    channel_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    left_at    BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
