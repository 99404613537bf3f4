-- What the keys and values of each plugin add up to, so that a write need not count them. Its row
-- is changed in the transaction of every write, which also keeps two writes of one plugin from
-- passing the limit together.

CREATE TABLE plugin_kv_usage (
    plugin_id TEXT   PRIMARY KEY,
    bytes     BIGINT NOT NULL,
    keys      BIGINT NOT NULL
);
INSERT INTO plugin_kv_usage (plugin_id, bytes, keys)
    SELECT plugin_id, SUM(octet_length(key) + length(value)), COUNT(*) FROM plugin_key_values GROUP BY plugin_id;
