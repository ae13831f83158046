SELECT file FROM address_job WHERE file IS NOT NULL AND state IN ('waiting', 'running');
