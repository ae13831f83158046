-- Who logs in, with what, and how often it was tried.

-- No account may ever be the platform itself, whatever a door let through.
ALTER TABLE account
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD COLUMN password_changed_at timestamptz,
    ADD COLUMN must_change_password boolean DEFAULT false NOT NULL,
    ADD COLUMN last_login_at timestamptz,
    ADD COLUMN created_by bigint CONSTRAINT fk_account_created_by REFERENCES account (id),
    ADD CONSTRAINT ck_account_role CHECK (
        role IN ('viewer', 'field_worker', 'street_administrator', 'district_administrator', 'analyst',
                 'commander'));
UPDATE account SET password_changed_at = created_at;

-- A key is named by a number, so that lists and logs never show its digest.
ALTER TABLE token DROP CONSTRAINT pk_token;
ALTER TABLE token
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN kind text DEFAULT 'token' NOT NULL,
    ADD COLUMN scope text DEFAULT 'all' NOT NULL,
    ADD COLUMN address text,
    ADD COLUMN agent text,
    ADD COLUMN created_by bigint CONSTRAINT fk_token_created_by REFERENCES account (id),
    ADD COLUMN revoked_at timestamptz,
    ADD COLUMN quota_per_minute INTEGER,
    ADD CONSTRAINT pk_token PRIMARY KEY (id),
    ADD CONSTRAINT uq_token_digest UNIQUE (digest),
    ADD CONSTRAINT ck_token_kind CHECK (kind IN ('session', 'token', 'device')),
    ADD CONSTRAINT ck_token_scope CHECK (scope IN ('all', 'read', 'field')),
    ADD CONSTRAINT ck_token_device CHECK (kind <> 'device' OR scope = 'field'),
    ADD CONSTRAINT ck_token_quota CHECK (quota_per_minute > 0);
UPDATE token SET kind = 'session' WHERE name = 'log-in';
ALTER TABLE token ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN scope DROP DEFAULT;

-- When a key was last used stands apart: it changes all the time, and neither tells the processes to forget
-- their keys nor is it a change that the audit log keeps.
CREATE TABLE token_use (
    token_id bigint NOT NULL,
    last_used_at timestamptz NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    CONSTRAINT pk_token_use PRIMARY KEY (token_id),
    CONSTRAINT fk_token_use_token_id FOREIGN KEY(token_id) REFERENCES token (id) ON DELETE CASCADE
);

-- Every try to log in, also with names that nobody has: lock-out must not tell them apart. The name is kept as
-- a digest, for people type their password there. good: null while the password is being checked.
CREATE TABLE login_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz DEFAULT now() NOT NULL,
    name_digest BYTEA NOT NULL,
    network text NOT NULL,
    address text NOT NULL,
    good boolean,
    cleared boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_login_attempt PRIMARY KEY (id)
);
CREATE INDEX ix_login_attempt_address_at ON login_attempt (address, at);
CREATE INDEX ix_login_attempt_name_digest_at ON login_attempt (name_digest, at);

CREATE TABLE external_identity (
    issuer text NOT NULL,
    subject text NOT NULL,
    account_id bigint NOT NULL,
    linked_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_external_identity PRIMARY KEY (issuer, subject),
    CONSTRAINT uq_external_identity_account_id_issuer UNIQUE (account_id, issuer),
    CONSTRAINT fk_external_identity_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);

-- Log-ins by single sign-on that came back from the provider: each works once, on whichever process.
CREATE TABLE spent_sign_on (
    digest BYTEA NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_spent_sign_on PRIMARY KEY (digest)
);
CREATE INDEX ix_spent_sign_on_expires_at ON spent_sign_on (expires_at);

-- A log-in stamps its account; that alone is no reason for every process to forget all keys.
DROP TRIGGER announce ON account;
CREATE TRIGGER announce AFTER DELETE
OR UPDATE OF username, display_name, role, reach, area, organisation_id, worker_id, disabled, must_change_password
ON account FOR EACH STATEMENT EXECUTE FUNCTION announce_keys();

-- Which layers were granted to an account: an administrator must not take over one that was granted more, and
-- does not see the grants of others by policy.
CREATE FUNCTION account_layers(account bigint) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = city, pg_temp AS
$$ SELECT coalesce(array_agg(g.layer ORDER BY g.layer), '{}') FROM layer_grant AS g WHERE g.account_id = $1 $$;
