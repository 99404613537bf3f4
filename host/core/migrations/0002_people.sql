-- Accounts, what logs them in, and the teams they are in.

-- No record of the code has `password` or `mfa_secret`; a login reads the password alone.
CREATE TABLE users (
    id                   TEXT   PRIMARY KEY,
    create_at            BIGINT NOT NULL,
    update_at            BIGINT NOT NULL,
    delete_at            BIGINT NOT NULL,
    username             TEXT   NOT NULL UNIQUE,
    password             TEXT   NOT NULL DEFAULT '',
    auth_data            TEXT   UNIQUE,
    auth_service         TEXT   NOT NULL,
    email                TEXT   NOT NULL UNIQUE,
    email_verified       BIGINT NOT NULL,
    nickname             TEXT   NOT NULL,
    first_name           TEXT   NOT NULL,
    last_name            TEXT   NOT NULL,
    position             TEXT   NOT NULL,
    roles                TEXT   NOT NULL,
    allow_marketing      BIGINT NOT NULL,
    props                TEXT   NOT NULL,
    notify_props         TEXT   NOT NULL,
    last_password_update BIGINT NOT NULL,
    last_picture_update  BIGINT NOT NULL,
    failed_attempts      BIGINT NOT NULL,
    locale               TEXT   NOT NULL,
    timezone             TEXT   NOT NULL,
    mfa_active           BIGINT NOT NULL,
    mfa_secret           TEXT   NOT NULL DEFAULT '',
    remote_id            TEXT,
    last_login           BIGINT NOT NULL,
    is_bot               BIGINT NOT NULL,
    bot_description      TEXT   NOT NULL,
    bot_last_icon_update BIGINT NOT NULL
);
CREATE INDEX users_update_at ON users (update_at);

-- What a bot has beyond its user.
CREATE TABLE bots (
    user_id   TEXT   PRIMARY KEY,
    owner_id  TEXT   NOT NULL,
    create_at BIGINT NOT NULL,
    update_at BIGINT NOT NULL,
    delete_at BIGINT NOT NULL
);
CREATE INDEX bots_owner_id ON bots (owner_id);

CREATE TABLE sessions (
    id               TEXT   PRIMARY KEY,
    token            TEXT   NOT NULL UNIQUE,
    create_at        BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    user_id          TEXT   NOT NULL,
    device_id        TEXT   NOT NULL,
    roles            TEXT   NOT NULL,
    is_oauth         BIGINT NOT NULL,
    expired_notify   BIGINT NOT NULL,
    props            TEXT   NOT NULL
);
CREATE INDEX sessions_user_id ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE user_access_tokens (
    id          TEXT   PRIMARY KEY,
    token       TEXT   NOT NULL UNIQUE,
    user_id     TEXT   NOT NULL,
    description TEXT   NOT NULL,
    is_active   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX user_access_tokens_user_id ON user_access_tokens (user_id);

CREATE TABLE preferences (
    user_id  TEXT NOT NULL,
    category TEXT NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (user_id, category, name)
);

CREATE TABLE statuses (
    user_id          TEXT   PRIMARY KEY,
    status           TEXT   NOT NULL,
    manual           BIGINT NOT NULL,
    last_activity_at BIGINT NOT NULL,
    dnd_end_time     BIGINT NOT NULL,
    prev_status      TEXT   NOT NULL
);

CREATE TABLE roles (
    id             TEXT   PRIMARY KEY,
    name           TEXT   NOT NULL UNIQUE,
    display_name   TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    create_at      BIGINT NOT NULL,
    update_at      BIGINT NOT NULL,
    delete_at      BIGINT NOT NULL,
    permissions    TEXT   NOT NULL,
    scheme_managed BIGINT NOT NULL,
    built_in       BIGINT NOT NULL
);

CREATE TABLE teams (
    id                    TEXT   PRIMARY KEY,
    create_at             BIGINT NOT NULL,
    update_at             BIGINT NOT NULL,
    delete_at             BIGINT NOT NULL,
    display_name          TEXT   NOT NULL,
    name                  TEXT   NOT NULL UNIQUE,
    description           TEXT   NOT NULL,
    email                 TEXT   NOT NULL,
    type                  TEXT   NOT NULL,
    company_name          TEXT   NOT NULL,
    allowed_domains       TEXT   NOT NULL,
    invite_id             TEXT   NOT NULL UNIQUE,
    allow_open_invite     BIGINT NOT NULL,
    last_team_icon_update BIGINT NOT NULL,
    scheme_id             TEXT,
    group_constrained     BIGINT,
    cloud_limits_archived BIGINT NOT NULL
);

-- A former membership stays, with the time of leaving.
CREATE TABLE team_members (
    team_id        TEXT   NOT NULL,
    user_id        TEXT   NOT NULL,
    explicit_roles TEXT   NOT NULL,
    delete_at      BIGINT NOT NULL,
    scheme_guest   BIGINT NOT NULL,
    scheme_user    BIGINT NOT NULL,
    scheme_admin   BIGINT NOT NULL,
    create_at      BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX team_members_user_id ON team_members (user_id);
