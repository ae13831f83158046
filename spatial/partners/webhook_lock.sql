SELECT h.id, h.kind, h.url, h.options, h.edition, h.state, h.topics, h.categories, h.units, h.sources,
       h.opener_kind, h.account_id
FROM webhook AS h
WHERE h.id = %(id)s
FOR UPDATE;
