DELETE FROM archive_question WHERE ended_at < now() - interval '1 day';
