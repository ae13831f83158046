UPDATE sign SET lon = NULL, lat = NULL, accuracy_m = NULL
WHERE lon IS NOT NULL AND at < now() - %(days)s * interval '1 day';
