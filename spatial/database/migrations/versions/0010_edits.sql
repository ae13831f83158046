-- The number that follows the last one given to a component of a county and kind (the first 11 digits of its
-- code). It knows of components that its caller may not see, and tells only how many there were at most.
-- The lock lasts to the end of the transaction, so nobody is given the same one.
CREATE FUNCTION next_component_number(prefix text) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    last text;
BEGIN
    IF prefix !~ '^[0-9]{8,12}$' THEN
        RAISE EXCEPTION 'not the beginning of a component code';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('component.' || prefix));
    SELECT max(c.code) INTO last FROM component AS c
    WHERE c.code BETWEEN prefix || '000000' AND prefix || '999999' AND length(c.code) = length(prefix) + 6;
    RETURN coalesce(substr(last, length(prefix) + 1)::integer, 0) + 1;
END $$;
