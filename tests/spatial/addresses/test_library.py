"""The library in step with its table: what is written is found, what is deleted is not, across processes."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import shapely

from spatial.addresses import imports, store
from spatial.addresses import library as room
from spatial.addresses.areas import Units
from spatial.addresses.batch import answer
from spatial.addresses.compile import Row, compile_rows
from spatial.addresses.geocode import Gazetteer
from spatial.addresses.imports import ImportOptions, Report, import_file
from spatial.addresses.library import Gazetteers
from spatial.database import session
from spatial.errors import Conflict, InvalidInput, NotFound
from spatial.rights.reader import SYSTEM

SPOT = {"lon": 116.33, "lat": 39.99, "kind": "door", "source": "test"}


def write(library: Gazetteers, work: Any, *given: Any) -> Any:
    with session(library.database, SYSTEM) as connection:
        return work(connection, *given)


def texts(library: Gazetteers, text: str) -> list[str]:
    with session(library.database, SYSTEM) as connection:
        return [found.text for found in library.current(SYSTEM, connection).find(text)]


def test_an_empty_library_finds_nothing(library: Gazetteers) -> None:
    assert texts(library, "清华东路35号") == []
    with session(library.database, SYSTEM) as connection:
        assert library.current(SYSTEM, connection).reverse(116.33, 39.99) == []


def test_what_is_written_is_found_at_once(library: Gazetteers) -> None:
    key = write(library, store.create, {**SPOT, "full_text": "北京市海淀区清华东路35号"})
    write(library, store.create, {**SPOT, "full_text": "北京市海淀区清华东路37号"})
    assert texts(library, "清华东路三十五号") == ["北京市海淀区清华东路35号", "北京市海淀区清华东路37号"]
    write(library, store.change, key, {"full_text": "北京市海淀区双清路30号"})
    assert texts(library, "双清路30号") == ["北京市海淀区双清路30号"]
    assert "北京市海淀区清华东路35号" not in texts(library, "清华东路35号")
    assert write(library, store.read, key)["road"] == "双清路"
    write(library, store.delete, key)
    assert texts(library, "双清路30号") == []
    with pytest.raises(NotFound):
        write(library, store.delete, key)


def test_another_process_uses_the_file_and_what_came_after(
    library: Gazetteers, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(library, store.create, {**SPOT, "full_text": "北京市海淀区清华东路35号"})
    assert texts(library, "清华东路35号")
    key = write(library, store.create, {**SPOT, "full_text": "北京市海淀区知春路76号"})
    folder = library._folder
    assert folder is not None
    monkeypatch.setattr(room, "compile_rows", _only_little(room.compile_rows))
    other = Gazetteers(library.database, folder.parents[1])
    assert texts(other, "知春路76号") == ["北京市海淀区知春路76号"]
    assert texts(other, "清华东路35号") == ["北京市海淀区清华东路35号"]
    write(library, store.delete, key)
    assert texts(other, "知春路76号") == []


def _only_little(compile_rows: Any) -> Any:
    def compile_few(rows: Any, *given: Any, **named: Any) -> Any:
        every = list(rows)
        assert len(every) <= 1, "what another process compiled is compiled again"
        return compile_rows(every, *given, **named)

    return compile_few


def test_much_that_was_written_is_compiled_anew(library: Gazetteers, monkeypatch: pytest.MonkeyPatch) -> None:
    write(library, store.create, {**SPOT, "full_text": "清华东路1号"})
    texts(library, "清华东路1号")
    monkeypatch.setattr(room, "MOST_NEWER", 2)
    for number in range(2, 6):
        write(library, store.create, {**SPOT, "full_text": f"清华东路{number}号"})
    assert write(library, library.rebuild)
    assert not write(library, library.rebuild)
    assert texts(library, "清华东路4号")[0] == "清华东路4号"


def test_a_broken_file_is_made_again(library: Gazetteers) -> None:
    write(library, store.create, {**SPOT, "full_text": "清华东路1号"})
    texts(library, "清华东路1号")
    folder = library._folder
    assert folder is not None
    for path in folder.glob("*.index"):
        path.write_bytes(path.read_bytes()[:1000])
    assert texts(Gazetteers(library.database, folder.parents[1]), "清华东路1号") == ["清华东路1号"]


def test_a_renamed_road_is_found_by_its_old_name(library: Gazetteers) -> None:
    write(library, store.create, {**SPOT, "full_text": "北京市海淀区学清路8号", "kind": "door"})
    alias = {"address_id": None, "term": "学清路", "name": "学院后街", "kind": "old", "valid_from": None,
             "valid_until": "2001-09-01", "note": None, "source": "test"}  # fmt: skip
    key = write(library, store.add_alias, alias)
    with session(library.database, SYSTEM) as connection:
        (found,) = library.current(SYSTEM, connection).find("学院后街8号")
    assert (found.text, found.exactness, found.matched["by"]) == ("北京市海淀区学清路8号", "door", "old_name")
    assert found.note == "学院后街 → 学清路 (2001-09-01)"
    with pytest.raises(Conflict):
        write(library, store.add_alias, alias)
    write(library, store.delete_alias, key)
    assert texts(library, "学院后街8号") == []


def test_an_old_name_of_an_address_is_told_with_its_last_day(library: Gazetteers) -> None:
    key = write(library, store.create, {**SPOT, "full_text": "清华大学出版社", "kind": "poi"})
    alias = {"address_id": key, "term": None, "name": "印刷三厂", "kind": "old", "valid_from": None,
             "valid_until": "1985-01-01", "note": None, "source": "test"}  # fmt: skip
    write(library, store.add_alias, alias)
    with session(library.database, SYSTEM) as connection:
        (found,) = library.current(SYSTEM, connection).find("印刷三厂")
    assert (found.text, found.note) == ("清华大学出版社", "old name 印刷三厂, until 1985-01-01")


def test_what_is_no_longer_in_use_is_found_with_a_note(library: Gazetteers) -> None:
    write(
        library,
        store.create,
        {**SPOT, "full_text": "蓝旗营百货商店", "kind": "poi", "valid_until": "2010-01-01"},
    )
    with session(library.database, SYSTEM) as connection:
        gazetteer = library.current(SYSTEM, connection)
        assert gazetteer.find("蓝旗营百货商店")[0].note == "no longer in use"
        assert gazetteer.reverse(116.33, 39.99) == []


CSV = """external_id,地址,lon,lat,别名,曾用名,启用日期,停用日期
1,北京市海淀区清华东路35号,116.34,40.0,,,,
2,北京市海淀区清华东路36号,not a number,40.0,,,,
3,,116.34,40.0,,,,
4,五道口电影院,116.33,39.99,五道口影院;五道口工人俱乐部,东升影剧院,1958-01-01,
5,蓝旗营,116.33,39.99,,,yesterday,
6,北京市海淀区清华东路37号,116.34,95.0,,,,
1,北京市海淀区清华东路35号甲,116.34,40.0,,,,
"""


def bring(
    library: Gazetteers,
    folder: Path,
    text: str,
    tell: Any = lambda *_: None,
    before: Any = None,
    **options: Any,
) -> Any:
    path = folder / "file.csv"
    path.write_text(text, encoding="utf-8")
    given = ImportOptions(**{"source": "survey", **options})
    with TemporaryDirectory() as empty:
        return import_file(
            lambda: session(library.database, SYSTEM), path, "file.csv", Path(empty), given, tell, before
        )


def test_a_file_is_imported_row_by_row_with_a_report(library: Gazetteers, tmp_path: Path) -> None:
    report = bring(library, tmp_path, CSV)
    assert (report.rows, report.added, report.refused) == (7, 2, 5)
    assert {problem.where.split("].")[1] for problem in report.problems} == {
        "geometry",
        "full_text",
        "valid_from",
        "external_id",
    }
    assert texts(library, "清华东路35号甲") == ["北京市海淀区清华东路35号甲"]
    assert texts(library, "东升影剧院") == ["五道口电影院"]
    again = bring(library, tmp_path, CSV)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    moved = bring(library, tmp_path, CSV.replace("116.33,39.99,五道口影院", "116.35,39.99,五道口影院"))
    assert (moved.added, moved.changed, moved.unchanged) == (0, 1, 1)


def test_parts_make_an_address(library: Gazetteers, tmp_path: Path) -> None:
    parts = (
        "编号,省,区县,街道,街路巷,门牌号,名称,楼栋,单元,室,lon,lat\n"
        "9,北京市,海淀区,学院路街道,学清路,8号,科技财富中心,A,2,1201,116.35,40.0\n"
    )
    assert bring(library, tmp_path, parts, datum="gcj02").added == 1
    assert texts(library, "学清路8号科技财富中心A座2单元1201室") == [
        "北京市海淀区学院路街道学清路8号科技财富中心A座2单元1201室"
    ]
    with session(library.database, SYSTEM) as connection:
        (found,) = library.current(SYSTEM, connection).find("学清路8号")
        assert found.lon == pytest.approx(116.35 - 0.006, abs=0.002)


@pytest.mark.parametrize(
    ("text", "options", "where"),
    [
        ("a,lon,lat\n1,116,40\n", {}, "full_text"),
        ("", {}, None),
        ("address,lon,lat\n1,116,40\n", {"datum": "mars"}, "datum"),
        ("address,lon,lat\n1,116,40\n", {"source": " "}, "source"),
    ],
)
def test_a_file_that_is_none_is_refused(
    library: Gazetteers, tmp_path: Path, text: str, options: dict[str, str], where: str | None
) -> None:
    with pytest.raises(InvalidInput) as refused:
        bring(library, tmp_path, text, **options)
    assert where is None or refused.value.problems[0].where == where


def test_every_piece_of_a_file_is_a_transaction_and_is_not_read_twice(
    library: Gazetteers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 2)
    text = "external_id,address,lon,lat\n" + "".join(f"{n},清华东路{n}号,116.33,39.99\n" for n in range(1, 8))
    kept: list[dict[str, Any]] = []

    def stop_after_two(part: float, report: Report) -> None:
        # Nothing is held: whoever writes meanwhile does not wait.
        write(library, store.create, {**SPOT, "full_text": f"知春路{report.rows}号"})
        kept.append(report.told())
        if report.rows >= 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        bring(library, tmp_path, text, stop_after_two)
    assert texts(library, "清华东路4号")[0] == "清华东路4号"
    assert kept[-1]["added"] == 4
    report = bring(library, tmp_path, text, before=Report.of(json.loads(json.dumps(kept[-1]))))
    assert (report.rows, report.added, report.unchanged) == (7, 7, 0)


def test_what_is_written_in_bulk_is_left_to_the_job_process(
    library: Gazetteers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = write(library, store.create, {**SPOT, "full_text": "清华东路1号"})
    assert texts(library, "清华东路1号")
    assert library._folder is not None
    jobs = Gazetteers(library.database, library._folder.parents[1])
    monkeypatch.setattr(room, "MOST_ON_TOP", 3)
    monkeypatch.setattr(room, "MOST_NEWER", 2)
    for number in range(2, 7):
        write(library, store.create, {**SPOT, "full_text": f"清华东路{number}号"})
    with monkeypatch.context() as patched:
        patched.setattr(room, "compile_rows", _only_little(room.compile_rows))
        assert "清华东路6号" not in texts(library, "清华东路6号")
        other = Gazetteers(library.database, library._folder.parents[1])
        assert texts(other, "清华东路1号")[0] == "清华东路1号"
        assert "清华东路6号" not in texts(other, "清华东路6号")
    assert write(library, jobs.rebuild)
    for each in (library, other):
        assert texts(each, "清华东路6号")[0] == "清华东路6号"
    write(library, store.delete, key)
    assert texts(library, "清华东路1号")[0] != "清华东路1号"


def test_a_large_top_gives_way_to_a_new_file(library: Gazetteers, monkeypatch: pytest.MonkeyPatch) -> None:
    write(library, store.create, {**SPOT, "full_text": "清华东路1号"})
    texts(library, "清华东路1号")
    assert library._folder is not None
    jobs = Gazetteers(library.database, library._folder.parents[1])
    monkeypatch.setattr(room, "MOST_NEWER", 2)
    for number in range(2, 6):
        write(library, store.create, {**SPOT, "full_text": f"清华东路{number}号"})
    assert texts(library, "清华东路4号")[0] == "清华东路4号"
    assert library._held is not None
    assert library._held[1].newer is not None
    assert write(library, jobs.rebuild)
    texts(library, "清华东路4号")
    assert library._held[1].newer is None


def told(library: Gazetteers, text: str) -> tuple[str, str]:
    with session(library.database, SYSTEM) as connection:
        found = answer(library.current(SYSTEM, connection), text, 1)
    return found.status, found.found[0].text if found.found else ""


def test_a_number_or_building_that_is_not_known_is_not_taken(library: Gazetteers) -> None:
    for text, kind in (("中关村东路", "road"), ("清河花园", "compound"), ("798艺术区", "place")):
        write(library, store.create, {**SPOT, "full_text": text, "kind": kind})
    assert told(library, "中关村东路1234号") == ("ambiguous", "中关村东路")
    assert told(library, "清河花园5号楼") == ("ambiguous", "清河花园")
    assert told(library, "中关村东路") == ("matched", "中关村东路")
    assert told(library, "清河花园") == ("matched", "清河花园")
    assert told(library, "798艺术区") == ("matched", "798艺术区")


def test_one_answer_asked_for_hides_no_rival(library: Gazetteers) -> None:
    for lon in (116.30, 116.36):
        write(library, store.create, {**SPOT, "full_text": "便民菜站", "kind": "shop", "lon": lon})
    assert told(library, "便民菜站") == ("ambiguous", "便民菜站")


@pytest.mark.parametrize(
    "text",
    [
        "朝阳区中关村东路18号",
        "北京市朝阳区中关村东路18号",
        "朝阳 中关村东路18号",
        "朝阳中关村东路18号",
        "朝阳区北京航空航天大学附属小学",
        "朝阳北京航空航天大学附属小学",
    ],
)
def test_another_district_of_the_library_is_another_address(library: Gazetteers, text: str) -> None:
    write(library, store.create, {**SPOT, "full_text": "北京市海淀区中关村东路18号"})
    write(library, store.create, {**SPOT, "full_text": "北京市朝阳区建国路93号"})
    school = {**SPOT, "full_text": "北京航空航天大学附属小学", "kind": "school", "district": "海淀区"}
    write(library, store.create, {**school, "name": "北京航空航天大学附属小学"})
    assert told(library, text)[0] != "matched"
    assert told(library, text.replace("朝阳", "海淀"))[0] == "matched"


def test_the_street_is_compared_where_it_is_known(library: Gazetteers) -> None:
    for street, road in (("学院路街道", "成府路"), ("清河街道", "清河中街")):
        write(library, store.create, {**SPOT, "full_text": f"海淀区{street}{road}28号"})
    assert told(library, "海淀区学院路街道成府路28号")[0] == "matched"
    assert told(library, "成府路28号")[0] == "matched"


def test_the_unit_says_where_an_address_lies_that_does_not(library: Gazetteers) -> None:
    west, east = shapely.box(116.30, 39.9, 116.35, 40.1), shapely.box(116.35, 39.9, 116.40, 40.1)
    units = Units([(1, "海淀区", shapely.to_wkb(west)), (1, "朝阳区", shapely.to_wkb(east))])
    rows = [Row(1, "便民菜站", "shop", 116.33, 40.0), Row(2, "便民菜站", "shop", 116.37, 40.0)]
    index = compile_rows(rows, units=units)
    gazetteer = Gazetteer(index, areas=frozenset({"海淀区", "朝阳区"}))
    assert [each.id for each in gazetteer.find("海淀区便民菜站") if each.score > 0.9] == [1]
    assert [each.id for each in gazetteer.find("朝阳区便民菜站") if each.score > 0.9] == [2]
    assert answer(gazetteer, "朝阳区便民菜站").status == "matched"
    assert answer(gazetteer, "便民菜站").status == "ambiguous"


def test_districts_of_the_library_are_known_whatever_they_end_with(library: Gazetteers) -> None:
    write(
        library,
        store.create,
        {**SPOT, "full_text": "人民路5号", "district": "临空新区", "road": "人民路", "number": "5"},
    )
    assert told(library, "临空新区人民路5号") == ("matched", "人民路5号")
