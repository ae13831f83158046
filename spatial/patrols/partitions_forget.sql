DELETE FROM fix_elsewhen WHERE received_at < now() - %(days)s * interval '1 day';
