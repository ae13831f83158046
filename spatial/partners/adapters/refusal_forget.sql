DELETE FROM adapter_refusal WHERE done_at < now() - interval '90 days';
