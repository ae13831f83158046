-- Nothing that a person could miss: no published coverage, no event, no place.
SELECT
    NOT EXISTS (SELECT FROM coverage_version)
    AND NOT EXISTS (SELECT FROM event)
    AND NOT EXISTS (SELECT FROM place)
