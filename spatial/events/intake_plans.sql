-- Plans for whatever values, kept by the connection: for the rest of the transaction.
SELECT set_config('plan_cache_mode', 'force_generic_plan', true);
