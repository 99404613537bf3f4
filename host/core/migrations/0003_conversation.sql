-- Channels, messages and what hangs on them. Booleans are 0 and 1, JSON is text.

CREATE TABLE channels (
    id                    TEXT   PRIMARY KEY,
    create_at             BIGINT NOT NULL,
    update_at             BIGINT NOT NULL,
    delete_at             BIGINT NOT NULL,
    -- Empty for direct and group messages.
    team_id               TEXT   NOT NULL,
    type                  TEXT   NOT NULL,
    display_name          TEXT   NOT NULL,
    name                  TEXT   NOT NULL,
    header                TEXT   NOT NULL,
    purpose               TEXT   NOT NULL,
    last_post_at          BIGINT NOT NULL,
    last_root_post_at     BIGINT NOT NULL,
    total_msg_count       BIGINT NOT NULL,
    total_msg_count_root  BIGINT NOT NULL,
    creator_id            TEXT   NOT NULL,
    scheme_id             TEXT,
    props                 TEXT   NOT NULL,
    group_constrained     BIGINT,
    autotranslation       BIGINT NOT NULL,
    shared                BIGINT,
    banner_info           TEXT,
    default_category_name TEXT   NOT NULL,
    UNIQUE (team_id, name)
);
CREATE INDEX channels_team_type ON channels (team_id, type, delete_at);

CREATE TABLE channel_members (
    channel_id               TEXT   NOT NULL,
    user_id                  TEXT   NOT NULL,
    explicit_roles           TEXT   NOT NULL,
    last_viewed_at           BIGINT NOT NULL,
    msg_count                BIGINT NOT NULL,
    msg_count_root           BIGINT NOT NULL,
    mention_count            BIGINT NOT NULL,
    mention_count_root       BIGINT NOT NULL,
    urgent_mention_count     BIGINT NOT NULL,
    notify_props             TEXT   NOT NULL,
    last_update_at           BIGINT NOT NULL,
    scheme_guest             BIGINT NOT NULL,
    scheme_user              BIGINT NOT NULL,
    scheme_admin             BIGINT NOT NULL,
    autotranslation_disabled BIGINT NOT NULL,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX channel_members_user ON channel_members (user_id);

CREATE TABLE posts (
    id            TEXT   PRIMARY KEY,
    create_at     BIGINT NOT NULL,
    update_at     BIGINT NOT NULL,
    edit_at       BIGINT NOT NULL,
    delete_at     BIGINT NOT NULL,
    is_pinned     BIGINT NOT NULL,
    user_id       TEXT   NOT NULL,
    channel_id    TEXT   NOT NULL,
    root_id       TEXT   NOT NULL,
    -- Set on former versions of an edited post, which are deleted rows.
    original_id   TEXT   NOT NULL,
    message       TEXT   NOT NULL,
    type          TEXT   NOT NULL,
    props         TEXT   NOT NULL,
    hashtags      TEXT   NOT NULL,
    file_ids      TEXT   NOT NULL,
    has_reactions BIGINT NOT NULL,
    remote_id     TEXT
);
CREATE INDEX posts_channel_create ON posts (channel_id, delete_at, create_at);
CREATE INDEX posts_channel_update ON posts (channel_id, update_at);
CREATE INDEX posts_root ON posts (root_id, create_at);
CREATE INDEX posts_original ON posts (original_id);
CREATE INDEX posts_user ON posts (user_id, create_at);
CREATE INDEX posts_pinned ON posts (channel_id) WHERE is_pinned = 1;

-- A root post has a row here from its first reply on.
CREATE TABLE threads (
    post_id       TEXT   PRIMARY KEY,
    channel_id    TEXT   NOT NULL,
    team_id       TEXT   NOT NULL,
    reply_count   BIGINT NOT NULL,
    last_reply_at BIGINT NOT NULL,
    delete_at     BIGINT NOT NULL,
    -- Ids of the authors of replies, those who wrote last at the end.
    participants  TEXT   NOT NULL
);
CREATE INDEX threads_channel ON threads (channel_id, last_reply_at);

CREATE TABLE thread_memberships (
    post_id         TEXT   NOT NULL,
    user_id         TEXT   NOT NULL,
    following       BIGINT NOT NULL,
    last_viewed     BIGINT NOT NULL,
    last_updated    BIGINT NOT NULL,
    unread_mentions BIGINT NOT NULL,
    PRIMARY KEY (post_id, user_id)
);
CREATE INDEX thread_memberships_user ON thread_memberships (user_id, following);

CREATE TABLE reactions (
    user_id    TEXT   NOT NULL,
    post_id    TEXT   NOT NULL,
    emoji_name TEXT   NOT NULL,
    create_at  BIGINT NOT NULL,
    update_at  BIGINT NOT NULL,
    delete_at  BIGINT NOT NULL,
    remote_id  TEXT,
    channel_id TEXT   NOT NULL,
    PRIMARY KEY (post_id, user_id, emoji_name)
);

CREATE TABLE file_infos (
    id                TEXT   PRIMARY KEY,
    user_id           TEXT   NOT NULL,
    -- Empty until a post takes the file.
    post_id           TEXT   NOT NULL,
    channel_id        TEXT   NOT NULL,
    create_at         BIGINT NOT NULL,
    update_at         BIGINT NOT NULL,
    delete_at         BIGINT NOT NULL,
    -- Key in the file store.
    path              TEXT   NOT NULL,
    name              TEXT   NOT NULL,
    extension         TEXT   NOT NULL,
    size              BIGINT NOT NULL,
    mime_type         TEXT   NOT NULL,
    width             BIGINT NOT NULL,
    height            BIGINT NOT NULL,
    remote_id         TEXT
);
CREATE INDEX file_infos_post ON file_infos (post_id);
CREATE INDEX file_infos_channel ON file_infos (channel_id);

-- Commands that a web address answers; those of plugins live in memory.
CREATE TABLE commands (
    id                     TEXT   PRIMARY KEY,
    token                  TEXT   NOT NULL,
    create_at              BIGINT NOT NULL,
    update_at              BIGINT NOT NULL,
    delete_at              BIGINT NOT NULL,
    creator_id             TEXT   NOT NULL,
    team_id                TEXT   NOT NULL,
    trigger                TEXT   NOT NULL,
    method                 TEXT   NOT NULL,
    username               TEXT   NOT NULL,
    icon_url               TEXT   NOT NULL,
    auto_complete          BIGINT NOT NULL,
    auto_complete_desc     TEXT   NOT NULL,
    auto_complete_hint     TEXT   NOT NULL,
    display_name           TEXT   NOT NULL,
    description            TEXT   NOT NULL,
    url                    TEXT   NOT NULL,
    plugin_id              TEXT   NOT NULL,
    autocomplete_data      TEXT   NOT NULL,
    autocomplete_icon_data TEXT   NOT NULL
);
CREATE INDEX commands_team ON commands (team_id, delete_at);
