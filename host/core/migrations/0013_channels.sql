-- What plugins, policies and users say of channels.

-- Plugins that claimed a channel; their ids in lower case.
CREATE TABLE channel_guards (
    channel_id TEXT   NOT NULL,
    plugin_id  TEXT   NOT NULL,
    create_at  BIGINT NOT NULL,
    PRIMARY KEY (channel_id, plugin_id)
);

CREATE TABLE retention_policies (
    id                 TEXT   PRIMARY KEY,
    display_name       TEXT   NOT NULL,
    -- -1 is for ever.
    post_duration_days BIGINT NOT NULL
);

-- A team and a channel have one policy at most.
CREATE TABLE retention_policy_teams (
    team_id   TEXT PRIMARY KEY,
    policy_id TEXT NOT NULL
);
CREATE INDEX retention_policy_teams_policy ON retention_policy_teams (policy_id);

CREATE TABLE retention_policy_channels (
    channel_id TEXT PRIMARY KEY,
    policy_id  TEXT NOT NULL
);
CREATE INDEX retention_policy_channels_policy ON retention_policy_channels (policy_id);

-- What data retention deletes is found by time.
CREATE INDEX posts_create_at ON posts (create_at);
CREATE INDEX file_infos_create_at ON file_infos (create_at);

CREATE TABLE sidebar_categories (
    id           TEXT   PRIMARY KEY,
    user_id      TEXT   NOT NULL,
    team_id      TEXT   NOT NULL,
    sort_order   BIGINT NOT NULL,
    sorting      TEXT   NOT NULL,
    type         TEXT   NOT NULL,
    display_name TEXT   NOT NULL,
    muted        BIGINT NOT NULL,
    collapsed    BIGINT NOT NULL
);
CREATE INDEX sidebar_categories_user_team ON sidebar_categories (user_id, team_id);

-- Channels that a user has put somewhere; all others are in the category of their kind.
CREATE TABLE sidebar_channels (
    category_id TEXT   NOT NULL,
    channel_id  TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    sort_order  BIGINT NOT NULL,
    PRIMARY KEY (category_id, channel_id)
);
CREATE INDEX sidebar_channels_user ON sidebar_channels (user_id, channel_id);
