WITH wanted AS (
    SELECT category, returns, border_m
    FROM jsonb_to_recordset(%(rules)s) AS r (category text, returns smallint, border_m double precision)
), gone AS (
    DELETE FROM dispute_rule AS d
    WHERE NOT EXISTS (SELECT FROM wanted AS w WHERE w.category IS NOT DISTINCT FROM d.category)
)

INSERT INTO dispute_rule (category, returns, border_m)
SELECT category, returns, border_m FROM wanted
ON CONFLICT (category) DO UPDATE SET returns = excluded.returns, border_m = excluded.border_m;
