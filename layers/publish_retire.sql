-- Note since when nobody is shown a table any more; one that is shown again is kept.
UPDATE published_table AS p SET retired_at = CASE WHEN p.retired_at IS NULL THEN now() END
WHERE (p.retired_at IS NULL) = NOT EXISTS (
    SELECT FROM layer AS l WHERE (l.schema, l.relation) = (p.schema, p.relation)
);
