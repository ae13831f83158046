DELETE FROM fix_batch WHERE at < now() - interval '1 hour';
