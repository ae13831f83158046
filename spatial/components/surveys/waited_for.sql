SELECT file FROM component_survey WHERE file IS NOT NULL AND state IN ('queued', 'running');
