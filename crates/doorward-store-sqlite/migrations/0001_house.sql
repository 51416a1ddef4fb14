-- The first schema. Documents are JSON in `doc`; beside it stands only what is looked up, compared or counted in SQL.
-- Ids are 16 bytes, digests 32 bytes, moments whole seconds since 1970.

CREATE TABLE tenants (
    id   BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    doc  TEXT NOT NULL
) STRICT;

-- Names and domains, lower case: one namespace.
CREATE TABLE tenant_names (
    segment TEXT NOT NULL PRIMARY KEY,
    tenant  BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX tenant_names_tenant ON tenant_names (tenant);

CREATE TABLE pools (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id     BLOB NOT NULL,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX pools_name ON pools (tenant, name, id);

CREATE TABLE users (
    tenant      BLOB NOT NULL,
    pool        BLOB NOT NULL,
    id          BLOB NOT NULL,
    local_id    TEXT NOT NULL,
    sort_name   TEXT NOT NULL,
    display_key TEXT NOT NULL,
    disabled    INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, pool, local_id),
    FOREIGN KEY (tenant, pool) REFERENCES pools (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX users_sort ON users (tenant, sort_name, id);
CREATE INDEX users_display ON users (tenant, display_key);

-- kind: `upn` user principal name, `name` proven sign-in name, `claimed` e-mail address that nobody proved.
CREATE TABLE sign_in_names (
    tenant    BLOB NOT NULL,
    canonical TEXT NOT NULL,
    pool      BLOB NOT NULL,
    user      BLOB NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('upn', 'name', 'claimed')),
    PRIMARY KEY (tenant, canonical, pool, user),
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sign_in_names_taken ON sign_in_names (tenant, pool, canonical) WHERE kind <> 'claimed';
CREATE INDEX sign_in_names_user ON sign_in_names (tenant, user);

CREATE TABLE clients (
    tenant    BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    app_id    BLOB NOT NULL,
    client_id TEXT NOT NULL,
    name_key  TEXT NOT NULL,
    disabled  INTEGER NOT NULL,
    epoch     INTEGER NOT NULL,
    doc       TEXT NOT NULL,
    PRIMARY KEY (tenant, app_id),
    UNIQUE (tenant, client_id),
    UNIQUE (tenant, name_key)
) STRICT;

CREATE TABLE resources (
    tenant   BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id       BLOB NOT NULL,
    name_key TEXT NOT NULL,
    doc      TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, name_key)
) STRICT;

-- Ids, short names and identifier URIs, lower case: one namespace in a tenant.
CREATE TABLE resource_identifiers (
    tenant     BLOB NOT NULL,
    identifier TEXT NOT NULL,
    resource   BLOB NOT NULL,
    PRIMARY KEY (tenant, identifier),
    FOREIGN KEY (tenant, resource) REFERENCES resources (tenant, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_identifiers_resource ON resource_identifiers (tenant, resource);

CREATE TABLE flows (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT;

-- Names and aliases of flows, lower case: one namespace in a tenant.
CREATE TABLE flow_segments (
    tenant  BLOB NOT NULL,
    segment TEXT NOT NULL,
    flow    TEXT NOT NULL,
    PRIMARY KEY (tenant, segment),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX flow_segments_flow ON flow_segments (tenant, flow);

-- principal: the user, or no bytes for every user; `user` repeats it where it is one, for the foreign key.
CREATE TABLE consents (
    tenant    BLOB NOT NULL,
    client    BLOB NOT NULL,
    principal BLOB NOT NULL,
    resource  BLOB NOT NULL,
    user      BLOB,
    doc       TEXT NOT NULL,
    PRIMARY KEY (tenant, client, principal, resource),
    FOREIGN KEY (tenant, client) REFERENCES clients (tenant, app_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX consents_user ON consents (tenant, user) WHERE user IS NOT NULL;
CREATE INDEX consents_resource ON consents (tenant, resource);

-- `app` or `user` repeats the holder, for the foreign keys.
CREATE TABLE role_assignments (
    tenant      BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('app', 'user')),
    holder      BLOB NOT NULL,
    resource    BLOB NOT NULL,
    role        BLOB NOT NULL,
    app         BLOB,
    user        BLOB,
    assigned_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, holder, resource, role),
    FOREIGN KEY (tenant, app) REFERENCES clients (tenant, app_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user) REFERENCES users (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX role_assignments_app ON role_assignments (tenant, app) WHERE app IS NOT NULL;
CREATE INDEX role_assignments_user ON role_assignments (tenant, user) WHERE user IS NOT NULL;
CREATE INDEX role_assignments_resource ON role_assignments (tenant, resource);

CREATE TABLE keys (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kid    TEXT NOT NULL,
    state  TEXT NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, kid)
) STRICT;

-- The document says what the code is bound to and never changes. check_at: the sweep looks at the row then.
CREATE TABLE codes (
    tenant      BLOB NOT NULL,
    digest      BLOB NOT NULL,
    client      BLOB NOT NULL,
    pool        BLOB NOT NULL,
    user        BLOB NOT NULL,
    issued_at   INTEGER NOT NULL,
    redeemed_at INTEGER,
    check_at    INTEGER NOT NULL,
    doc         TEXT NOT NULL,
    PRIMARY KEY (tenant, digest)
) STRICT;
CREATE INDEX codes_check ON codes (check_at);

-- One row per grant and refresh family. The document never changes; a rotation touches no index.
CREATE TABLE grants (
    tenant          BLOB NOT NULL,
    id              BLOB NOT NULL,
    client          BLOB NOT NULL,
    pool            BLOB NOT NULL,
    user            BLOB NOT NULL,
    started_at      INTEGER NOT NULL,
    generation      INTEGER,
    secret_digest   BLOB,
    rotated_at      INTEGER,
    successor       TEXT,
    idle_expiry     INTEGER,
    absolute_expiry INTEGER,
    revoked_at      INTEGER,
    check_at        INTEGER NOT NULL,
    doc             TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX grants_user ON grants (tenant, user, id);
CREATE INDEX grants_client ON grants (tenant, client, id);
CREATE INDEX grants_check ON grants (check_at);

CREATE TABLE sessions (
    digest  BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    expiry  INTEGER NOT NULL,
    doc     TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_expiry ON sessions (expiry);

CREATE TABLE budgets (
    key        TEXT NOT NULL PRIMARY KEY,
    tenant     BLOB NOT NULL,
    count      INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    doc        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_end ON budgets (ends_at);
CREATE INDEX budgets_tenant ON budgets (tenant);

CREATE TABLE spent (
    id    BLOB NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_until ON spent (until);

CREATE TABLE revoked_tokens (
    tenant BLOB NOT NULL,
    jti    TEXT NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (tenant, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_tokens_until ON revoked_tokens (until);

CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    tenant BLOB,
    doc    TEXT NOT NULL
) STRICT;
CREATE INDEX audit_tenant ON audit (tenant, number);

-- The log holds every change after `floor` up to `version`.
CREATE TABLE config_version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    floor   INTEGER NOT NULL
) STRICT;
INSERT INTO config_version VALUES (1, 0, 0);

CREATE TABLE config_log (
    version INTEGER PRIMARY KEY,
    key     TEXT NOT NULL
) STRICT;

CREATE TABLE records (
    name  TEXT NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;
