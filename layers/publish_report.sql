INSERT INTO layer_report (layer, filename, sha256, features, problems)
VALUES (%(layer)s, %(filename)s, %(sha256)s, %(features)s, %(problems)s)
ON CONFLICT (layer) DO UPDATE SET
    filename = EXCLUDED.filename, sha256 = EXCLUDED.sha256, features = EXCLUDED.features,
    problems = EXCLUDED.problems, at = now();
