UPDATE handover SET state = 'dead', error = %(error)s WHERE id = %(id)s;
