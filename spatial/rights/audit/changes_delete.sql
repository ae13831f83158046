SELECT 'delete' AS action, {old_key} AS row_key, {old_unit} AS unit_code, {old_row} AS before,
       NULL::jsonb AS after
FROM old_rows AS o
