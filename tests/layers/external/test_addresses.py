"""Where we go for strangers: what is an address of a service, and which machines are closed."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from layers.external.addresses import Policy, at_home, check_url, choose, is_open, with_query
from spatial.errors import InvalidInput


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2001:db8::1",
        "100.100.100.200",
    ],
)
def test_what_is_closed_unless_named(address: str) -> None:
    assert not is_open(address, "gis.example", Policy())


@pytest.mark.parametrize("address", ["8.8.8.8", "119.29.29.29", "2400:3200::1", "::ffff:8.8.8.8"])
def test_the_internet_is_open(address: str) -> None:
    assert is_open(address, "gis.example", Policy())


def test_a_deployment_opens_networks_and_names() -> None:
    networks = Policy((ip_network("10.1.0.0/16"), ip_network("127.0.0.1/32")))
    assert is_open("10.1.2.3", "x", networks) and is_open("::ffff:10.1.2.3", "x", networks)
    assert not is_open("10.2.2.3", "x", networks) and not is_open("127.0.0.2", "x", networks)
    named = Policy(hosts=("gis.inner",))
    assert is_open("10.2.2.3", "GIS.inner", named) and not is_open("10.2.2.3", "gis.other", named)


def test_keys_of_clouds_are_open_to_nobody() -> None:
    everything = Policy((ip_network("0.0.0.0/0"), ip_network("::/0")), ("gis.inner",))
    assert not is_open("169.254.169.254", "gis.inner", everything)
    assert not is_open("::ffff:169.254.169.254", "gis.inner", everything)


def test_one_closed_address_of_a_name_closes_it() -> None:
    assert choose(["8.8.8.8", "8.8.4.4"], "x", Policy()) == "8.8.8.8"
    for found in (["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], []):
        with pytest.raises(InvalidInput):
            choose(found, "x", Policy())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gis.example",
        "ftp://gis.example/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://u:p@gis.example/",
        "http://u@gis.example/",
        "http://gis.example:99999/",
        "http://[::1/",
        "http://a b/",
        "http://a/\r\nHost: b",
        "http://a\\@b/",
        "http://gis.example/wms?tk=1234",
        "http://gis.example/wms?a=1&TOKEN=x",
        "http://" + "a" * 3000,
    ],
)
def test_what_is_no_address_of_a_service(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_url(text)
    assert refused.value.problems[0].where == "url"
    assert "1234" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("http://gis.example", "http://gis.example"),
        ("HTTPS://GIS.example:8443/wms?map=x#y", "https://gis.example:8443/wms?map=x"),
        ("http://地图.example/服务", "http://xn--8nrx49b.example/%E6%9C%8D%E5%8A%A1"),
        ("http://[2400::1]:80/x", "http://[2400::1]:80/x"),
    ],
)
def test_addresses_are_written_in_one_way(text: str, checked: str) -> None:
    assert check_url(text).partition("xn--")[0] == checked.partition("xn--")[0]


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("http://evil.example/ows?x=1", "https://gis.example:8443/ows?x=1"),
        ("http://localhost:8080/geoserver/wfs?", "https://gis.example:8443/geoserver/wfs"),
        ("https://gis.example:8443/a", "https://gis.example:8443/a"),
        ("/items?offset=2", "https://gis.example:8443/items?offset=2"),
        ("https://gis.example:8443@evil.example/a", "https://gis.example:8443/a"),
    ],
)
def test_what_a_service_names_stays_at_home(url: str, there: str) -> None:
    assert at_home(url, "https://gis.example:8443/base") == there


def test_parameters_replace_those_of_the_same_name_in_any_case() -> None:
    url = with_query("http://a/wms?map=/x.map&service=WFS&Request=x", SERVICE="WMS", REQUEST="GetMap", X=None)
    assert url == "http://a/wms?map=/x.map&SERVICE=WMS&REQUEST=GetMap"
