"""What a foreign key would hold, held a statement at a time: classes, profiles and surveys stay."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from spatial.database import connect
from tests.patience import until
from tests.spatial.components.bureau import LAMP, OLD, Bureau

ADD = (
    "INSERT INTO component (code, class_code, profile, name, state, source, geom)"
    " SELECT 'k' || n, CASE WHEN n = 2 THEN %s ELSE '01001' END, %s, 'x', 'intact', 'test',"
    " ST_SetSRID(ST_MakePoint(116.3, 40), 4326) FROM generate_series(1, 3) AS n"
)
GB = "gbt47678_5_2026"


@pytest.mark.parametrize(
    ("class_code", "profile", "constraint"),
    [("99999", GB, "fk_component_class_code"), (LAMP, "nobody's", "fk_component_profile")],
)
def test_a_component_is_of_a_class_and_a_profile_that_there_are(
    bureau: Bureau, class_code: str, profile: str, constraint: str
) -> None:
    with connect(bureau.url) as owner:
        before = owner.execute("SELECT count(*) FROM component").fetchall()
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, owner.transaction():
            owner.execute(ADD, (class_code, profile))
        assert refused.value.diag.constraint_name == constraint
        assert owner.execute("SELECT count(*) FROM component").fetchall() == before
        owner.execute(ADD, (LAMP, GB))
        for column, value in (("class_code", "99999"), ("profile", "nobody's"), ("class_code", None)):
            with pytest.raises(psycopg.errors.IntegrityError), owner.transaction():
                owner.execute(f"UPDATE component SET {column} = %s WHERE code = 'k3'", (value,))  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM component_class WHERE code = '01037'",
        "UPDATE component_class SET code = '99998' WHERE code = '01037'",
        "DELETE FROM component_profile WHERE name = 'mine'",
        "UPDATE component_profile SET name = 'yours' WHERE name = 'mine'",
        "TRUNCATE component_class",
        "TRUNCATE component_profile",
        "TRUNCATE component_class CASCADE",
        "TRUNCATE component_profile CASCADE",
        "TRUNCATE component_survey",
    ],
)
def test_what_components_name_stays(bureau: Bureau, statement: str) -> None:
    with connect(bureau.url) as owner:
        # Nothing else names the class or the profile: no other key is in the way.
        owner.execute("DELETE FROM component_mapping")
        owner.execute("DELETE FROM component_matter")
        owner.execute(
            "INSERT INTO component_profile"
            " SELECT 'mine', title, title_en, standard, form, states, NULL, NULL, NULL, source, false"
            " FROM component_profile WHERE name = %s",
            (OLD,),
        )
        owner.execute(ADD, (LAMP, "mine"))
        with pytest.raises((psycopg.errors.ForeignKeyViolation, psycopg.errors.FeatureNotSupported)):
            owner.execute(statement)


def test_a_class_that_no_component_has_goes(bureau: Bureau) -> None:
    with connect(bureau.url) as owner:
        owner.execute("INSERT INTO component_class VALUES ('98001', 'x', '98', 'x', 'own')")
        assert owner.execute("DELETE FROM component_class WHERE code = '98001'").rowcount == 1


@pytest.mark.parametrize("first", ["adds", "deletes"])
def test_two_at_a_time_leave_no_component_without_its_class(bureau: Bureau, first: str) -> None:
    """Whoever comes second waits for the first, and is refused when that one has ended."""
    with connect(bureau.url) as owner:
        owner.execute("INSERT INTO component_class VALUES ('98001', 'x', '98', 'x', 'own')")
    add: tuple[str, tuple[Any, ...]] = (ADD, ("98001", GB))
    delete: tuple[str, tuple[Any, ...]] = ("DELETE FROM component_class WHERE code = '98001'", ())
    one, other = (add, delete) if first == "adds" else (delete, add)
    ended: list[BaseException | None] = []

    def second() -> None:
        try:
            with connect(bureau.url) as connection:
                connection.execute(*other)
        except psycopg.errors.ForeignKeyViolation as error:
            ended.append(error)
        else:
            ended.append(None)

    with connect(bureau.url) as connection, connect(bureau.url) as watch:
        connection.execute(*one)
        thread = threading.Thread(target=second)
        thread.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity"
        until(lambda: watch.execute(f"{waits} WHERE datname = current_database())").fetchall()[0][0] == 1)
        assert ended == []
        watch.rollback()
        connection.commit()
        thread.join()
    assert isinstance(ended[0], psycopg.errors.ForeignKeyViolation)


def test_rows_of_a_report_are_of_a_survey_and_go_with_it(bureau: Bureau) -> None:
    with connect(bureau.url) as owner:
        (number,) = owner.execute(
            "INSERT INTO component_survey (username, filename) VALUES ('x', 'x') RETURNING id"
        ).fetchall()[0]
        row = "INSERT INTO component_survey_row (survey_id, nr, verdict) VALUES (%s, 1, 'new')"
        owner.execute(row, (number,))
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, owner.transaction():
            owner.execute(row, (number + 1,))
        assert refused.value.diag.constraint_name == "fk_component_survey_row_survey_id"
        owner.execute("DELETE FROM component_survey WHERE id = %s", (number,))
        left = "SELECT count(*) FROM component_survey_row WHERE survey_id = %s"
        assert owner.execute(left, (number,)).fetchall() == [(0,)]
