"""Lists of matters: a city's own beside the standard's, and what one list's code means in another's."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection, errors

from spatial.components.mapping import read_classes
from spatial.database import connect, query
from spatial.errors import InvalidInput, NotFound
from spatial.events.intake_facts import CATEGORY_SENT
from spatial.events.matters import mappings, matters, profiles
from spatial.events.matters.lists import KINDS, Outcome, add_list, choose, import_matters, named, use
from spatial.people import duty_gaps
from spatial.rights.reader import SYSTEM, Reader
from tests.spatial.events.desk import Town, open_town, report
from tests.spatial.rights.town import build

GB = "gbt47678_5_2026"
OWN = {
    "name": "shenzhen", "prefix": "sz", "title": "深圳事件", "standard": "local", "source": "the city itself"
}  # fmt: skip
ROWS = [
    {"kind": "事件", "class_code": "01", "class_name": "市容环境", "code": "0101", "name": "暴露垃圾"},
    {"kind": "事件", "class_code": "01", "class_name": "市容环境", "code": "0102", "name": "积存垃圾渣土"},
    {"kind": "事件", "class_code": "02", "class_name": "街面秩序", "code": "0201", "name": "无此国标之事"},
    {"kind": "部件", "class_code": "01", "class_name": "公用设施", "code": "0103", "name": "上水井盖"},
]


_numbers = itertools.count()


@pytest.fixture
def town(
    make_city: Callable[..., Any], as_app: Callable[[str], str], tmp_path: Path, master_key: Path
) -> Iterator[Town]:
    with make_city(build) as url, open_town(url, as_app(url), tmp_path, master_key) as opened:
        yield opened


@contextmanager
def owner(town: Town) -> Iterator[Connection[Any]]:
    with connect(town.url) as connection:
        yield connection


def table(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return read_classes(sheet.getvalue().encode("utf-8-sig"), KINDS)


def brought(town: Town, rows: list[dict[str, str]] | None = None) -> Outcome:
    with owner(town) as connection:
        add_list(connection, OWN)
        return import_matters(connection, "shenzhen", table(ROWS if rows is None else rows))


def taken(town: Town, category: str, who: Reader | None = None, **more: Any) -> tuple[str | None, Any]:
    """Report something, and give the matter that the event has, or why there is none."""
    outcome = town.take(who or town.reader(f"chief {next(_numbers)}"), report(category=category, **more))[0]
    if outcome.problems:
        return None, outcome.problems[0].reason
    with owner(town) as connection:
        return connection.execute(
            "SELECT category, attributes FROM event WHERE id = %s", (outcome.id,)
        ).fetchall()[0]


def test_the_standard_alone_is_in_use_until_told(town: Town) -> None:
    with owner(town) as connection:
        found = {each["name"]: each for each in profiles(connection)}
        assert (found[GB]["in_use"], found[GB]["matters"], found[GB]["prefix"]) == (True, 250, "")
        assert not found["town"]["in_use"]
        assert {each["profile"] for each in matters(connection)} == {GB}
        assert "0town01" not in {each["code"] for each in matters(connection)}


def test_a_city_uses_a_list_of_its_own(town: Town) -> None:
    done = brought(town)
    assert done.matters == 3, "rows of components are left out"
    assert taken(town, "01001")[0] == "01001"
    with owner(town) as connection:
        connection.execute("INSERT INTO deadline_rule (category, stage, minutes) VALUES ('01', 'handle', 5)")
        assert named(connection) == {}
        use(connection, ["shenzhen"])
        assert {each["code"] for each in matters(connection)} == {"sz0101", "sz0102", "sz0201"}
        assert {each["list_code"] for each in matters(connection)} == {"0101", "0102", "0201"}
        assert dict(duty_gaps.read_classes(connection)) == {"sz01": "市容环境", "sz02": "街面秩序"}
        assert named(connection)["deadline rules"] == 1, "who set it will want to know"
        public = connection.execute("SELECT count(*) FROM public_matter").fetchall()[0][0]
        assert named(connection)["public matters"] == public > 0
    assert taken(town, "sz0201") == ("sz0201", {})
    assert taken(town, "0201") == ("sz0201", {CATEGORY_SENT: "0201"}), "as the list itself calls it"
    code, why = taken(town, "02015")
    assert code is None and "no matter" in why and "sz0201 无此国标之事" in why
    assert taken(town, "0103")[0] is None, "a component is no matter"


def test_what_another_list_calls_it_becomes_ours(town: Town) -> None:
    """An older platform goes on sending its codes while the standard's are in use."""
    done = brought(town)
    with owner(town) as connection:
        by_name = {row["code"]: row["to_code"] for row in mappings(connection, "shenzhen") if row["chosen"]}
        ours = {each["name"]: each["code"] for each in matters(connection)}
    assert by_name["sz0101"] == ours["暴露垃圾"]
    assert "sz0201" in done.open and done.mapped == len(by_name) == 3 - len(done.open)
    assert taken(town, "sz0101") == (ours["暴露垃圾"], {CATEGORY_SENT: "sz0101"})
    assert taken(town, "0101", external_id="a") == (ours["暴露垃圾"], {CATEGORY_SENT: "0101"})
    assert taken(town, "0201")[0] is None, "nobody has said what that is"
    with owner(town) as connection:
        choose(connection, "sz0201", "06001")
        import_matters(connection, "shenzhen", table(ROWS))
    assert taken(town, "0201")[0] == "06001", "what a person decided stays"


def test_the_platform_goes_on_reporting_and_what_is_mapped_follows(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        use(connection, ["shenzhen"])
    inspection = {"source": "patrol", "external_id": "inspection:7"}
    assert taken(town, "01013", SYSTEM, **inspection)[0] == "01013", "rather than be lost"
    assert taken(town, "01013")[0] is None
    with owner(town) as connection:
        choose(connection, "01013", "sz0201")
    assert taken(town, "01013", SYSTEM, source="patrol", external_id="inspection:8")[0] == "sz0201"
    assert taken(town, "01013")[0] == "sz0201"


def test_two_lists_in_use_and_a_code_that_both_have(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        add_list(connection, {**OWN, "name": "other", "prefix": "xx"})
        import_matters(connection, "other", table([{"code": "0101", "name": "另一种"}]))
        use(connection, ["shenzhen", "other", GB])
    assert taken(town, "0101")[0] is None, "nobody knows which of them is meant"
    assert taken(town, "xx0101")[0] == "xx0101"
    assert taken(town, "0102")[0] == "sz0102"
    assert taken(town, "01001")[0] == "01001"


def test_no_other_list_is_asked_about_a_code_that_two_in_use_have(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        for name, prefix in (("other", "xx"), ("third", "yy")):
            add_list(connection, {**OWN, "name": name, "prefix": prefix})
            import_matters(connection, name, table([{"code": "0101", "name": "另一种"}]))
        use(connection, ["shenzhen", "other"])
        choose(connection, "yy0101", "sz0201")
    assert taken(town, "0101")[0] is None, "two lists in use have it: the third's meaning is not theirs"
    assert taken(town, "yy0101")[0] == "sz0201"


def test_what_the_platform_reports_is_kept_where_lists_in_use_quarrel(town: Town) -> None:
    with owner(town) as connection:
        for name, prefix in (("other", "xx"), ("third", "yy")):
            add_list(connection, {**OWN, "name": name, "prefix": prefix})
            import_matters(connection, name, table([{"code": "01013", "name": "另一种"}]))
        use(connection, ["other", "third"])
    inspection = {"source": "patrol", "external_id": "inspection:9"}
    assert taken(town, "01013", SYSTEM, **inspection)[0] == "01013"


def chosen_of(connection: Connection[Any], code: str) -> str | None:
    rows = mappings(connection, "shenzhen")
    return next((each["to_code"] for each in rows if each["code"] == code and each["chosen"]), None)


def test_a_decision_outlives_the_time_when_its_matter_is_not_in_use(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        add_list(connection, {**OWN, "name": "other", "prefix": "xx"})
        import_matters(connection, "other", table([{"code": "0101", "name": "另一种"}]))
        choose(connection, "sz0201", "06001")
        before = {each["name"]: each["mapped"] for each in profiles(connection)}
        done = use(connection, ["other"])
        found = {each["name"]: each["mapped"] for each in profiles(connection)}
        assert chosen_of(connection, "sz0201") == "06001"
        assert "sz0201" in done.open, "it leads nowhere for the time being"
        assert found["shenzhen"] == 0
        use(connection, [GB])
        assert {each["name"]: each["mapped"] for each in profiles(connection)}["shenzhen"] == before[
            "shenzhen"
        ]
    assert taken(town, "0201")[0] == "06001"


def test_a_table_that_lacks_a_code_by_mistake_costs_no_decision(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        use(connection, ["shenzhen"])
        choose(connection, "06001", "sz0201")
    brought(town, ROWS[:2])
    brought(town)
    assert taken(town, "06001")[0] == "sz0201"


def test_a_table_does_not_change_what_a_person_decided(town: Town) -> None:
    rows = [{"code": "0201", "name": "无此国标之事", "to_class": "06001"}]
    brought(town, rows)
    with owner(town) as connection:
        assert chosen_of(connection, "sz0201") == "06001"
        choose(connection, "sz0201", "01013")
    brought(town, rows)
    with owner(town) as connection:
        assert chosen_of(connection, "sz0201") == "01013"


def test_no_list_takes_a_matter_of_another(town: Town) -> None:
    with owner(town) as connection:
        connection.execute(
            "INSERT INTO matter (code, name, class_code, class_name, standard, profile)"
            " VALUES ('sz0102', 'before', '01', 'x', 'x', %s)",
            (GB,),
        )
    with pytest.raises(InvalidInput, match="sz0102 is a matter of another list") as refused:
        brought(town)
    assert refused.value.problems[0].where == "row[3].code"
    with owner(town) as connection:
        kept = connection.execute("SELECT name, profile FROM matter WHERE code = 'sz0102'").fetchall()
    assert kept == [("before", GB)]


def test_other_platforms_are_offered_what_reports_may_name(town: Town) -> None:
    brought(town)
    statement = query("spatial.partners.open311", "services")
    with owner(town) as connection:
        use(connection, ["shenzhen"])
    brought(town, ROWS[:2])
    with owner(town) as connection:
        for code, offered in ((None, {"sz0101", "sz0102"}), ("01001", set()), ("sz0101", {"sz0101"})):
            assert {row[0] for row in connection.execute(statement, {"code": code})} == offered


def test_what_leaves_a_list_stays_with_its_events(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        use(connection, ["shenzhen"])
    assert taken(town, "sz0102")[0] == "sz0102"
    brought(town, [row for row in ROWS if row["code"] != "0102"])
    assert taken(town, "sz0102", external_id="later")[0] is None
    with owner(town) as connection:
        rows = connection.execute("SELECT category_name FROM events WHERE category = 'sz0102'").fetchall()
        assert rows == [("积存垃圾渣土",)]
    brought(town)
    assert taken(town, "sz0102", external_id="again")[0] == "sz0102"


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([{"code": "01 01", "name": "x"}], "row[2].code"),
        ([{"code": "1", "name": "x"}, {"code": "1", "name": "y"}], "row[3].code"),
        ([{"code": "1", "name": ""}, {"code": "2", "name": "y"}], "row[2].name"),
        ([{"code": "1", "name": "x", "class_code": "?"}], "row[2].class_code"),
        ([{"code": "1", "name": "x"}, {"code": "b1", "name": "y"}], "row[3].code"),
        ([{"code": "1", "name": "x", "class_code": "b1"}], "row[2].class_code"),
        ([{"code": "1", "name": "x", "to_class": "99999"}], "to_code"),
        ([{"kind": "部件", "code": "1", "name": "x"}], "body"),
    ],
)
def test_a_table_is_taken_whole_or_not_at_all(town: Town, rows: list[dict[str, str]], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        brought(town, rows)
    assert refused.value.problems[0].where == where
    with owner(town) as connection:
        assert "shenzhen" not in {each["name"] for each in profiles(connection)}


def test_lists_that_cannot_be(town: Town) -> None:
    brought(town)
    with owner(town) as connection:
        for given, where in (
            ({**OWN, "prefix": "x"}, "prefix"),
            ({**OWN, "name": "n", "prefix": "sz"}, "prefix"),
            ({**OWN, "name": "n", "prefix": ""}, "prefix"),
            ({**OWN, "name": "n", "prefix": "A1"}, "prefix"),
            ({**OWN, "name": "N !", "prefix": "n"}, "name"),
        ):
            with pytest.raises(InvalidInput) as refused:
                add_list(connection, given)
            assert refused.value.problems[0].where == where
        add_list(connection, {**OWN, "title": "改名"})
        assert {each["title"] for each in profiles(connection)} >= {"改名"}
        with pytest.raises(InvalidInput, match="come with the platform"):
            import_matters(connection, GB, table(ROWS))
        for lists in ([], ["town"]):
            with pytest.raises(InvalidInput):
                use(connection, lists)
        for wrong in ("no such", "x" * 200):
            with pytest.raises(NotFound):
                use(connection, [wrong])
        with pytest.raises(InvalidInput, match="same matter"):
            choose(connection, "01001", "01001")
        with pytest.raises(InvalidInput, match="no matter"):
            choose(connection, "sz0101", "nothing")
        assert [each["name"] for each in profiles(connection) if each["in_use"]] == [GB]


def test_only_the_owner_changes_lists(town: Town) -> None:
    chief = town.reader("chief of lists", role="district_administrator")
    for statement in (
        "UPDATE matter_profile SET in_use = true",
        "DELETE FROM matter_mapping",
        "INSERT INTO matter_mapping VALUES ('01001', '01002', 1, '', true)",
    ):
        with pytest.raises(errors.InsufficientPrivilege), town.as_reader(chief) as connection:
            connection.execute(statement)
