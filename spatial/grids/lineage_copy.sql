COPY lineage (version_id, coverage, from_unit, to_unit, kind, area_m2, w_area, w_population, w_households, w_events)
FROM STDIN
