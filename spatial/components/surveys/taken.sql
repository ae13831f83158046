-- A code that is nobody's whom the reader sees may be somebody's whom they do not see, or have been somebody's.
UPDATE surveyed AS s SET verdict = 'rejected',
    reasons = ARRAY['code: is or was the code of another component, which you do not see or which was taken away']
FROM (
    SELECT taken_component_codes(array_agg(code)) AS code FROM surveyed
    WHERE code IS NOT NULL AND component_id IS NULL AND verdict IS NULL
) AS t
WHERE s.code = t.code AND s.component_id IS NULL AND s.verdict IS NULL;
