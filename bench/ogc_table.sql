-- A table of points with ten attributes, most of them in clusters, for the layer `bench_events`.
CREATE TABLE public.bench_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    no text NOT NULL, category text NOT NULL, title text NOT NULL, address text, state text NOT NULL,
    source text NOT NULL, priority integer NOT NULL, score double precision, open boolean NOT NULL,
    occurred_at timestamptz NOT NULL, geom geometry(Point, 4326) NOT NULL
);
SELECT setseed(0.5);
INSERT INTO public.bench_events (no, category, title, address, state, source, priority, score, open, occurred_at, geom)
SELECT 'E' || lpad(n::text, 9, '0'), (ARRAY['0101', '0204', '0305', '0410', '0512'])[1 + n %% 5],
       'Event ' || n || ' 井盖破损', '中关村大街 ' || n %% 900 || ' 号',
       (ARRAY['reported', 'accepted', 'dispatched', 'handled', 'closed'])[1 + n / 7 %% 5],
       (ARRAY['citizen', 'patrol', 'sensor'])[1 + n %% 3], n %% 4 + 1, random() * 100, n %% 3 = 0,
       timestamptz '2026-01-01 00:00:00+08' + n * interval '25 seconds',
       CASE WHEN n %% 10 < 7
            THEN ST_Point(116.2 + (n * 7919 %% 40) * 0.006 + (random() + random() + random() - 1.5) * 0.004,
                          39.91 + (n * 104729 %% 37) * 0.0045 + (random() + random() + random() - 1.5) * 0.003, 4326)
            ELSE ST_Point(116.18 + random() * 0.28, 39.89 + random() * 0.19, 4326) END
FROM generate_series(1::bigint, %(rows)s) AS n;
CREATE INDEX ON public.bench_events USING gist (geom);
CREATE INDEX ON public.bench_events (occurred_at);
