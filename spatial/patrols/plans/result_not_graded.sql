UPDATE patrol_result SET word = 'cannot_tell', reason = 'not_graded', computed_at = now()
WHERE due_id = %(id)s AND word <> 'done';
