-- Channels that are shared with remotes, and how far each remote has been told of each.

CREATE TABLE remote_clusters (
    remote_id                TEXT   PRIMARY KEY,
    remote_team_id           TEXT   NOT NULL,
    name                     TEXT   NOT NULL,
    display_name             TEXT   NOT NULL,
    site_url                 TEXT   NOT NULL,
    default_team_id          TEXT   NOT NULL,
    create_at                BIGINT NOT NULL,
    delete_at                BIGINT NOT NULL,
    last_ping_at             BIGINT NOT NULL,
    last_global_user_sync_at BIGINT NOT NULL,
    token                    TEXT   NOT NULL,
    remote_token             TEXT   NOT NULL,
    topics                   TEXT   NOT NULL,
    creator_id               TEXT   NOT NULL,
    plugin_id                TEXT   NOT NULL,
    options                  BIGINT NOT NULL,
    UNIQUE (site_url, plugin_id)
);
CREATE INDEX remote_clusters_plugin ON remote_clusters (plugin_id);

CREATE TABLE shared_channels (
    id           TEXT   PRIMARY KEY,
    team_id      TEXT   NOT NULL,
    home         BIGINT NOT NULL,
    readonly     BIGINT NOT NULL,
    name         TEXT   NOT NULL,
    display_name TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    header       TEXT   NOT NULL,
    creator_id   TEXT   NOT NULL,
    create_at    BIGINT NOT NULL,
    update_at    BIGINT NOT NULL,
    remote_id    TEXT   NOT NULL,
    type         TEXT   NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE shared_channel_remotes (
    id                  TEXT   PRIMARY KEY,
    channel_id          TEXT   NOT NULL,
    creator_id          TEXT   NOT NULL,
    create_at           BIGINT NOT NULL,
    update_at           BIGINT NOT NULL,
    delete_at           BIGINT NOT NULL,
    is_invite_accepted  BIGINT NOT NULL,
    is_invite_confirmed BIGINT NOT NULL,
    remote_id           TEXT   NOT NULL,
    last_post_update_at BIGINT NOT NULL,
    last_post_update_id TEXT   NOT NULL,
    last_post_create_at BIGINT NOT NULL,
    last_post_create_id TEXT   NOT NULL,
    UNIQUE (channel_id, remote_id)
);
CREATE INDEX shared_channel_remotes_remote ON shared_channel_remotes (remote_id);

-- Users that a remote knows from a channel, as they were then.
CREATE TABLE shared_channel_users (
    channel_id    TEXT   NOT NULL,
    remote_id     TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    last_sync_at  BIGINT NOT NULL,
    last_image_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (channel_id, remote_id, user_id)
);

-- Members that a remote knows: who is a member and not here has joined since, and the other way round.
CREATE TABLE shared_channel_memberships (
    channel_id TEXT NOT NULL,
    remote_id  TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    PRIMARY KEY (channel_id, remote_id, user_id)
);

-- Files of posts that were sent; 0 is not sent yet.
CREATE TABLE shared_channel_attachments (
    file_id      TEXT   NOT NULL,
    remote_id    TEXT   NOT NULL,
    channel_id   TEXT   NOT NULL,
    last_sync_at BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    PRIMARY KEY (file_id, remote_id)
);
CREATE INDEX shared_channel_attachments_pending ON shared_channel_attachments (channel_id, remote_id, last_sync_at);

-- Posts that a remote could not take.
CREATE TABLE shared_channel_retries (
    channel_id TEXT   NOT NULL,
    remote_id  TEXT   NOT NULL,
    post_id    TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    PRIMARY KEY (channel_id, remote_id, post_id)
);

-- Confirmations of posts, by users of remotes.
CREATE TABLE post_acknowledgements (
    post_id         TEXT   NOT NULL,
    user_id         TEXT   NOT NULL,
    acknowledged_at BIGINT NOT NULL,
    channel_id      TEXT   NOT NULL,
    remote_id       TEXT,
    PRIMARY KEY (post_id, user_id)
);
