-- Refusals are kept for a week, for whoever asked to read.
DELETE FROM external_source WHERE state = 'refused' AND created_at < now() - interval '7 days';
