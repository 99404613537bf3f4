-- Properties of posts, channels and users, and the policies over them.

CREATE TABLE property_groups (
    id             TEXT   PRIMARY KEY,
    name           TEXT   NOT NULL UNIQUE,
    version        BIGINT NOT NULL,
    schema_version BIGINT NOT NULL
);

CREATE TABLE property_fields (
    id                 TEXT   PRIMARY KEY,
    group_id           TEXT   NOT NULL,
    name               TEXT   NOT NULL,
    type               TEXT   NOT NULL,
    attrs              TEXT   NOT NULL,
    target_id          TEXT   NOT NULL,
    target_type        TEXT   NOT NULL,
    object_type        TEXT   NOT NULL,
    protected          BIGINT NOT NULL,
    permission_field   TEXT,
    permission_values  TEXT,
    permission_options TEXT,
    create_at          BIGINT NOT NULL,
    update_at          BIGINT NOT NULL,
    delete_at          BIGINT NOT NULL,
    created_by         TEXT   NOT NULL,
    updated_by         TEXT   NOT NULL,
    linked_field_id    TEXT
);

-- The first generation has one name per target, the second one per kind of object as well.
CREATE UNIQUE INDEX property_fields_name ON property_fields (group_id, object_type, target_id, name)
    WHERE delete_at = 0;
CREATE INDEX property_fields_page ON property_fields (group_id, create_at, id);
CREATE INDEX property_fields_link ON property_fields (linked_field_id);

CREATE TABLE property_values (
    id          TEXT   PRIMARY KEY,
    target_id   TEXT   NOT NULL,
    target_type TEXT   NOT NULL,
    group_id    TEXT   NOT NULL,
    field_id    TEXT   NOT NULL,
    -- Canonical JSON, so that equal values have equal text.
    value       TEXT   NOT NULL,
    create_at   BIGINT NOT NULL,
    update_at   BIGINT NOT NULL,
    delete_at   BIGINT NOT NULL,
    created_by  TEXT   NOT NULL,
    updated_by  TEXT   NOT NULL
);

CREATE UNIQUE INDEX property_values_one ON property_values (group_id, target_id, field_id) WHERE delete_at = 0;
CREATE INDEX property_values_page ON property_values (group_id, create_at, id);
CREATE INDEX property_values_field ON property_values (field_id);

CREATE TABLE access_control_policies (
    -- Id of the resource.
    id        TEXT   PRIMARY KEY,
    name      TEXT   NOT NULL,
    type      TEXT   NOT NULL,
    active    BIGINT NOT NULL,
    create_at BIGINT NOT NULL,
    revision  BIGINT NOT NULL,
    version   TEXT   NOT NULL,
    rules     TEXT   NOT NULL,
    props     TEXT   NOT NULL
);
