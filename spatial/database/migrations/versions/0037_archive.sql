-- Days of fixes that lie in files, and questions that are asked of them.

-- One row a UTC day that has a file. `gone_at`: since when its fixes are in the file alone.
CREATE TABLE archive_day (
    day date NOT NULL,
    tier text DEFAULT 'full' NOT NULL,
    generation integer NOT NULL,
    fixes bigint NOT NULL,
    octets bigint NOT NULL,
    sha256 text NOT NULL,
    graded bigint NOT NULL,
    graded_octets bigint NOT NULL,
    graded_sha256 text NOT NULL,
    movers bigint[] NOT NULL,
    bound_m real,
    gone_at timestamptz,
    is_stale boolean DEFAULT false NOT NULL,
    held_until timestamptz,
    written_at timestamptz DEFAULT now() NOT NULL,
    verified_at timestamptz,
    apart bigint,
    problem text,
    CONSTRAINT pk_archive_day PRIMARY KEY (day),
    CONSTRAINT ck_archive_day_tier CHECK (tier IN ('full', 'thinned', 'dropped')),
    CONSTRAINT ck_archive_day_bound_m CHECK ((tier = 'thinned') = (bound_m IS NOT NULL))
);

CREATE TABLE archive_question (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    asked jsonb NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    problem jsonb,
    result bytea,
    rights text,
    asked_at timestamptz DEFAULT now() NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT pk_archive_question PRIMARY KEY (id),
    CONSTRAINT fk_archive_question_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
    CONSTRAINT ck_archive_question_state CHECK (state IN ('waiting', 'running', 'done', 'failed'))
);
CREATE INDEX ix_archive_question_account_id ON archive_question (account_id, id);
