"""Makes and changes entities of SensorThings, what stands inside them (deep insert) included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Connection, sql

from lifeline.telemetry.entities import SETS
from lifeline.telemetry.fields import FIELDS, PARENTS, Body, Shape, columns_of, meaning
from lifeline.telemetry.paths import number_in
from lifeline.telemetry.taking import Taken, take
from spatial.database import query
from spatial.errors import InvalidInput
from spatial.rights.reader import Reader

ROOM = "lifeline.telemetry"
DEEPEST = 5
MOST_ENTITIES = 1000


@dataclass
class Writer:
    """Writes in one transaction for one reader; counts what it makes, which a body chooses."""

    connection: Connection[Any]
    reader: Reader
    made: int = 0

    def make(self, set_name: str, body: Any, given: dict[str, int], where: str = "", depth: int = 0) -> int:
        """Make an entity with everything in its body; gives its id. `given`: what the path has settled."""
        self._check(body, where, depth)
        columns = columns_of(set_name, body, where, whole=True) | given
        for name, (column, target) in PARENTS.get(set_name, {}).items():
            if column not in given:
                columns[column] = self.one(target, body.get(name), f"{where}{name}", depth)
        inside = self._inside(set_name, body, where)
        if "Locations" in inside:
            columns["location_ids"] = self._locations(inside.pop("Locations"), f"{where}Locations", depth)
        columns |= self._more(set_name, columns, where)
        made = self._insert(set_name, columns)
        for name, children in inside.items():
            self._children(set_name, made, name, children, f"{where}{name}", depth)
        return made

    def _check(self, body: Any, where: str, depth: int) -> None:
        self.made += 1
        if not isinstance(body, dict):
            raise InvalidInput.at(where.rstrip(".") or "body", "must be an object")
        if depth > DEEPEST or self.made > MOST_ENTITIES:
            raise InvalidInput.at(
                where or "body", f"holds more than {DEEPEST} levels or {MOST_ENTITIES} entities"
            )

    def _inside(self, set_name: str, body: Body, where: str) -> Body:
        """Name what an entity brings along; InvalidInput for what there is not."""
        inside = {}
        for key, value in body.items():
            if key in SETS[set_name].links and SETS[set_name].links[key].many:
                inside[key] = value
            elif key not in (*FIELDS[set_name], *PARENTS.get(set_name, ())):
                known = ", ".join([*FIELDS[set_name], *SETS[set_name].links])
                raise InvalidInput.at(f"{where}{key[:60]}", f"is not known; {set_name} have {known}")
        return inside

    def one(self, target: str, value: Any, where: str, depth: int) -> int:
        """Find or make the one that a body names: {"@iot.id": 1}, or the whole of it."""
        if not isinstance(value, dict):
            raise InvalidInput.at(where, 'is missing; {"@iot.id": 1} names one, or send the whole of it')
        if "@iot.id" not in value:
            return self.make(target, value, {}, f"{where}.", depth + 1)
        number = number_in(value["@iot.id"], f"{where}.@iot.id")
        statement = sql.SQL("SELECT 1 FROM {} WHERE id = {}").format(
            sql.Identifier(SETS[target].table), sql.Literal(number)
        )
        if self.connection.execute(statement).fetchone() is None:
            raise InvalidInput.at(f"{where}.@iot.id", f"there is no {number} of {target}")
        return number

    def _locations(self, values: Any, where: str, depth: int) -> list[int]:
        found = [
            self.one("Locations", value, f"{where}[{n}]", depth)
            for n, value in enumerate(listed(values, where))
        ]
        return list(dict.fromkeys(found))

    def _children(self, set_name: str, parent: int, name: str, values: Any, where: str, depth: int) -> None:
        for number, body in enumerate(listed(values, where)):
            if name == "Observations":
                self.observe(body, parent if set_name == "Datastreams" else None, f"{where}[{number}].")
                continue
            column = {
                "Things": "thing_id",
                "Sensors": "sensor_id",
                "ObservedProperties": "observed_property_id",
            }
            if set_name not in column or name not in ("Datastreams", "HistoricalLocations"):
                raise InvalidInput.at(where, f"{name} are not made inside of {set_name}")
            self.make(name, body, {column[set_name]: parent}, f"{where}[{number}].", depth + 1)

    def observe(self, body: Any, datastream: int | None, where: str = "") -> Taken:
        """Take one observation; its datastream stands in the body unless the path has settled it."""
        if not isinstance(body, dict):
            raise InvalidInput.at(where.rstrip(".") or "body", "must be an object")
        row = dict(body)
        if datastream is None:
            row["Datastream"] = {
                "@iot.id": self.one("Datastreams", row.get("Datastream"), f"{where}Datastream", 0)
            }
        else:
            row["Datastream"] = {"@iot.id": datastream}
        if "FeatureOfInterest" in row:
            feature = self.one("FeaturesOfInterest", row["FeatureOfInterest"], f"{where}FeatureOfInterest", 0)
            row["FeatureOfInterest"] = {"@iot.id": feature}
        taken = take(self.connection, self.reader, [row])[0]
        if isinstance(taken, InvalidInput):
            problem = taken.problems[0]
            raise InvalidInput.at(where + problem.where, problem.reason)
        if isinstance(taken, Exception):
            raise taken
        return taken

    def _more(self, set_name: str, columns: dict[str, Any], where: str) -> dict[str, Any]:
        if set_name == "Datastreams":
            return self._told(columns.get("properties"), f"{where}properties")
        if set_name == "HistoricalLocations":
            return {}
        return {"organisation_id": self.reader.organisation_id}

    def _told(self, properties: str | None, where: str) -> dict[str, Any]:
        """Read what the platform itself minds of a datastream; the network must be there for the reader."""
        told = meaning(orjson.loads(properties or "{}"), where)
        found: dict[str, Any] = {
            "expected_s": told.expected_s, "range_from": told.range_from, "range_until": told.range_until,
            "network_id": None, "feature_code": told.feature,
        }  # fmt: skip
        if told.network is None:
            return found
        values = {"network": told.network, "feature": told.feature}
        row = self.connection.execute(query(ROOM, "feature"), values).fetchone()
        if row is None:
            raise InvalidInput.at(f"{where}.network", f"there is no network {told.network[:60]!r}")
        if told.feature is not None and not row[1]:
            raise InvalidInput.at(f"{where}.feature", f"the network has no {told.feature[:60]!r}")
        return found | {"network_id": row[0]}

    def _insert(self, set_name: str, columns: dict[str, Any]) -> int:
        if set_name == "Datastreams":
            columns["organisation_id"] = self._organisation(columns["thing_id"])
        written = list(_written(columns))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(SETS[set_name].table),
            sql.SQL(", ").join(name for name, _ in written),
            sql.SQL(", ").join(value for _, value in written),
        )
        row = self.connection.execute(statement).fetchone()
        assert row is not None
        return int(row[0])

    def _organisation(self, thing: int) -> int | None:
        row = self.connection.execute(query(ROOM, "organisation"), {"thing": thing}).fetchone()
        return None if row is None else row[0]

    def change(self, set_name: str, number: int, body: Any) -> bool:
        """Change what a body names of an entity (PATCH); tells whether there is one."""
        self._check(body, "", 0)
        inside = self._inside(set_name, body, "")
        columns = columns_of(set_name, body, "", whole=False)
        for name, (column, target) in PARENTS.get(set_name, {}).items():
            if name in body:
                columns[column] = self.one(target, body[name], name, 0)
        if "Locations" in inside:
            columns["location_ids"] = self._locations(inside.pop("Locations"), "Locations", 0)
        if inside:
            raise InvalidInput.at(
                next(iter(inside)), "is not changed from here: send them to their own address"
            )
        if set_name == "Datastreams" and "properties" in columns:
            columns |= self._told(columns["properties"], "properties")
        if set_name == "Datastreams" and "thing_id" in columns:
            columns["organisation_id"] = self._organisation(columns["thing_id"])
        return self._update(set_name, number, columns)

    def _update(self, set_name: str, number: int, columns: dict[str, Any]) -> bool:
        pairs = [sql.SQL("{} = {}").format(name, value) for name, value in _written(columns)]
        statement = sql.SQL("UPDATE {} SET {} WHERE id = {}").format(
            sql.Identifier(SETS[set_name].table),
            sql.SQL(", ").join(pairs),
            sql.Literal(number),
        )
        if not pairs:
            statement = sql.SQL("SELECT FROM {} WHERE id = {}").format(
                sql.Identifier(SETS[set_name].table), sql.Literal(number)
            )
        return self.connection.execute(statement).rowcount == 1


def listed(values: Any, where: str) -> list[Any]:
    """Read a list of neighbours, or one that stands alone."""
    found = values if isinstance(values, list) else [values]
    if len(found) > MOST_ENTITIES:
        raise InvalidInput.at(where, f"holds more than {MOST_ENTITIES}")
    return found


_JSON = frozenset({"properties", "metadata", "unit"})


def _written(columns: dict[str, Any]) -> Iterable[tuple[sql.Identifier, sql.Composable]]:
    for name, value in columns.items():
        if isinstance(value, Shape):
            yield sql.Identifier("shape"), sql.SQL("{}::jsonb").format(sql.Literal(value.sent))
            hexed = sql.Literal(value.wkb.hex())
            yield sql.Identifier("geom"), sql.SQL("ST_SetSRID({}::geometry, 4326)").format(hexed)
        elif name == "location_ids":
            yield sql.Identifier(name), sql.SQL("{}::bigint[]").format(sql.Literal(value))
        elif name in _JSON:
            empty = "{}" if name == "properties" else None
            yield sql.Identifier(name), sql.SQL("{}::jsonb").format(sql.Literal(value if value else empty))
        else:
            yield sql.Identifier(name), sql.Literal(value)
