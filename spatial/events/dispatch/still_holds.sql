-- The stamp, held until the transaction ends, and what is in force. A version that was published while the stamp was
-- waited for is not seen here; but then the stamp is another.
SELECT dispatch_stamp(true),
       (SELECT coalesce(jsonb_object_agg(v.coverage, v.id), '{}')
        FROM (SELECT DISTINCT ON (coverage) coverage, id
              FROM coverage_version
              WHERE valid_from <= now()
              ORDER BY coverage ASC, valid_from DESC, id DESC) AS v);
