"""Published tables obey the row of their layer: for every role, every reach and every verb."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from api.prepare import bring_up_to_date
from layers.catalogue import layer
from layers.imports import PublishOptions
from layers.publish import Outcome, publish_file, sha256_of, sweep
from layers.publish_about import describe_layer, withdraw_layer
from layers.publish_relations import publish_relation
from spatial.database import Database, connect, session
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.rights.published import apply_published, published_rights_are_right
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import EDITORS
from tests.layers.publishing.conftest import OWNER
from tests.layers.publishing.files import collection, point
from tests.spatial.rights.people import cast, in_reach
from tests.spatial.rights.town import GRIDS, ORGANISATIONS, build, middle

ROWS = [(grid, ORGANISATIONS[number % 2]) for number, grid in enumerate(GRIDS)]


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    with make_city(build) as url:
        yield url


@pytest.fixture
def town(town_url: str, as_app: Callable[[str], str]) -> Iterator[tuple[psycopg.Connection[Any], Database]]:
    database = Database(as_app(town_url), 3)
    database.open()
    with connect(town_url, autocommit=True) as owner:
        yield owner, database
        owner.execute("DELETE FROM layer WHERE schema <> 'city'")
        with owner.transaction():
            sweep(owner, 0)
    database.close()


def publish(owner, folder: Path, **options: Any) -> Outcome:
    """One feature in each grid, with the codes of its grid and its organisation."""
    path = folder / "wells.geojson"
    features = [
        (point(*middle(grid)), {"unit": grid, "org": organisation, "n": number})
        for number, (grid, organisation) in enumerate(ROWS)
    ]
    path.write_bytes(collection(features))
    with owner.transaction():
        (outcome,) = publish_file(owner, path, path.name, PublishOptions(**options), OWNER)
    return outcome


def units(database: Database, of: Any, reader: Reader) -> set[str]:
    with session(database, reader) as connection:
        text = sql.SQL("SELECT unit FROM {}").format(of.table)
        return {unit for (unit,) in connection.execute(text, {}).fetchall()}


@pytest.mark.parametrize(
    ("options", "mine"),
    [
        ({}, lambda reader, grid, organisation: True),
        ({"unit_column": "unit"}, lambda reader, grid, organisation: in_reach(reader, grid)),
        (
            {"organisation_column": "org"},
            lambda reader, grid, organisation: (
                reader.reach == "city" or organisation == of_organisation(reader)
            ),
        ),
        (
            {"unit_column": "unit", "organisation_column": "org"},
            lambda reader, grid, organisation: (
                in_reach(reader, grid) or organisation == of_organisation(reader)
            ),
        ),
    ],
    ids=["for all", "by unit", "by organisation", "by both"],
)
def test_everybody_sees_their_own_features(town, tmp_path: Path, options, mine) -> None:
    owner, database = town
    published = layer(owner, publish(owner, tmp_path, **options).layer)
    readers = cast(owner)
    _ORGANISATION.update(
        {number: code for code, number in owner.execute("SELECT code, id FROM organisation").fetchall()}
    )
    for name, reader in readers.items():
        wanted = {grid for grid, organisation in ROWS if mine(reader, grid, organisation)}
        assert units(database, published, reader) == wanted, name
    assert units(database, published, SYSTEM) == set(GRIDS)


_ORGANISATION: dict[int, str] = {}


def of_organisation(reader: Reader) -> str | None:
    return _ORGANISATION.get(reader.organisation_id or 0)


def test_a_layer_for_some_is_nothing_to_the_others(town, tmp_path: Path) -> None:
    owner, database = town
    published = layer(owner, publish(owner, tmp_path, audience="granted", organisation="water").layer)
    for name, reader in cast(owner).items():
        sees = reader.role == "district_administrator" or name.endswith(" of water")
        assert (units(database, published, reader) == set(GRIDS)) is sees, name
        with session(database, reader) as connection:
            if sees:
                layer(connection, published.name)
            else:
                with pytest.raises(NotFound):
                    layer(connection, published.name)
    with owner.transaction():
        describe_layer(owner, published.name, {"audience": "all"})
    assert all(units(database, published, reader) for reader in cast(owner).values()), (
        "at once, no new policy"
    )


@pytest.mark.parametrize("editable", [False, True])
def test_who_may_change_features(town, tmp_path: Path, editable: bool) -> None:
    owner, database = town
    published = layer(
        owner, publish(owner, tmp_path, editable=editable, organisation="water", unit_column="unit").layer
    )
    for name, reader in cast(owner).items():
        in_charge = reader.role == "district_administrator" or (
            reader.role in EDITORS and name.endswith("of water")
        )
        for grid, _ in ROWS:
            wanted = editable and in_charge and in_reach(reader, grid)
            for statement in (
                "UPDATE {} SET n = n + 1 WHERE unit = %(unit)s",
                "DELETE FROM {} WHERE unit = %(unit)s",
                "INSERT INTO {} (unit, geom) VALUES (%(unit)s, ST_Point(116, 40, 4326))",
            ):
                assert does(database, published, reader, statement, grid) is wanted, (name, grid, statement)


def does(database: Database, of: Any, reader: Reader, statement: str, unit: str) -> bool:
    try:
        with session(database, reader) as connection, connection.transaction(force_rollback=True):
            text = sql.SQL(statement).format(of.table)
            return connection.execute(text, {"unit": unit}).rowcount == 1
    except psycopg.errors.InsufficientPrivilege:
        return False


def test_an_area_without_columns_of_its_own_changes_only_its_organisations_layers(
    town, tmp_path: Path
) -> None:
    owner, database = town
    published = layer(owner, publish(owner, tmp_path, editable=True, organisation="roads").layer)
    readers = cast(owner)
    statement = "UPDATE {} SET n = 1 WHERE unit = %(unit)s"
    assert does(database, published, readers["analyst of a grid, roads"], statement, GRIDS[0])
    assert not does(database, published, readers["street_administrator of street 1"], statement, GRIDS[0])
    assert not does(database, published, readers["district_administrator of street 1"], statement, GRIDS[0])
    assert does(database, published, readers["district_administrator of the city"], statement, GRIDS[0])


def test_dropping_any_policy_or_grant_is_noticed_and_mended(town, town_url: str, tmp_path: Path) -> None:
    owner, database = town
    published = layer(owner, publish(owner, tmp_path).layer)
    assert published_rights_are_right(owner)
    policies = owner.execute(
        "SELECT policyname FROM pg_policies WHERE tablename = %s", [published.relation]
    ).fetchall()
    assert len(policies) == 9
    table = sql.Identifier(published.schema, published.relation)
    harms = [sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(name), table) for (name,) in policies]
    harms += [
        sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(table),
        sql.SQL("GRANT SELECT ON {} TO PUBLIC").format(table),
        sql.SQL("CREATE POLICY open ON {} FOR SELECT TO PUBLIC USING (true)").format(table),
        sql.SQL("DROP TRIGGER record_update ON {}").format(table),
    ]
    stranger = cast(owner)["viewer of the city"]
    with owner.transaction():
        describe_layer(owner, published.name, {"audience": "granted"})
    for harm in harms:
        owner.execute(harm)
        assert not published_rights_are_right(owner), harm
        with owner.transaction():
            assert apply_published(owner) == [f"{published.schema}.{published.relation}"]
            assert apply_published(owner) == []
        assert units(database, published, stranger) == set()
    owner.execute(harms[0])
    bring_up_to_date(town_url)
    assert published_rights_are_right(owner)


def test_changes_of_features_are_on_record(town, tmp_path: Path) -> None:
    owner, database = town
    published = layer(owner, publish(owner, tmp_path, editable=True, unit_column="unit").layer)
    chief = cast(owner)["district_administrator of the city"]
    with session(database, chief) as connection:
        run = lambda text: connection.execute(sql.SQL(text).format(published.table), {})  # noqa: E731
        run("INSERT INTO {} (unit, n, geom) VALUES ('990101001001001', 77, ST_Point(116, 40, 4326))")
        run("UPDATE {} SET n = 78 WHERE n = 77")
        run("UPDATE {} SET n = 78 WHERE n = 78")
        run("DELETE FROM {} WHERE n = 78")
    rows = owner.execute(
        "SELECT action, unit_code, account_id, before ->> 'n', after ->> 'n',"
        " after -> 'geom' ->> 'sha256' IS NOT NULL"
        " FROM audit WHERE relation = 'layer.wells' ORDER BY id"
    ).fetchall()
    unit, who = "990101001001001", chief.account_id
    assert rows == [
        ("insert", unit, who, None, "77", True),
        ("update", unit, who, "77", "78", True),
        ("delete", unit, who, "78", None, False),
    ]


def test_publishing_and_withdrawing_are_on_record(town, tmp_path: Path) -> None:
    owner, _ = town
    publish(owner, tmp_path, name="on_record")
    with owner.transaction():
        withdraw_layer(owner, "on_record")
    actions = owner.execute(
        "SELECT action, after ->> 'sha256' FROM audit"
        " WHERE relation = 'layer' AND row_key = 'on_record' ORDER BY id"
    ).fetchall()
    assert [each for each, _ in actions] == ["insert", "publish", "delete", "unpublish"]
    assert actions[1][1] == sha256_of(tmp_path / "wells.geojson")


def test_who_may_take_a_layer_back(town, tmp_path: Path) -> None:
    owner, database = town
    name = publish(owner, tmp_path).layer
    readers = cast(owner)
    own = readers["analyst of a grid, roads"]
    owner.execute("UPDATE layer SET published_by = %s WHERE name = %s", [own.account_id, name])
    for who, reader in readers.items():
        may = reader.role == "district_administrator" or (
            reader.role == "analyst" and reader.account_id == own.account_id
        )
        for change in (lambda c: withdraw_layer(c, name), lambda c: describe_layer(c, name, {"title": "x"})):
            try:
                with session(database, reader) as connection, connection.transaction(force_rollback=True):
                    change(connection)
                assert may, who
            except Forbidden:
                assert not may, who
    with (
        pytest.raises(Conflict),
        session(database, readers["district_administrator of the city"]) as connection,
    ):
        withdraw_layer(connection, "places")


def table(owner: Any, text: str) -> None:
    owner.execute("DROP TABLE IF EXISTS public.hydrants CASCADE")
    owner.execute(text)


HYDRANTS = (
    "CREATE TABLE public.hydrants"
    " (no int PRIMARY KEY, unit text, label varchar(20), geom geometry(Point, 4326))"
)


def test_a_table_of_ours_is_published_in_place_and_left_as_it_was(town) -> None:
    owner, database = town
    table(owner, HYDRANTS)
    owner.execute("INSERT INTO hydrants SELECT 1, %s, 'a', ST_Point(116, 40, 4326)", [GRIDS[0]])
    with owner.transaction():
        publish_relation(owner, "public.hydrants", PublishOptions(unit_column="unit"), OWNER, ("public",))
    published = layer(owner, "hydrants")
    assert (published.schema, published.kind, published.id_column) == ("public", "table", "no")
    readers = cast(owner)
    assert units(database, published, readers["viewer of street 1"]) == {GRIDS[0]}
    assert units(database, published, readers["viewer of a grid, roads"]) == set()
    with pytest.raises(Conflict), owner.transaction():
        publish_relation(owner, "hydrants", PublishOptions(name="again"), OWNER)
    with owner.transaction():
        withdraw_layer(owner, "hydrants")
        assert sweep(owner, 0) == ["public.hydrants"]
    assert (
        owner.execute("SELECT relrowsecurity, relacl FROM pg_class WHERE relname = 'hydrants'").fetchone()
        is not None
    )
    assert owner.execute("SELECT count(*) FROM pg_policies WHERE tablename = 'hydrants'").fetchone() == (0,)
    assert owner.execute("SELECT count(*) FROM hydrants").fetchone() == (1,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        units(database, published, readers["viewer of street 1"])


def test_a_view_is_shown_through_one_of_ours(town) -> None:
    owner, database = town
    table(owner, HYDRANTS)
    owner.execute("INSERT INTO hydrants SELECT 1, %s, 'a', ST_Point(116, 40, 4326)", [GRIDS[0]])
    owner.execute("CREATE VIEW public.hydrants_seen AS SELECT * FROM hydrants")
    with owner.transaction():
        options = PublishOptions(id_column="no", unit_column="unit", audience="granted", organisation="water")
        publish_relation(owner, "hydrants_seen", options, OWNER, ("public",))
    published = layer(owner, "hydrants_seen")
    assert published.sources == ("public.hydrants",)
    readers = cast(owner)
    assert units(database, published, readers["district_administrator of the city"]) == {GRIDS[0]}
    assert units(database, published, readers["viewer of the city"]) == set()
    assert units(database, published, readers["viewer of water"]) == set(), "of another unit"
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        session(database, readers["district_administrator of the city"]) as connection,
    ):
        connection.execute("SELECT * FROM public.hydrants")


@pytest.mark.parametrize(
    "name",
    [
        "city.worker", "worker", "city.places", "pg_catalog.pg_authid", "pg_authid",
        "information_schema.tables",
        "public.spatial_ref_sys", "public.spy", "public.spy_of_spy", "public.heir", "published.x", "nothing",
        "", ".", "public.\x01", "pg_temp.x", "elsewhere.t",
    ],
)  # fmt: skip
def test_what_is_the_platforms_is_published_by_nobody(town, name: str) -> None:
    owner, _ = town
    for text in (
        "CREATE OR REPLACE VIEW public.spy AS SELECT id, geom FROM city.worker",
        "CREATE OR REPLACE VIEW public.spy_of_spy AS SELECT * FROM public.spy",
        "CREATE TABLE IF NOT EXISTS public.heir () INHERITS (city.place)",
        "CREATE SCHEMA IF NOT EXISTS elsewhere",
        "CREATE TABLE IF NOT EXISTS elsewhere.t (id int PRIMARY KEY, geom geometry(Point, 4326))",
    ):
        owner.execute(text)
    try:
        with pytest.raises(InvalidInput) as refused, owner.transaction():
            publish_relation(owner, name, PublishOptions(), OWNER, ("public",))
    finally:
        owner.execute(
            "DROP VIEW public.spy_of_spy, public.spy; DROP TABLE public.heir; DROP SCHEMA elsewhere CASCADE"
        )
    assert refused.value.problems[0].reason.endswith("that can be published"), (
        "whether it is there is not told"
    )


@pytest.mark.parametrize(
    ("text", "options", "where"),
    [
        ("CREATE TABLE public.hydrants (a int, geom geometry(Point, 4326))", {}, "id_column"),
        ("CREATE TABLE public.hydrants (a int, geom geometry(Point, 4326))", {"id_column": "a"}, "id_column"),
        ("CREATE TABLE public.hydrants (a int PRIMARY KEY)", {}, "geometry_column"),
        ("CREATE TABLE public.hydrants (a int PRIMARY KEY, g geometry, h geometry)", {}, "geometry_column"),
        ("CREATE TABLE public.hydrants (a int PRIMARY KEY, g geometry)", {}, "crs"),
        (HYDRANTS, {"unit_column": "x"}, "unit_column"),
        (HYDRANTS, {"time_column": "x"}, "time_column"),
        (HYDRANTS, {"organisation": "nobody"}, "organisation"),
        (HYDRANTS, {"name": "a/b"}, "name"),
        (HYDRANTS, {"name": "basemap"}, "name"),
    ],
)
def test_what_is_missing_is_asked_for_by_its_name(town, text: str, options: dict, where: str) -> None:
    owner, _ = town
    table(owner, text)
    with pytest.raises(InvalidInput) as refused, owner.transaction():
        publish_relation(owner, "hydrants", PublishOptions(**options), OWNER)
    assert refused.value.problems[0].where == where


def test_row_security_of_its_own_is_not_replaced(town) -> None:
    owner, _ = town
    table(owner, HYDRANTS)
    owner.execute("ALTER TABLE public.hydrants ENABLE ROW LEVEL SECURITY")
    with pytest.raises(Conflict, match="publish a view of it"), owner.transaction():
        publish_relation(owner, "hydrants", PublishOptions(), OWNER)


def test_a_policy_asks_once_a_statement(town, tmp_path: Path) -> None:
    owner, database = town
    published = layer(owner, publish(owner, tmp_path, unit_column="unit").layer)
    with session(database, cast(owner)["viewer of street 1"]) as connection:
        plan = connection.execute(
            sql.SQL("EXPLAIN ANALYZE SELECT * FROM {}").format(published.table), {}
        ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "InitPlan" in text
    assert "loops=8" not in text
