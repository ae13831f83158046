-- The months that events were reported in, as texts of both ends.
SELECT month::text, (month + interval '1 month')::text
FROM generate_series(
         (SELECT date_trunc('month', min(reported_at)) FROM event), (SELECT max(reported_at) FROM event), interval '1 month'
     ) AS month;
