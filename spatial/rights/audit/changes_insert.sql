SELECT 'insert' AS action, {new_key} AS row_key, {new_unit} AS unit_code, NULL::jsonb AS before,
       {new_row} AS after
FROM new_rows AS n
