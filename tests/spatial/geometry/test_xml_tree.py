"""XML that was made to do harm, and XML that Chinese software writes."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial.errors import InvalidInput
from spatial.geometry.uploads import XmlLimits, parse_xml

LAUGHS = "".join(
    f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' if n else '<!ENTITY lol0 "lol">' for n in range(20)
)
HOSTILE = {
    "billion laughs": f"<!DOCTYPE a [{LAUGHS}]><a>&lol19;</a>",
    "quadratic": f'<!DOCTYPE a [<!ENTITY b "{"b" * 50_000}">]><a>{"&b;" * 50_000}</a>',
    "file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "network": '<!DOCTYPE a [<!ENTITY b SYSTEM "http://169.254.169.254/">]><a>&b;</a>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1/b.dtd">%b;]><a/>',
    "external subset": '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    "empty dtd": "<!DOCTYPE a><a/>",
    "attribute default": '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "undeclared entity": "<a>&b;</a>",
    "deep": "<a>" * 100 + "</a>" * 100,
    "very deep": "<a>" * 1_000_000,
    "attributes": "<a " + " ".join(f'b{n}=""' for n in range(100)) + "/>",
    "unclosed": "<a><b></a>",
    "two roots": "<a/><b/>",
    "text": "not xml",
    "empty": "",
    "nul": "<a>\0</a>",
    "utf-7": '<?xml version="1.0" encoding="utf-7"?><a/>',
    "unknown encoding": '<?xml version="1.0" encoding="x-nobody"?><a/>',
    "other encoding": '<?xml version="1.0" encoding="rot13"?><a/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_harm_is_refused(name: str) -> None:
    began, memory_kib = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InvalidInput) as refused:
        parse_xml(HOSTILE[name].encode())
    assert refused.value.problems[0].where == "body"
    assert time.process_time() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_kib < 100_000


def test_a_dtd_is_seen_in_every_encoding() -> None:
    text = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    for encoding in ("utf-8-sig", "utf-16", "gb18030"):
        declared = "gb18030" if encoding == "gb18030" else encoding.removesuffix("-sig")
        body = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)
        with pytest.raises(InvalidInput, match="DTD"):
            parse_xml(body)


def test_limits_are_counted() -> None:
    with pytest.raises(InvalidInput, match="more than 10 elements"):
        parse_xml(b"<a>" + b"<b/>" * 10 + b"</a>", XmlLimits(max_elements=10))
    with pytest.raises(InvalidInput, match="larger than 1 MiB"):
        parse_xml(b"<a>" + b" " * 2**20 + b"</a>", XmlLimits(max_bytes=2**20))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb2312", "gbk", "GB18030"])
def test_kml_in_chinese_is_read(tmp_path: Path, encoding: str) -> None:
    space = "http://www.opengis.net/kml/2.2"
    text = f'<?xml version="1.0" encoding="{encoding}"?><kml xmlns="{space}"><name a="街">海淀区</name></kml>'
    (tmp_path / "a.kml").write_bytes(text.encode(encoding))
    for source in (tmp_path / "a.kml", text.encode(encoding)):
        root = parse_xml(source)
        assert root.tag == f"{{{space}}}kml"
        assert (root[0].tag, root[0].text, root[0].get("a")) == (f"{{{space}}}name", "海淀区", "街")


names = st.text(st.sampled_from("abcdef"), min_size=1, max_size=4)
trees = st.recursive(
    st.builds(
        lambda tag, text: (tag, text, []), names, st.text(st.characters(codec="utf-8", min_codepoint=32))
    ),
    lambda below: st.builds(lambda tag, inside: (tag, "", inside), names, st.lists(below, max_size=4)),
    max_leaves=20,
)


@given(trees)
def test_harmless_trees_are_read_as_elementtree_does(tree) -> None:
    def build(node) -> ElementTree.Element:
        made = ElementTree.Element(node[0], {"n": node[1]})
        made.text = node[1]
        made.extend(map(build, node[2]))
        return made

    written = ElementTree.tostring(build(tree), encoding="utf-8")
    try:
        expected = ElementTree.canonicalize(written)
    except ElementTree.ParseError:
        return
    assert ElementTree.canonicalize(ElementTree.tostring(parse_xml(written), "unicode")) == expected


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(body: bytes) -> None:
    for source in (body, b"<a>" + body + b"</a>"):
        try:
            parse_xml(source)
        except InvalidInput as error:
            assert len(str(error)) < 500
