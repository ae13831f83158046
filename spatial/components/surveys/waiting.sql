-- Of the reader's own: the policy shows no others.
SELECT count(*) FROM component_survey WHERE state IN ('queued', 'running');
