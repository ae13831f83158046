SELECT jsonb_build_object(
           'phenomenonTime', (to_json(phenomenon_time) #>> '{}') || coalesce('/' || (to_json(phenomenon_end) #>> '{}'), ''),
           'resultTime', result_time, 'resultQuality', result_quality,
           'validTime', (to_json(valid_from) #>> '{}') || '/' || (to_json(valid_until) #>> '{}'),
           'parameters', parameters,
           'FeatureOfInterest', CASE WHEN feature_id IS NOT NULL THEN jsonb_build_object('@iot.id', feature_id) END
       )::text,
       coalesce(result_other, to_jsonb(result))::text
FROM observation WHERE datastream_id = %(datastream)s AND phenomenon_time = %(begins)s;
