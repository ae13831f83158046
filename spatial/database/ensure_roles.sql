-- The roles of the platform; roles belong to the whole server, so several cities on it share them.
DO $$
DECLARE
    standpoint text;
BEGIN
    -- Two set-ups at once must not both find a role missing.
    PERFORM pg_advisory_xact_lock(hashtext('citygrid.roles'));
    IF to_regrole('citygrid_app') IS NULL THEN
        CREATE ROLE citygrid_app LOGIN NOINHERIT;
    END IF;
    FOREACH standpoint IN ARRAY ARRAY['citygrid_system', 'citygrid_city', 'citygrid_area'] LOOP
        IF to_regrole(standpoint) IS NULL THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', standpoint);
        END IF;
        IF NOT pg_has_role('citygrid_app', standpoint, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO citygrid_app', standpoint);
        END IF;
    END LOOP;
END $$
