"""Spreadsheets: what stands in the cells is what is read, and what only looks like one is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyogrio.raw import write

import spatial.geometry.read_features as reading
from spatial.errors import InvalidInput
from spatial.geometry.read_features import GEOMETRY, ReadOptions, list_layers, open_layer
from tests.spatial.geometry.test_unpack import ended, listed, one

TEXTS = ReadOptions(as_text=True)


def sheet(path: Path, name: str, append: bool = False, **columns: list[Any]) -> Path:
    given = [
        np.array(values, None if isinstance(values[0], float) else object) for values in columns.values()
    ]
    days = [values for values in columns.values() if isinstance(values[0], np.datetime64)]
    if days:
        given = [
            np.array(values) if values in days else column
            for values, column in zip(columns.values(), given, strict=True)
        ]
    write(path, None, given, np.array(list(columns)), driver="XLSX", layer=name, append=append)
    return path


def rows(path: Path, folder: Path, filename: str = "普查.xlsx") -> dict[str, list[dict[str, Any]]]:
    folder.mkdir()
    found = {}
    for layer in list_layers(path, filename, folder, TEXTS):
        with open_layer(layer, TEXTS) as batches:
            found[layer.name] = [row for batch in batches for row in batch.to_pylist()]
    return found


def test_cells_are_read_as_what_they_show(tmp_path: Path) -> None:
    path = sheet(
        tmp_path / "a.xlsx", "表", 类别=["路灯", "井盖"], lon=[116.25, 116.5], lat=[39.75, 40.0],
        部件编码=["11010803010370001", None],
        普查日期=[np.datetime64("2026-01-02"), np.datetime64("2025-12-31")],
        备注=["逗号,引号\"和\n换行", "=1+1"],
    )  # fmt: skip
    (found,) = rows(path, tmp_path / "f").values()
    assert [row["类别"] for row in found] == ["路灯", "井盖"]
    assert found[0]["部件编码"] == "11010803010370001", "a code is a text, and stays one"
    assert found[1]["部件编码"] is None
    assert [str(row["普查日期"])[:10] for row in found] == ["2026-01-02", "2025-12-31"]
    assert found[0]["备注"] == '逗号,引号"和\n换行'
    assert all(row[GEOMETRY] for row in found)


def test_each_sheet_with_positions_is_a_layer(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", "甲", lon=[116.25], lat=[39.75])
    sheet(path, "乙", append=True, lon=[116.25, 116.5], lat=[39.75, 40.0])
    found = rows(path, tmp_path / "f")
    assert {name: len(each) for name, each in found.items()} == {"普查 甲": 1, "普查 乙": 2}


def test_one_sheet_is_called_by_the_file(tmp_path: Path) -> None:
    assert list(rows(sheet(tmp_path / "a.xlsx", "Sheet1", lon=[1.0], lat=[2.0]), tmp_path / "f")) == ["普查"]


def test_a_sheet_without_positions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        rows(sheet(tmp_path / "a.xlsx", "x", title=["y"]), tmp_path / "f")


def test_a_sheet_that_only_explains_is_left_out(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", "说明", 说明=["谁填的"], 日期=["2026"])
    sheet(path, "数据", append=True, lon=[116.25], lat=[39.75])
    assert {name: len(each) for name, each in rows(path, tmp_path / "f").items()} == {"普查 数据": 1}


def test_where_no_sheet_has_positions_that_is_said(tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", "甲", title=["y"], note=["z"])
    sheet(path, "乙", append=True, title=["y"], note=["z"])
    with pytest.raises(InvalidInput, match="no columns of positions") as refused:
        rows(path, tmp_path / "f")
    assert refused.value.problems[0].where == "lon"


def test_too_many_sheets_are_refused_before_any_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_LAYERS", 2)
    path = tmp_path / "a.xlsx"
    for number in range(3):
        sheet(path, f"s{number}", append=number > 0, lon=[1.0], lat=[2.0])
    with pytest.raises(InvalidInput, match="holds 3 sheets; 2 are the most"):
        rows(path, tmp_path / "f")
    assert [each.name for each in (tmp_path / "f").iterdir()] == ["data.xlsx"]


def fake(path: Path, workbook: bytes, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", workbook)
        for name, body in more.items():
            archive.writestr(name, body)
    return path


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize(
    "workbook",
    [b"", b"not xml", b"<workbook/>", LAUGHS + b"]><workbook>&j;</workbook>"],
    ids=["empty", "text", "no sheets", "laughs"],
)
def test_what_only_looks_like_a_spreadsheet_is_refused(tmp_path: Path, workbook: bytes) -> None:
    with pytest.raises(InvalidInput):
        rows(fake(tmp_path / "a.xlsx", workbook), tmp_path / "f")


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_SHEET_BYTES", 10 * 2**20)
    path = fake(tmp_path / "a.xlsx", b"<workbook/>", bomb=bytes(11 * 2**20))
    assert path.stat().st_size < 2**20
    monkeypatch.setattr(reading, "_start", None)
    with pytest.raises(InvalidInput, match="save it as CSV"):
        rows(path, tmp_path / "f")


def test_a_list_of_too_many_parts_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(ended(b"PK\x03\x04", [listed(b"a", 0, 0, 0, 0)] * (reading.MOST_SHEET_PARTS + 1)))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(InvalidInput, match="too many entries"):
        rows(path, tmp_path / "f")


def test_names_that_are_not_what_they_say_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(one(b"\xff\xfe.csv", flags=0x0800))
    with pytest.raises(InvalidInput, match="not a whole ZIP"):
        rows(path, tmp_path / "f")


def test_a_zip_of_other_files_is_still_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("点.csv", "lon,lat\n1,2\n")
    assert {name: len(each) for name, each in rows(path, tmp_path / "f", "a.zip").items()} == {"点": 1}
