WITH others AS (
    UPDATE matter_mapping SET chosen = false WHERE code = %(code)s AND to_code <> %(to)s AND chosen
    RETURNING code
), done AS (SELECT count(*) FROM others)
INSERT INTO matter_mapping (code, to_code, score, evidence, chosen)
SELECT %(code)s, %(to)s, 1, %(evidence)s, true FROM done
ON CONFLICT (code, to_code) DO UPDATE SET score = 1, evidence = excluded.evidence, chosen = true;
