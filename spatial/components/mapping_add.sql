INSERT INTO component_mapping (profile, code, to_class, score, evidence, chosen)
VALUES (%(profile)s, %(code)s, %(to)s, %(score)s, %(evidence)s, %(chosen)s)
ON CONFLICT (profile, code, to_class) DO UPDATE SET
    score = EXCLUDED.score, evidence = EXCLUDED.evidence, chosen = EXCLUDED.chosen;
