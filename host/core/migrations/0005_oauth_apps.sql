-- Applications that may act for users who allow it.

CREATE TABLE oauth_apps (
    id                        TEXT   PRIMARY KEY,
    creator_id                TEXT   NOT NULL,
    create_at                 BIGINT NOT NULL,
    update_at                 BIGINT NOT NULL,
    client_secret             TEXT   NOT NULL,
    name                      TEXT   NOT NULL,
    description               TEXT   NOT NULL,
    icon_url                  TEXT   NOT NULL,
    callback_urls             TEXT   NOT NULL,
    homepage                  TEXT   NOT NULL,
    is_trusted                BIGINT NOT NULL,
    mattermost_app_id         TEXT   NOT NULL,
    is_dynamically_registered BIGINT NOT NULL
);
CREATE INDEX oauth_apps_creator_id ON oauth_apps (creator_id);

-- Ended every half minute where their time is over.
CREATE INDEX statuses_dnd_end_time ON statuses (dnd_end_time);
