-- Questions to a mailbox, the outbox, the revocation feed, the request log, and whose session is whose.

CREATE TABLE challenges (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id     BLOB NOT NULL,
    answer BLOB NOT NULL,
    expiry INTEGER NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX challenges_expiry ON challenges (expiry);

-- attempts, next_attempt and last_error are what moves; the document never changes.
CREATE TABLE mails (
    id           BLOB NOT NULL PRIMARY KEY,
    tenant       BLOB REFERENCES tenants (id) ON DELETE CASCADE,
    next_attempt INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    last_error   TEXT,
    doc          TEXT NOT NULL
) STRICT;
CREATE INDEX mails_next ON mails (next_attempt, id);
CREATE INDEX mails_tenant ON mails (tenant);

CREATE TABLE revocations (
    tenant BLOB NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key    TEXT NOT NULL,
    until  INTEGER NOT NULL,
    doc    TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT;
CREATE INDEX revocations_until ON revocations (until);

CREATE TABLE events (
    number INTEGER PRIMARY KEY,
    trace  TEXT NOT NULL,
    tenant BLOB,
    user   BLOB,
    app    BLOB,
    until  INTEGER NOT NULL,
    doc    TEXT NOT NULL
) STRICT;
CREATE INDEX events_trace ON events (trace);
CREATE INDEX events_tenant ON events (tenant, number);
CREATE INDEX events_user ON events (tenant, user, number) WHERE user IS NOT NULL;
CREATE INDEX events_app ON events (tenant, app, number) WHERE app IS NOT NULL;
CREATE INDEX events_until ON events (until);

CREATE TABLE session_accounts (
    tenant BLOB NOT NULL,
    user   BLOB NOT NULL,
    digest BLOB NOT NULL REFERENCES sessions (digest) ON DELETE CASCADE,
    PRIMARY KEY (tenant, user, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_accounts_digest ON session_accounts (digest);
INSERT INTO session_accounts (tenant, user, digest)
SELECT unhex(replace(account.value ->> 'tenant', '-', '')), unhex(replace(account.value ->> 'user', '-', '')), sessions.digest
FROM sessions, json_each(sessions.doc, '$.accounts') AS account;
