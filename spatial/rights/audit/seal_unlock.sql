SELECT pg_advisory_unlock(hashtext('citygrid.audit.seal'));
