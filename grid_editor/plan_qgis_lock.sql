SELECT pg_advisory_xact_lock(hashtext('plan.qgis.' || %(account)s));
