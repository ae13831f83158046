UPDATE component_survey SET progress = %(progress)s WHERE id = %(id)s AND state = 'running';
