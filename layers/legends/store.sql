-- Keep a look in what a layer says of itself; NULL takes it away.
UPDATE layer
SET about = CASE
        WHEN %(legend)s::jsonb IS NULL THEN about - 'legend'
        ELSE jsonb_set(about, '{legend}', %(legend)s::jsonb)
    END
WHERE name = %(name)s;
