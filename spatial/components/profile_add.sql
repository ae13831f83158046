INSERT INTO component_profile (name, title, title_en, standard, form, states, in_force_from, in_force_until, source)
VALUES (%(name)s, %(title)s, %(title_en)s, %(standard)s, %(form)s, %(states)s, %(in_force_from)s, %(in_force_until)s,
        %(source)s)
ON CONFLICT (name) DO UPDATE SET
    title = EXCLUDED.title, title_en = EXCLUDED.title_en, standard = EXCLUDED.standard, states = EXCLUDED.states,
    in_force_from = EXCLUDED.in_force_from, in_force_until = EXCLUDED.in_force_until, source = EXCLUDED.source
WHERE (component_profile.title, component_profile.title_en, component_profile.standard, component_profile.states,
       component_profile.in_force_from, component_profile.in_force_until, component_profile.source)
      IS DISTINCT FROM
      (EXCLUDED.title, EXCLUDED.title_en, EXCLUDED.standard, EXCLUDED.states, EXCLUDED.in_force_from,
       EXCLUDED.in_force_until, EXCLUDED.source);
