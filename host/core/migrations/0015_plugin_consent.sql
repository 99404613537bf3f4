-- New versions of plugins that wait for an admin to approve what they ask for; and with which key
-- was signed what was approved.

ALTER TABLE plugin_grants ADD COLUMN signer TEXT NOT NULL DEFAULT '';

CREATE TABLE plugins_pending (
    id           TEXT   PRIMARY KEY,
    version      TEXT   NOT NULL,
    digest       TEXT   NOT NULL,
    size         BIGINT NOT NULL,
    -- Folder of this version below the plugin's own.
    folder       TEXT   NOT NULL,
    manifest     TEXT   NOT NULL,
    inspection   TEXT   NOT NULL,
    installed_at BIGINT NOT NULL,
    installed_by TEXT   NOT NULL,
    signature    TEXT   NOT NULL
);
