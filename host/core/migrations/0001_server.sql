-- What belongs to the server itself and to plugins.

CREATE TABLE systems (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE plugin_key_values (
    plugin_id TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    value     BLOB   NOT NULL,
    expire_at BIGINT NOT NULL,
    PRIMARY KEY (plugin_id, key)
);
CREATE INDEX plugin_key_values_expire_at ON plugin_key_values (expire_at);
