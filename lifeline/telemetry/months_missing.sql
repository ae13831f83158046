SELECT month FROM unnest(%(months)s::date[]) AS month
WHERE to_regclass('city.observation_' || to_char(month, 'YYYYMM')) IS NULL;
