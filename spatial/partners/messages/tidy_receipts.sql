DELETE FROM message_receipt WHERE at < now() - interval '3 days';
