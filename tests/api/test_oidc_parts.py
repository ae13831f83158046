"""The parts of single sign-on that need no server: where a log-in may lead, the sealed cookie, ID tokens."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, JWKRegistry, KeySet, OctKey, RSAKey

from api.oidc import attempt as attempts
from api.oidc.attempt import begin, own_path, seal, sealing_key, unseal
from api.oidc.id_token import Expected, UnknownKey, read_keys, verify
from api.oidc.provider import _checked
from api.oidc.refused import Refused
from spatial.errors import InvalidInput
from spatial.settings import Settings
from spatial.urls import is_safe_url

KEY = sealing_key(b"m" * 32)
SIGNER = RSAKey.generate_key(2048, {"use": "sig", "kid": "one"})
EXPECTED = Expected("https://id.example", "citygrid", "the nonce", "an access token")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/wall",
        "/editor/12",
        "/?lang=en&next=//x",
        "/#map=14/35.6/114.2",
        "/ogc/collections/grids?f=html",
        "/field/",
    ],
)
def test_a_log_in_may_lead_to_a_page_of_ours(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/.//evil.example",
        "/..//evil.example",
        "/%2f/evil.example",
        "/%2e%2e//evil.example",
        "/a//evil.example",
        "/\tevil",
        "/\n/evil.example",
        "/?a\r\nSet-Cookie: x=1",
        "/?a b",
        "/?\\evil",
        "/@evil.example",
        "/\u200b/evil",
        "/城",
        "/api/auth/oidc/login",
        "/api/me",
        "/?" + "a" * 1000,
    ],
)
def test_a_log_in_leads_nowhere_else(path: str) -> None:
    with pytest.raises(InvalidInput, match="next"):
        own_path(path)


@given(st.text(alphabet=st.sampled_from("/\\.%2fF:@?#ae\t\n "), max_size=12))
def test_whatever_is_let_through_is_one_plain_path(path: str) -> None:
    try:
        own_path(path)
    except InvalidInput:
        return
    assert path[0] == "/" and path[1:2] not in ("/", "\\")
    assert "//" not in path.split("?")[0].split("#")[0]
    assert not set(path) & set("\t\n \\")


def test_the_cookie_brings_back_what_was_begun() -> None:
    attempt = begin("https://city.example/api/auth/oidc/callback", "/wall")
    assert unseal(seal(attempt, KEY), KEY, attempt.state) == attempt
    assert len({attempt.state, attempt.nonce, attempt.verifier}) == 3
    assert min(map(len, (attempt.state, attempt.nonce, attempt.verifier))) >= 43


def test_the_cookie_shows_nothing_and_fits() -> None:
    attempt = begin("https://city.example/api/auth/oidc/callback", "/?" + "a" * 990)
    sealed = seal(attempt, KEY)
    assert len(sealed) < 2500
    assert attempt.verifier not in sealed
    assert sealed != seal(attempt, KEY)


def test_a_cookie_is_good_for_its_own_state_only() -> None:
    ours, theirs = (begin("https://city.example/cb", "/") for _ in range(2))
    with pytest.raises(Refused, match="not the one of this browser"):
        unseal(seal(ours, KEY), KEY, theirs.state)
    with pytest.raises(Refused, match="not the one of this browser"):
        unseal(seal(ours, KEY), KEY, "")


def test_a_cookie_ends_after_ten_minutes() -> None:
    attempt = replace(begin("https://city.example/cb", "/"), exp=int(time.time()) - 1)
    with pytest.raises(Refused, match="too long"):
        unseal(seal(attempt, KEY), KEY, attempt.state)


def test_a_cookie_of_another_city_is_not_read() -> None:
    attempt = begin("https://city.example/cb", "/")
    with pytest.raises(Refused, match="cannot be read"):
        unseal(seal(attempt, sealing_key(b"n" * 32)), KEY, attempt.state)


@pytest.mark.parametrize("text", ["", "a", "a.b.c.d.e", "....", "ä", "\ud800", "{}", "x" * 5000])
def test_a_broken_cookie_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        unseal(text, KEY, "state")


def test_a_changed_cookie_is_refused() -> None:
    attempt = begin("https://city.example/cb", "/")
    sealed = seal(attempt, KEY)
    for place in range(0, len(sealed), 7):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(Refused):
            unseal(changed, KEY, attempt.state)


def test_a_cookie_that_is_only_signed_or_plain_is_refused() -> None:
    """What the browser holds names its own algorithm: it must not choose a weaker one."""
    attempt = begin("https://city.example/cb", "/")
    claims = attempts.asdict(attempt)
    with pytest.raises(Refused, match="cannot be read"):
        unseal(jwt.encode({"alg": "HS256"}, claims, OctKey.generate_key(256)), KEY, attempt.state)


def good_claims() -> dict[str, object]:
    now = int(time.time())
    claims = {"iss": EXPECTED.issuer, "aud": EXPECTED.client_id, "sub": "7", "nonce": EXPECTED.nonce}
    return claims | {"iat": now, "exp": now + 300}


def signed(claims: dict[str, object], key=SIGNER, **header: object) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid} | header, claims, key)


def test_a_right_token_is_believed() -> None:
    assert verify(signed(good_claims()), KeySet([SIGNER]), EXPECTED)["sub"] == "7"


@pytest.mark.parametrize(
    ("kind", "size", "algorithm"),
    [
        ("RSA", 2048, "RS256"),
        ("RSA", 2048, "RS512"),
        ("RSA", 3072, "PS256"),
        ("EC", "P-256", "ES256"),
        ("EC", "P-384", "ES384"),
    ],
)
def test_signatures_by_private_keys_are_believed(kind: str, size: int | str, algorithm: str) -> None:
    key = JWKRegistry.generate_key(kind, size, {"kid": "k"})
    token = jwt.encode({"alg": algorithm, "kid": "k"}, good_claims(), key, [algorithm])
    assert verify(token, read_keys({"keys": [key.as_dict(private=False)]}), EXPECTED)["sub"] == "7"


class Now(float):
    """Seconds from when the test runs: its parameters are made when the run begins, perhaps long before."""


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"iss": "https://id.example/"},
        {"iss": None},
        {"iss": ["https://id.example"]},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": []},
        {"aud": None},
        {"aud": ["citygrid", "another"]},
        {"aud": ["citygrid", "another"], "azp": "another"},
        {"aud": "another", "azp": "citygrid"},
        {"aud": ["another", "a third"], "azp": "citygrid"},
        {"azp": "another"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\0b"},
        {"sub": "名"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["the nonce"]},
        {"exp": Now(-120)},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": float("nan")},
        {"exp": True},
        {"iat": Now(600)},
        {"iat": Now(-3600)},
        {"iat": None},
        {"nbf": Now(600)},
        {"at_hash": "AAAA"},
        {"auth_time": "yesterday"},
    ],
)
def test_a_token_that_says_something_wrong_is_not_believed(changed: dict[str, object]) -> None:
    told = {name: time.time() + value if isinstance(value, Now) else value for name, value in changed.items()}
    claims = {name: value for name, value in (good_claims() | told).items() if value is not None}
    with pytest.raises(Refused) as refused:
        verify(signed(claims), KeySet([SIGNER]), EXPECTED)
    assert refused.value.code == "token"


def test_a_token_for_us_and_others_must_name_us_as_its_party() -> None:
    claims = good_claims() | {"aud": ["citygrid", "another"], "azp": "citygrid"}
    assert verify(signed(claims), KeySet([SIGNER]), EXPECTED)["sub"] == "7"


def test_a_token_by_another_key_is_not_believed() -> None:
    impostor = RSAKey.generate_key(2048, {"kid": SIGNER.kid})
    with pytest.raises(Refused, match="bad_signature"):
        verify(signed(good_claims(), impostor), KeySet([SIGNER]), EXPECTED)


def test_a_token_does_not_bring_its_own_key() -> None:
    impostor = RSAKey.generate_key(2048, {"kid": SIGNER.kid})
    token = signed(good_claims(), impostor, jwk=impostor.as_dict(private=False))
    with pytest.raises(Refused, match="bad_signature"):
        verify(token, KeySet([SIGNER]), EXPECTED)


def test_a_token_with_conditions_that_we_do_not_know_is_not_believed() -> None:
    from joserfc.jws import JWSRegistry
    from joserfc.registry import HeaderParameter

    lenient = JWSRegistry({"b": HeaderParameter("b", "str")}, algorithms=["RS256"])
    head = {"alg": "RS256", "kid": "one", "crit": ["b"], "b": "x"}
    with pytest.raises(Refused):
        verify(jwt.encode(head, good_claims(), SIGNER, registry=lenient), KeySet([SIGNER]), EXPECTED)


def test_an_unknown_key_is_told_apart() -> None:
    with pytest.raises(UnknownKey):
        verify(signed(good_claims(), RSAKey.generate_key(2048, {"kid": "two"})), KeySet([SIGNER]), EXPECTED)


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=60), st.lists(st.sampled_from(["e30", "W10", "IngxYWxnIg", "bnVsbA", "", "A"]))
    )
)
def test_whatever_comes_is_refused_not_a_crash(token) -> None:
    text = token if isinstance(token, str) else ".".join(token)
    with pytest.raises((Refused, UnknownKey)):
        verify(text, KeySet([SIGNER]), EXPECTED)


def test_deeply_nested_tokens_are_refused() -> None:
    from tests.api.sso.hostile import _b64

    deep = _b64(b"[" * 90_000)
    for text in (f"{_b64(b'[' * 300)}.e30.A", signed(good_claims()).split(".")[0] + f".{deep}.AAAA"):
        with pytest.raises(Refused):
            verify(text, KeySet([SIGNER]), EXPECTED)


def test_only_keys_that_can_check_a_signature_are_read() -> None:
    good = SIGNER.as_dict(private=False)
    others = [
        OctKey.generate_key(256).as_dict(),
        ECKey.generate_key("P-256", {"use": "enc"}).as_dict(private=False),
        {"kty": "RSA"},
        {"kty": "EC", "crv": "P-0", "x": "a", "y": "b"},
        {"kty": "RSA", "n": 5, "e": []},
        {"kty": ["RSA"]},
        "RSA",
        None,
    ]
    assert [key.kid for key in read_keys({"keys": [*others, good]})] == ["one"]
    for document in ({"keys": others}, {"keys": []}, {}, [], None, "keys", {"keys": {}}, {"keys": None}):
        with pytest.raises(Refused):
            read_keys(document)


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize("characters", [171, 340, 1400, 20_000])
def test_keys_too_weak_or_too_slow_are_left_out(characters: int) -> None:
    modulus = (SIGNER.as_dict(private=False)["n"] * 60)[: characters - 1] + "Q"
    with pytest.raises(Refused, match="no key"):
        read_keys({"keys": [{"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "odd"}]})


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"issuer": "https://id.example/"},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": "http://127.0.0.1/token"},
        {"token_endpoint": "https://user:word@id.example/token"},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://id.example/a\r\nSet-Cookie: a=b"},
        {"userinfo_endpoint": "https://"},
        {"userinfo_endpoint": 5},
    ],
)
def test_discovery_must_name_the_issuer_and_safe_addresses(changed: dict[str, object]) -> None:
    good = {"issuer": "https://id.example", "authorization_endpoint": "https://id.example/a"}
    good |= {"token_endpoint": "https://tokens.example/t", "jwks_uri": "https://id.example/k"}
    assert _checked(dict(good), "https://id.example") == good
    with pytest.raises(ValueError, match="discovery"):
        _checked(good | changed, "https://id.example")


@pytest.mark.parametrize(
    "url", ["https://id.example", "http://localhost:8080/realms/x", "http://[::1]:1", "http://127.9.9.9/"]
)
def test_safe_addresses(url: str) -> None:
    assert is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "ftp://localhost",
        "https://a b",
        "https://a:x",
        "https://[",
        "https:id",
        "//id.example",
        "https://a/#f",
        "https://a\n",
        "https://ä",
        "",
    ],
)
def test_unsafe_addresses(url: str) -> None:
    assert not is_safe_url(url)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"ISSUER": "http://id.example", "CLIENT_ID": "c"}, "CITYGRID_OIDC_ISSUER"),
        ({"ISSUER": "https://id.example?x=1", "CLIENT_ID": "c"}, "CITYGRID_OIDC_ISSUER"),
        ({"ISSUER": "https://id.example"}, "CITYGRID_OIDC_CLIENT_ID"),
        ({"CLIENT_ID": "c"}, "CITYGRID_OIDC_ISSUER"),
        ({"ISSUER": "https://id.example", "CLIENT_ID": "c", "CA_FILE": "/nowhere"}, "CITYGRID_OIDC_CA_FILE"),
    ],
)
def test_settings_that_cannot_work_are_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        Settings.from_env({f"CITYGRID_OIDC_{name}": value for name, value in given.items()})


def test_the_secret_does_not_show() -> None:
    settings = Settings.from_env({"CITYGRID_OIDC_CLIENT_SECRET": "very secret"})
    assert "very secret" not in repr(settings)
