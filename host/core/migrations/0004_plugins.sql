-- Installed plugins, and what the admin allowed them.

CREATE TABLE plugins (
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
    -- minisign, over the file that it was installed from; empty where it was not signed.
    signature    TEXT   NOT NULL
);

-- A grant is bound to the digest of the component that it was given to.
CREATE TABLE plugin_grants (
    plugin_id   TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    consent     TEXT   NOT NULL,
    approved_by TEXT   NOT NULL,
    approved_at BIGINT NOT NULL,
    PRIMARY KEY (plugin_id, digest)
);
