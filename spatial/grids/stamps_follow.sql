-- Whether everything is stamped by the version that this one follows.
SELECT EXISTS (
    SELECT FROM coverage AS c
    WHERE c.name = %(coverage)s AND c.stamped_version = (
        SELECT v.id FROM coverage_version AS v
        WHERE v.coverage = %(coverage)s AND v.id <> %(version)s
        ORDER BY v.valid_from DESC, v.id DESC
        LIMIT 1
    )
);
