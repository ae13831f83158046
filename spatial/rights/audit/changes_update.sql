-- Rows of which something is really different; a changed key shows as one row that went and one that came.
SELECT CASE WHEN {old_missing} THEN 'insert' WHEN {new_missing} THEN 'delete' ELSE 'update' END AS action,
       CASE WHEN {new_missing} THEN {old_key} ELSE {new_key} END AS row_key,
       CASE WHEN {new_missing} THEN {old_unit} ELSE {new_unit} END AS unit_code,
       CASE WHEN NOT {old_missing} THEN {old_row} - s.same END AS before,
       CASE WHEN NOT {new_missing} THEN {new_row} - s.same END AS after
FROM old_rows AS o
FULL JOIN new_rows AS n ON {same_key}
CROSS JOIN LATERAL (
    SELECT CASE WHEN {old_missing} OR {new_missing} THEN ARRAY[]::text[]
                ELSE array_remove(ARRAY[{same}]::text[], NULL) END AS same
) AS s
WHERE {old_values} IS DISTINCT FROM {new_values}
