SELECT result FROM archive_question WHERE id = %(id)s AND state = 'done';
