"""Look-ups in a million addresses, ours against PostgreSQL's trigrams on the same rows, in one run.

    python -m bench.addresses [addresses]

The addresses are made up (deterministically) in the forms of a Chinese city: areas, road, number, compound,
house, entrance, room; all begin with the same areas. Questions: as written, without areas, with a homophone,
with a missing character, numerals in Chinese, a name alone, and one in ten that means nothing. A private
database in a temporary folder; takes about ten minutes. Besides times of the clock, on a machine that others
use as well, the time of the processor is told.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ADDRESSES = 1_000_000
QUESTIONS = 3_000
PEER_QUESTIONS = 40
PEER_S = 30
_STEMS = (
    "安百宝北碧彩昌朝成春翠大丹德东端方芳丰枫福富甘高公古观光广桂海汉航和荷恒红华槐怀黄汇惠吉佳嘉建江金锦京景静菊君康科兰乐莲良林龙芦绿满美"
    "民明木南宁平浦旗启千清秋泉荣瑞三沙山上尚盛石双水顺松苏台太棠天田通万望文五西溪霞贤香向小新信兴秀学雪雅燕阳杨叶怡永玉育园远月云泽展长知志中"
)
_ROADS = ("路", "路", "路", "街", "大街", "胡同")
_SIDES = ("", "", "东", "西", "南", "北", "中")
_COMPOUNDS = ("家园", "小区", "花园", "苑", "公寓", "嘉园", "新村", "大厦", "中心", "广场")
_TRADES = (
    "超市",
    "便利店",
    "药店",
    "幼儿园",
    "小学",
    "中学",
    "卫生站",
    "饭馆",
    "书店",
    "宾馆",
    "邮局",
    "派出所",
    "银行",
    "诊所",
)
_NUMERALS = "零一二三四五六七八九"
_SOUNDS = {
    "园": "圆",
    "家": "佳",
    "中": "钟",
    "华": "花",
    "清": "青",
    "静": "境",
    "明": "名",
    "林": "临",
    "和": "禾",
    "宝": "保",
    "文": "闻",
}


class Question(NamedTuple):
    """A text and the key of the address that it means; None: nothing."""

    kind: str
    text: str
    meant: int | None


def words(rng: Any, count: int, size: int = 2) -> list[str]:
    """Draw different words of `size` characters."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choice(list(_STEMS), size))] = None
    return list(found)


def rows(count: int, seed: int = 7) -> Iterator[tuple[Any, ...]]:
    """Make full_text, kind, lon, lat, district, street, road, number, building, unit, room, name."""
    rng = np.random.default_rng(seed)
    stems = words(rng, 2_200)
    roads = list(
        dict.fromkeys(
            s + side + kind
            for s in stems
            for side, kind in zip(rng.choice(_SIDES, 2), rng.choice(_ROADS, 2), strict=True)
        )
    )
    streets = [f"{word}街道" for word in words(rng, 30)]
    shops = words(rng, max(count // 25, 10), 3)
    made, shop = 0, 0
    while made < count:
        road, street = roads[int(rng.integers(len(roads)))], streets[int(rng.integers(30))]
        lon, lat = rng.uniform(116.2, 116.45), rng.uniform(39.9, 40.07)
        number = int(rng.integers(1, 400))
        name = stems[int(rng.integers(len(stems)))] + str(rng.choice(_COMPOUNDS))
        front = f"北京市海淀区{street}{road}{number}号"
        place = ("海淀区", street, road, str(number))
        for house in range(1, int(rng.integers(2, 14))):
            for unit in range(1, int(rng.integers(2, 6))):
                for room in range(101, 100 * int(rng.integers(2, 6)) + 1, 100):
                    text = f"{front}{name}{house}号楼{unit}单元{room}室"
                    yield (
                        text,
                        "door",
                        lon + house * 2e-4,
                        lat,
                        *place,
                        str(house),
                        str(unit),
                        str(room),
                        name,
                    )
                    made += 1
        yield front, "door", lon, lat, *place, None, None, None, None
        trade = shops[shop % len(shops)] + _TRADES[int(rng.integers(len(_TRADES)))]
        yield f"{front}{trade}", "poi", lon, lat, *place, None, None, None, trade
        made, shop = made + 2, shop + 1


def questions(made: list[tuple[Any, ...]], count: int, seed: int = 11) -> list[Question]:
    """Write questions about addresses; the key of an address is its place in the list, from 1."""
    rng = np.random.default_rng(seed)
    return [_question(rng, made, int(number)) for number in rng.integers(len(made), size=count)]


def _question(rng: Any, made: list[tuple[Any, ...]], number: int) -> Question:
    text, kind, _, _, district, street, _, door, _, _, _, name = made[number]
    kinds = ("as written", "without areas", "homophone", "missing", "numerals", "name", "nothing")
    chosen = str(rng.choice(kinds, p=(0.2, 0.2, 0.15, 0.15, 0.1, 0.1, 0.1)))
    short = text.removeprefix(f"北京市{district}{street}")
    if chosen == "nothing":
        return Question(
            chosen, f"{''.join(rng.choice(list('魑魅魍魉饕餮貔貅獬豸'), 4))}路{rng.integers(1, 99)}号", None
        )
    if chosen == "homophone":
        short = "".join(_SOUNDS.get(letter, letter) for letter in short)
    if chosen == "missing":
        short = short.replace("号楼", "楼", 1) if name is None else short.replace(name, name[0] + name[2:], 1)
    if chosen == "numerals":
        short = short.replace(f"{door}号", f"{_chinese(int(door))}号", 1)
    if chosen == "name" and kind == "poi":
        short = name
    return Question(chosen, text if chosen == "as written" else short, number + 1)


def _chinese(number: int) -> str:
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{_NUMERALS[hundreds]}百" if hundreds else ""
    text += f"{_NUMERALS[tens]}十" if tens else ("零" if hundreds and ones else "")
    return text + (_NUMERALS[ones] if ones else "")


def main(count: int) -> None:
    """Fill a database, compile, ask."""
    from api.prepare import bring_up_to_date
    from spatial.database import Database, connect
    from spatial.database.cluster import Cluster
    from spatial.database.roles import app_url

    made = list(rows(count))
    asked = questions(made, QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="bench-addresses") as folder, Cluster(Path(folder)) as url:
        bring_up_to_date(url, master=Path(folder) / "master")
        with connect(url) as connection:
            _fill(connection, made)
        pool = Database(app_url(url, home=Path(folder)), 2)
        pool.open()
        path = _compile(pool, Path(folder))
        _ours(path, asked, made)
        pool.close()
        with connect(url, autocommit=True) as connection:
            _peer(connection, asked, made)


def _fill(connection: Any, made: list[tuple[Any, ...]]) -> None:
    began = time.perf_counter()
    columns = (
        "full_text, kind, geom, district, street, road, number, building, unit, room, name, source, generated"
    )
    with connection.cursor().copy(f"COPY address ({columns}) FROM STDIN") as copy:
        for text, kind, lon, lat, *parts in made:
            copy.write_row((text, kind, f"SRID=4326;POINT({lon:.7f} {lat:.7f})", *parts, "bench", True))
    connection.commit()
    print(f"{len(made):,} addresses stored in {time.perf_counter() - began:.0f} s (with the trigram index)")


def _compile(pool: Any, home: Path) -> Path:
    from spatial.addresses.library import Gazetteers
    from spatial.rights.reader import SYSTEM

    began = time.perf_counter()
    Gazetteers(pool, home).current(SYSTEM)
    took = time.perf_counter() - began
    (path,) = (home / "cache" / "addresses").glob("*.index")
    began = time.perf_counter()
    Gazetteers(pool, home).current(SYSTEM)
    loaded = time.perf_counter() - began
    print(
        f"compiled in {took:.0f} s to {path.stat().st_size / 2**20:.0f} MiB;"
        f" opened by another process in {loaded:.3f} s"
    )
    return path


def _ask(path: Path, asked: list[Question]) -> tuple[list[float], list[Any]]:
    from spatial.addresses.geocode import Gazetteer
    from spatial.addresses.index import load

    index = load(path)
    gazetteer = Gazetteer(index, areas=frozenset(index.areas))
    for question in asked[:20]:
        gazetteer.find(question.text, 5)
    times, found = [], []
    for question in asked:
        began = time.perf_counter()
        found.append(gazetteer.find(question.text, 5))
        times.append(time.perf_counter() - began)
    return times, found


def _ours(path: Path, asked: list[Question], made: list[tuple[Any, ...]]) -> None:
    cpu_s = -time.process_time()
    times, found = _ask(path, asked)
    cpu_s += time.process_time()
    ours = np.percentile(np.array(times) * 1e3, [50, 95, 99])
    print(
        f"ours, 1 process: {len(asked) / sum(times):,.0f}/s, p50 {ours[0]:.1f} ms, p95 {ours[1]:.1f},"
        f" p99 {ours[2]:.1f}; {len(asked) / cpu_s:,.0f} a second of one processor"
    )
    for kind in dict.fromkeys(question.kind for question in asked):
        pairs = [(q, f) for q, f in zip(asked, found, strict=True) if q.kind == kind]
        good = sum(_is_right(q, f, made) for q, f in pairs)
        print(f"  {kind}: {good}/{len(pairs)} right")
    began = time.perf_counter()
    halves = [asked[number::2] for number in range(2)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.starmap(_ask, [(path, half) for half in halves])
    slowest = max(sum(each) for each, _ in results)
    both = np.percentile(np.array([t for each, _ in results for t in each]) * 1e3, [50, 95, 99])
    print(
        f"ours, 2 processes: {len(asked) / slowest:,.0f}/s, p50 {both[0]:.1f} ms, p95 {both[1]:.1f},"
        f" p99 {both[2]:.1f}"
        f" (with start {time.perf_counter() - began:.0f} s, load {os.getloadavg()[0]:.1f})"
    )


def _is_right(question: Question, found: list[Any], made: list[tuple[Any, ...]]) -> bool:
    if question.meant is None:
        return not found
    return bool(found) and found[0].text == made[question.meant - 1][0]


def _peer(connection: Any, asked: list[Question], made: list[tuple[Any, ...]]) -> None:
    """The usual query: similarity with the trigram index, best five."""
    connection.execute(f"SET statement_timeout = '{PEER_S}s'; SET pg_trgm.similarity_threshold = 0.3")
    query = (
        "SELECT id, full_text FROM address WHERE full_text %% %(q)s"
        " ORDER BY similarity(full_text, %(q)s) DESC LIMIT 5"
    )
    times, good, given_up = [], 0, 0
    for question in asked[:PEER_QUESTIONS]:
        began = time.perf_counter()
        try:
            rows = connection.execute(query, {"q": question.text}).fetchall()
            good += (
                (rows[0][1] == made[question.meant - 1][0])
                if rows and question.meant
                else not rows and not question.meant
            )
        except Exception as error:
            given_up += "timeout" in str(error)
        times.append(time.perf_counter() - began)
    p50, p95 = np.percentile(np.array(times) * 1e3, [50, 95])
    print(
        f"pg_trgm, 1 connection: {len(times) / sum(times):.2f}/s, p50 {p50:,.0f} ms, p95 {p95:,.0f} ms;"
        f" {good}/{len(times)} right, {given_up} given up after {PEER_S} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ADDRESSES)
