-- What devices tell that is no fix: cries for help, regions entered and left, people who sign in and out.

CREATE TABLE happening (
    device_id bigint NOT NULL,
    time timestamptz NOT NULL,
    kind text NOT NULL,
    mover_id bigint,
    lon double precision,
    lat double precision,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    received_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_happening PRIMARY KEY (device_id, time, kind),
    CONSTRAINT fk_happening_device_id FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE,
    CONSTRAINT fk_happening_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT ck_happening_kind CHECK (kind IN ('sos', 'alarm', 'transition', 'waypoint', 'gone', 'sign_in',
                                                 'sign_out', 'note'))
);
CREATE INDEX ix_happening_mover_id ON happening (mover_id, time);
CREATE INDEX ix_happening_received_at ON happening USING brin (received_at);
