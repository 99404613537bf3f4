-- What several nodes tell each other, and what users did.

CREATE TABLE cluster_nodes (
    id         TEXT   PRIMARY KEY,
    hostname   TEXT   NOT NULL,
    version    TEXT   NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);

-- One row for each receiver: it takes the row with it, so that nobody has to remember a place in
-- a common list, which commits of several nodes would not fill in order.
CREATE TABLE cluster_events (
    id        TEXT   PRIMARY KEY,
    node_id   TEXT   NOT NULL,
    sender_id TEXT   NOT NULL,
    plugin_id TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    data      BLOB   NOT NULL,
    sequence  BIGINT NOT NULL,
    create_at BIGINT NOT NULL
);
CREATE INDEX cluster_events_node_id ON cluster_events (node_id, sequence);

CREATE TABLE audits (
    id         TEXT   PRIMARY KEY,
    create_at  BIGINT NOT NULL,
    user_id    TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    extra_info TEXT   NOT NULL,
    ip_address TEXT   NOT NULL,
    session_id TEXT   NOT NULL
);
CREATE INDEX audits_create_at ON audits (create_at);
CREATE INDEX audits_user_id ON audits (user_id, create_at);
