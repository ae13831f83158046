UPDATE duty_draft SET applied_at = now() WHERE id = %(draft)s AND applied_at IS NULL;
