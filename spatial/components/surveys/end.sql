UPDATE component_survey SET state = %(state)s, counts = %(counts)s, problems = %(problems)s, ended_at = now(), progress = 1,
       file = NULL
WHERE id = %(id)s;
