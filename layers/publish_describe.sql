UPDATE layer SET
    title = coalesce(%(title)s::text, title), title_en = coalesce(%(title_en)s::text, title_en),
    description = coalesce(%(description)s::text, description), min_zoom = coalesce(%(min_zoom)s::smallint, min_zoom),
    audience = coalesce(%(audience)s::text, audience), editable = coalesce(%(editable)s::boolean, editable),
    position = coalesce(%(position)s::smallint, position), fields = %(fields)s,
    tile_fields = coalesce(%(tile_fields)s::jsonb, tile_fields),
    organisation_id = CASE WHEN %(organisation_given)s THEN %(organisation_id)s::bigint ELSE organisation_id END,
    about = jsonb_strip_nulls(about || %(about)s::jsonb), published_at = now()
WHERE name = %(name)s;
