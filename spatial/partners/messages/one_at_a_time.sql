SELECT pg_advisory_xact_lock(hashtext('citygrid.messages.receipts'));
