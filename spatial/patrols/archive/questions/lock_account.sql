-- Two requests at once must not both find room for one more.
SELECT pg_advisory_xact_lock(hashtextextended('citygrid.archive_question ' || %(account)s::bigint, 0));
