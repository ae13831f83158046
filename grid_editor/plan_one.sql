SELECT p.id, p.coverage, p.title, p.basis, p.origin, p.status, p.base_version, p.etag, p.head, p.drafter_id, p.drafter,
       p.unit_code, p.effective_at, p.submitted_at, p.decided_at, p.decided_by, p.publish_asked_by,
       p.publish_asked_at, p.publish_problem, p.published_at, p.published_version, p.counter_of, p.created_at,
       p.updated_at
FROM plan AS p
WHERE p.id = %(id)s;
