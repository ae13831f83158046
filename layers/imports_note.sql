UPDATE import SET progress = %(progress)s WHERE id = %(id)s AND state = 'running';
