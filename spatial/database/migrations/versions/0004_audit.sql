-- The audit log: its tables. Which tables are watched is data of spatial.rights.audit.watched, and the
-- triggers are made at every bring-up.

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    xid bigint NOT NULL,
    cluster bigint NOT NULL,
    account_id bigint,
    username text NOT NULL,
    role text NOT NULL,
    database_user text NOT NULL,
    address text,
    request text,
    action text NOT NULL,
    relation text,
    row_key text,
    unit_code text COLLATE "C",
    before jsonb,
    after jsonb,
    reason text,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX ix_audit_xid_id ON audit (xid, id);
CREATE INDEX ix_audit_relation_row_key_at ON audit (relation, row_key, at);
CREATE INDEX ix_audit_username_at ON audit (username, at);
CREATE INDEX ix_audit_account_id_at ON audit (account_id, at) WHERE account_id IS NOT NULL;

-- Months are made ahead. Were there none for a moment (a wrong clock, a job process that was down for
-- months), the row goes here: a change must never fail, nor pass unrecorded, for want of a partition.
CREATE TABLE audit_rest PARTITION OF audit DEFAULT;

CREATE TABLE audit_root (
    id bigint NOT NULL,
    kind text NOT NULL,
    cluster bigint NOT NULL,
    month date NOT NULL,
    from_xid bigint NOT NULL,
    until_xid bigint NOT NULL,
    next_xid bigint NOT NULL,
    row_count bigint NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    merkle_root bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_id text NOT NULL,
    previous bytea NOT NULL,
    chain bytea NOT NULL,
    CONSTRAINT pk_audit_root PRIMARY KEY (id),
    CONSTRAINT ck_audit_root_kind CHECK (kind IN ('seal', 'drop'))
);
CREATE INDEX ix_audit_root_cluster_id ON audit_root (cluster, id);
CREATE INDEX ix_audit_root_month_cluster_from_xid ON audit_root (month, cluster, from_xid);

-- Who, when and where of one statement; `head` is their serialisation, made once for all its rows.
CREATE TYPE audit_context AS (
    at timestamptz, xid bigint, cluster bigint, account_id bigint, username text, role text,
    database_user text, address text, request text, head text
);
