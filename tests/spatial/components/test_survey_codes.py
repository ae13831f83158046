"""Codes in surveys: issued once, renewed, and of the classes and profiles of older standards."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from spatial.components.classes import set_fields
from spatial.components.mapping import add_profile, import_classes
from spatial.database import connect, session
from spatial.errors import Conflict, Forbidden, InvalidInput
from tests.spatial.components.bureau import LAMP, LID, OLD, Bureau, code, reasons, row, write_csv
from tests.spatial.rights.town import DISTRICT


def test_codes_that_are_issued_are_none_of_the_file_s_own(bureau: Bureau) -> None:
    rows = [
        row(0, 编码=code(1, LAMP), 小类=""),
        *(row(n, 编码="", 小类=LAMP) for n in range(1, 4)),
        row(4, 编码=code(3, LAMP), 小类=""),
        row(5, 编码=code(4, LAMP), 小类="", 状态="睡着"),
    ]
    done = bureau.do(write_csv(bureau.folder, rows))
    assert done["counts"]["new"] == 5
    assert bureau.ask("SELECT code FROM component WHERE class_code = %s ORDER BY 1", LAMP) == [
        (code(number, LAMP),) for number in (1, 2, 3, 5, 6)
    ], "and not that of the row that will be corrected"


def test_a_great_number_that_was_typed_does_not_end_issuing(bureau: Bureau) -> None:
    bureau.do(write_csv(bureau.folder, [row(0, 编码=code(999_999, LAMP)), row(1, 编码=code(999_999))]))
    done = bureau.do(write_csv(bureau.folder, [row(2, 小类=LAMP), row(3, 2e-4, 小类=LID)]))
    assert [each["code"] for each in done["rows"]] == [code(1, LAMP), code(8)]
    bureau.ask("UPDATE component_sequence SET last = 999998")
    with pytest.raises(Conflict, match="used up"):
        bureau.do(write_csv(bureau.folder, [row(4, 小类=LAMP)]))


def old_classes(bureau: Bureau) -> None:
    with connect(bureau.url) as owner:
        owner.execute("DELETE FROM component_profile_class")
        import_classes(owner, OLD, [{"code": "0118", "name": "路灯"}])


def test_renewing_leaves_codes_of_the_default_profile_alone(bureau: Bureau) -> None:
    old_classes(bureau)
    ours, theirs = code(70, LAMP), f"{DISTRICT}0118000042"
    done = bureau.do(write_csv(bureau.folder, [row(0, 编码=ours), row(1, 编码=theirs)]), codes="renew")
    assert [each["code"] for each in done["rows"]] == [ours, code(1, LAMP)]
    nameless = bureau.do(write_csv(bureau.folder, [row(2, 小类="路灯")]), codes="renew", profile=OLD)
    assert [each["code"] for each in nameless["rows"]] == [code(2, LAMP)]
    assert bureau.ask("SELECT DISTINCT profile FROM component WHERE class_code = %s", LAMP) == [
        ("gbt47678_5_2026",)
    ]
    assert bureau.ask("SELECT profile FROM component_alias WHERE code = %s", theirs) == [(OLD,)]


def test_what_cannot_be_renewed_is_rejected_alone(bureau: Bureau) -> None:
    old_classes(bureau)
    bureau.ask(
        "WITH other AS (INSERT INTO unit (coverage, level) VALUES ('grids', 1) RETURNING id)"
        " INSERT INTO unit_version (unit_id, coverage, level, code, name, name_en, generated, geom, label,"
        " area_m2, version_id, valid)"
        " SELECT other.id, coverage, level, '990102', name, name_en, generated, geom, label, area_m2,"
        " version_id, valid FROM unit_version, other WHERE code = %s",
        DISTRICT,
    )
    rows = [
        {"lon": "120", "lat": "30", "编码": f"{DISTRICT}0118000042"},
        row(1, 编码=f"{DISTRICT}0118000043"),
        {"lon": "120", "lat": "30", "编码": code(60, LAMP)},
    ]
    done = bureau.do(write_csv(bureau.folder, rows), codes="renew")
    assert list(reasons(done)) == [1] and "cannot be renewed" in reasons(done)[1]
    assert done["counts"]["new"] == 2


def test_fields_of_a_class_are_for_who_works_for_the_whole_city(bureau: Bureau) -> None:
    schema = {"type": "object", "properties": {"height_m": {"type": "number"}}}
    local = replace(bureau.staff["administrator of the city"], reach="area", area=DISTRICT)
    with pytest.raises(Forbidden), session(bureau.database, local) as connection:
        set_fields(connection, local, LAMP, schema)
    with session(bureau.database, local) as connection:
        done = connection.execute("UPDATE component_class SET fields = '{}' WHERE code = %s", [LAMP])
        assert done.rowcount == 0, "PostgreSQL says the same"
    chief = bureau.staff["administrator of the city"]
    with session(bureau.database, chief) as connection:
        set_fields(connection, chief, LAMP, schema)


def test_a_profile_keeps_its_form(bureau: Bureau) -> None:
    given = {"name": "own", "title": "t", "standard": "s", "form": "6+2+2+6", "source": "c"}
    with connect(bureau.url) as owner:
        assert add_profile(owner, given) and not add_profile(owner, given)
        assert add_profile(owner, {**given, "title": "other"})
        with pytest.raises(InvalidInput, match="form"):
            add_profile(owner, {**given, "form": "6+2+3+6"})


def test_codes_and_classes_of_an_older_profile(bureau: Bureau) -> None:
    with connect(bureau.url) as owner:
        owner.execute("DELETE FROM component_profile_class")
        classes = [
            {"code": "0118", "name": "路灯"},
            {"code": "0101", "name": "上水井盖"},
            {"code": "0117", "name": "立杆"},
        ]
        done = import_classes(owner, "gbt30428_2_2013", classes)
        assert (done.classes, done.mapped, done.open) == (3, 2, ("0117",))
    old = f"{DISTRICT}0118000042"
    rows = [
        row(0, 编码=old),
        row(1, 小类="上水井盖"),
        row(2, 小类="0117"),
        row(3, 编码=f"{DISTRICT}0117000001"),
    ]
    path = write_csv(bureau.folder, rows)
    done = bureau.do(path)
    assert set(reasons(done)) == {3, 4} and "not mapped" in reasons(done)[3]
    kept = bureau.ask("SELECT class_code, profile FROM component WHERE code = %s", old)
    assert kept == [(LAMP, "gbt30428_2_2013")]
    other = f"{DISTRICT}0118000043"
    renewed = bureau.do(write_csv(bureau.folder, [row(4, 编码=other)]), codes="renew")
    (new,) = renewed["rows"]
    assert new["code"] == code(1, LAMP) and new["detail"] == {"former_code": other}
    again = bureau.do(write_csv(bureau.folder, [row(4, 编码=other, 状态="damaged")]))
    assert again["counts"]["changed"] == 1, "found by the code that it had"


def test_names_of_extra_fields_count_as_their_texts_do(bureau: Bureau) -> None:
    names = [f"n{number:02}" + "n" * 3_000 for number in range(30)]
    path = write_csv(bureau.folder, [row(0, 小类=LAMP, **{name[:3]: "x" for name in names})])
    columns = {f"attributes.{name}": name[:3] for name in names}
    (reason,) = reasons(bureau.do(path, columns=columns)).values()
    assert reason.startswith("attributes: ")


def test_extra_fields_take_the_types_of_the_schema(bureau: Bureau) -> None:
    schema = {
        "type": "object",
        "properties": {"height_m": {"type": "number", "minimum": 2}},
        "required": ["height_m"],
    }
    bureau.ask("UPDATE component_class SET fields = %s WHERE code = %s", json.dumps(schema), LAMP)
    rows = [row(0, 小类=LAMP, 高="9.5"), row(1, 小类=LAMP, 高="高"), row(2, 小类=LAMP, 高="")]
    done = bureau.do(write_csv(bureau.folder, rows), columns={"attributes.height_m": "高"})
    assert reasons(done) == {2: "attributes.height_m: must be number", 3: "attributes.height_m: is required"}
    assert bureau.ask("SELECT attributes FROM component WHERE class_code = %s", LAMP) == [
        ({"height_m": 9.5},)
    ]
