"""Accounts and their keys in the store."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from spatial.errors import NotFound
from spatial.people.accounts import (
    create_account,
    find_account,
    find_account_by_id,
    set_password,
)
from spatial.people.keys import (
    DEVICE,
    SESSION,
    TOKEN,
    Origin,
    delete_old_keys,
    digest,
    find_key,
    issue_key,
    issue_token,
    list_keys,
    note_use,
    revoke_key,
    revoke_keys,
)
from spatial.people.passwords import hash_password, is_password

HOUR = timedelta(hours=1)


@pytest.fixture
def account(postgis) -> int:
    return create_account(postgis, "li", "李", "viewer", "correct horse")


def test_a_key_stands_for_its_account_until_it_expires(postgis, account) -> None:
    token = issue_token(postgis, account, "test", HOUR)
    key = find_key(postgis, digest(token))
    assert key is not None
    assert (key.reader.username, key.reader.role, key.reader.key_id) == ("li", "viewer", key.id)
    assert (key.kind, key.reader.scope, key.quota_per_minute) == (TOKEN, "all", None)
    old = issue_token(postgis, account, "test", timedelta(seconds=-1))
    assert find_key(postgis, digest(old)) is None
    assert find_key(postgis, digest(token + "x")) is None


def test_only_hashes_are_stored(postgis, account) -> None:
    token = issue_token(postgis, account, "test", HOUR)
    stored = str(postgis.execute("SELECT a::text, t::text FROM account a JOIN token t ON true").fetchall())
    assert "$argon2id$" in stored
    assert "correct horse" not in stored
    assert token not in stored


def test_a_key_tells_the_reach_the_units_above_and_the_granted_layers(city) -> None:
    organisation = city.execute("SELECT min(id) FROM organisation").fetchone()[0]
    grid = city.execute("SELECT min(code) FROM grids").fetchone()[0]
    account = create_account(
        city, "li", "李", "viewer", "x", reach="area", area=grid, organisation_id=organisation
    )
    other = create_account(city, "wu", "吴", "viewer", "x")
    layers = [name for (name,) in city.execute("SELECT name FROM layer ORDER BY name LIMIT 3").fetchall()]
    values = [(layers[0], account, None), (layers[1], None, organisation), (layers[2], other, None)]
    for row in values:
        city.execute("INSERT INTO layer_grant (layer, account_id, organisation_id) VALUES (%s, %s, %s)", row)
    reader = find_key(city, digest(issue_token(city, account, "t", HOUR))).reader
    assert reader.layers == frozenset(layers[:2])
    assert (reader.reach, reader.area, reader.organisation_id) == ("area", grid, organisation)
    parents = city.execute("SELECT code FROM unit_version WHERE %s LIKE code || '_%%'", [grid]).fetchall()
    assert set(reader.above) == {code for (code,) in parents}
    assert len(reader.above) == 3


def test_a_disabled_account_has_no_key_and_no_log_in(postgis, account) -> None:
    token = issue_token(postgis, account, "test", HOUR)
    postgis.execute("UPDATE account SET disabled = true")
    assert find_key(postgis, digest(token)) is None
    assert find_account(postgis, "li") is None
    assert find_account_by_id(postgis, account) is None


def test_no_account_can_be_the_platform(postgis) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        create_account(postgis, "li", "李", "system", "x")


@pytest.mark.parametrize("name", ["", "LI", "li ", "l\0i", "\ud800", "li\u200b", "a" * 100_000])
def test_a_strange_name_is_nobodys(postgis, account, name: str) -> None:
    assert find_account(postgis, name) is None


def test_keys_are_listed_revoked_and_found_by_their_owner_alone(postgis, account) -> None:
    other = create_account(postgis, "wu", "吴", "viewer", "x")
    origin = Origin("203.0.113.9", "QGIS " * 100)
    token = issue_key(postgis, account, "qgis", HOUR, origin=origin)
    issue_key(postgis, account, "phone", HOUR, DEVICE, "field", quota_per_minute=60)
    issue_key(postgis, account, "expired", -HOUR)
    listed = list_keys(postgis, account)
    assert [key.name for key in listed] == ["phone", "qgis"]
    assert (listed[0].quota_per_minute, listed[1].last_used_at) == (60, None)
    assert (listed[1].address, len(listed[1].agent)) == ("203.0.113.9", 200)
    with pytest.raises(NotFound):
        revoke_key(postgis, other, token.id)
    with pytest.raises(NotFound):
        revoke_key(postgis, account, token.id, (SESSION,))
    revoke_key(postgis, account, token.id)
    with pytest.raises(NotFound):
        revoke_key(postgis, account, token.id)
    assert find_key(postgis, digest(token.token)) is None
    assert [key.name for key in list_keys(postgis, account)] == ["phone"]


def test_the_use_of_a_key_is_noted_once_a_minute(postgis, account) -> None:
    key = issue_key(postgis, account, "qgis", HOUR, origin=Origin("203.0.113.1", "old"))
    note_use(postgis, key.id, Origin("203.0.113.2", "new"))
    note_use(postgis, key.id, Origin("203.0.113.3", "newer"))
    assert list_keys(postgis, account)[0].address == "203.0.113.2"
    postgis.execute("UPDATE token_use SET last_used_at = now() - interval '61 seconds'")
    note_use(postgis, key.id, Origin("203.0.113.3", "newer"))
    assert list_keys(postgis, account)[0].agent == "newer"
    note_use(postgis, 2**62, Origin("203.0.113.3", "gone"))


def test_another_password_ends_the_other_sessions_and_leaves_devices(postgis, account) -> None:
    keys = {
        name: issue_key(postgis, account, name, HOUR, kind, scope)
        for name, kind, scope in [
            ("mine", SESSION, "all"),
            ("other", SESSION, "all"),
            ("qgis", TOKEN, "read"),
            ("phone", DEVICE, "field"),
        ]
    }
    set_password(postgis, account, hash_password("another"), must_change=False, but=keys["mine"].id)
    assert {key.name for key in list_keys(postgis, account)} == {"mine", "qgis", "phone"}
    assert is_password(find_account(postgis, "li").password_hash, "another")
    set_password(postgis, account, hash_password("one time"), must_change=True)
    assert {key.name for key in list_keys(postgis, account)} == {"phone"}
    assert find_account(postgis, "li").must_change_password
    phone = find_key(postgis, digest(keys["phone"].token))
    assert not phone.reader.must_change_password
    for name, must_change in (("log-in", True), ("single sign-on", False)):
        session = issue_key(postgis, account, name, HOUR, SESSION)
        assert find_key(postgis, digest(session.token)).reader.must_change_password is must_change
    token = issue_key(postgis, account, "single sign-on", HOUR)
    assert not find_key(postgis, digest(token.token)).reader.must_change_password
    revoke_keys(postgis, account)
    assert list_keys(postgis, account) == []


def test_a_one_time_password_grows_stale(postgis, account) -> None:
    set_password(postgis, account, hash_password("one time"), must_change=True)
    assert not find_account(postgis, "li").is_stale
    postgis.execute("UPDATE account SET password_changed_at = now() - interval '8 days'")
    assert find_account(postgis, "li").is_stale
    postgis.execute("UPDATE account SET must_change_password = false")
    assert not find_account(postgis, "li").is_stale


def test_old_keys_are_deleted_and_recent_ones_kept(postgis, account) -> None:
    for days in (-2, 0, 1):
        issue_token(postgis, account, "t", timedelta(days=days))
    delete_old_keys(postgis)
    assert postgis.execute("SELECT count(*) FROM token").fetchone() == (2,)
