UPDATE office SET state = 'paused', why = %(why)s WHERE id = %(id)s;
