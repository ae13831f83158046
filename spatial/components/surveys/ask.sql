INSERT INTO component_survey (username, file, filename, sha256, options, dry_run)
VALUES (%(username)s, %(file)s, %(filename)s, %(sha256)s, %(options)s, %(dry_run)s)
RETURNING id;
