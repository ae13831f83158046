-- Rows of the file that can be used, until the transaction ends.
DROP TABLE IF EXISTS surveyed, survey_report;
CREATE TEMPORARY TABLE surveyed (
    row_number integer, code text, profile text, class_code text, prefix text, name text, state text, owner_code text,
    upkeep_code text, manager_code text, owner text, upkeep text, manager text, note text, installed_on date,
    unit_code text COLLATE "C", attributes jsonb, lon double precision, lat double precision,
    component_id bigint, was_code text, verdict text, changes jsonb, reasons text[]
) ON COMMIT DROP;
CREATE TEMPORARY TABLE survey_report (
    nr integer GENERATED ALWAYS AS IDENTITY, verdict text, row_number integer, component_id bigint, code text,
    class_code text, detail jsonb
) ON COMMIT DROP;
-- Whoever sent it makes the report; the platform keeps it.
GRANT SELECT ON survey_report TO citygrid_system;
