SELECT EXISTS (SELECT FROM fence_visit WHERE fence_id = %(id)s);
