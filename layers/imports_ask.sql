INSERT INTO import (username, action, target, file, filename, options, context)
VALUES (%(username)s, %(action)s, %(target)s, %(file)s, %(filename)s, %(options)s, %(context)s)
RETURNING id;
