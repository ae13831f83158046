import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pyproj import Geod

from spatial.errors import InvalidInput
from spatial.geometry import datum
from spatial.geometry.datum import DATUMS, convert, in_shift_outline

GEOD = Geod(ellps="WGS84")

INSIDE = [
    ("Beijing", 116.4, 39.9),
    ("Shanghai", 121.47, 31.23),
    ("Tianjin", 117.2, 39.13),
    ("Chongqing", 106.55, 29.56),
    ("Harbin", 126.64, 45.76),
    ("Changchun", 125.32, 43.82),
    ("Shenyang", 123.43, 41.8),
    ("Dalian", 121.62, 38.92),
    ("Dandong", 124.38, 40.13),
    ("Yanji", 129.5, 42.9),
    ("Hunchun", 130.36, 42.87),
    ("Tumen", 129.84, 42.97),
    ("Suifenhe", 131.15, 44.4),
    ("Fuyuan", 134.3, 48.36),
    ("Heihe", 127.49, 50.24),
    ("Mohe", 122.53, 52.97),
    ("Manzhouli", 117.45, 49.59),
    ("Hailar", 119.74, 49.21),
    ("Hohhot", 111.75, 40.84),
    ("Erenhot", 111.98, 43.65),
    ("Yinchuan", 106.23, 38.49),
    ("Lanzhou", 103.83, 36.06),
    ("Xining", 101.78, 36.62),
    ("Urumqi", 87.62, 43.83),
    ("Kashgar", 75.99, 39.47),
    ("Yining", 81.32, 43.91),
    ("Khorgos", 80.42, 44.21),
    ("Tacheng", 82.98, 46.75),
    ("Altay", 88.14, 47.84),
    ("Hami", 93.51, 42.82),
    ("Alashankou", 82.57, 45.17),
    ("Lhasa", 91.14, 29.65),
    ("Shigatse", 88.88, 29.27),
    ("Nyingchi", 94.36, 29.65),
    ("Ngari", 80.1, 32.5),
    ("Zhangmu", 85.98, 28.05),
    ("Kunming", 102.83, 24.88),
    ("Ruili", 97.85, 24.015),
    ("Jinghong", 100.8, 22.01),
    ("Mohan", 101.69, 21.185),
    ("Hekou", 103.939, 22.529),
    ("Nanning", 108.37, 22.82),
    ("Pingxiang", 106.765, 22.1),
    ("Dongxing", 107.97, 21.547),
    ("Fangchenggang", 108.35, 21.69),
    ("Beihai", 109.12, 21.48),
    ("Weizhou", 109.1, 21.04),
    ("Haikou", 110.32, 20.03),
    ("Sanya", 109.51, 18.25),
    ("Zhanjiang", 110.36, 21.27),
    ("Guangzhou", 113.26, 23.13),
    ("Shenzhen", 114.06, 22.545),
    ("Luohu", 114.117, 22.5335),
    ("Futiankou", 114.068, 22.5165),
    ("Shekou", 113.915, 22.48),
    ("Yantian", 114.27, 22.565),
    ("Dapeng", 114.48, 22.59),
    ("Zhuhai", 113.57, 22.27),
    ("Gongbei", 113.5495, 22.2185),
    ("Hengqin", 113.52, 22.12),
    ("Wanzai", 113.526, 22.2),
    ("Wanshan", 113.73, 21.93),
    ("Dangan", 114.27, 22.04),
    ("Shantou", 116.68, 23.35),
    ("Nanao", 117.1, 23.43),
    ("Xiamen", 118.09, 24.48),
    ("XiamenE", 118.19, 24.49),
    ("Quanzhou", 118.67, 24.87),
    ("Fuzhou", 119.3, 26.07),
    ("Pingtan", 119.79, 25.5),
    ("Ningde", 119.55, 26.67),
    ("Wenzhou", 120.7, 28.0),
    ("Ningbo", 121.55, 29.87),
    ("Zhoushan", 122.2, 30.0),
    ("Shengsi", 122.45, 30.73),
    ("Hangzhou", 120.15, 30.27),
    ("Nanjing", 118.8, 32.06),
    ("Qingdao", 120.38, 36.07),
    ("Yantai", 121.45, 37.46),
    ("Weihai", 122.12, 37.51),
    ("Changhai", 122.58, 39.27),
    ("Changzhou", 119.97, 31.81),
    ("Xian", 108.94, 34.34),
    ("Wuhan", 114.3, 30.59),
    ("Chengdu", 104.07, 30.67),
    ("Yadong", 88.9, 27.48),
    ("Jixi", 130.97, 45.3),
    ("Mishan", 131.87, 45.53),
    ("Heixiazi", 134.6, 48.3),
]
OUTSIDE = [
    ("Seoul", 126.98, 37.57),
    ("Pyongyang", 125.75, 39.03),
    ("Sinuiju", 124.4, 40.095),
    ("Hyesan", 128.18, 41.4),
    ("Musan", 129.2, 42.22),
    ("Hoeryong", 129.75, 42.43),
    ("Namyang", 129.868, 42.95),
    ("Rason", 130.4, 42.35),
    ("Vladivostok", 131.89, 43.12),
    ("Khabarovsk", 135.08, 48.48),
    ("Blagov", 127.54, 50.275),
    ("Ulaanbaatar", 106.92, 47.92),
    ("Choibalsan", 114.53, 48.07),
    ("Zamyn", 111.9, 43.73),
    ("Almaty", 76.9, 43.25),
    ("Zharkent", 80.0, 44.17),
    ("Bishkek", 74.6, 42.87),
    ("Naryn", 76.0, 41.43),
    ("Murghab", 73.96, 38.17),
    ("Gilgit", 74.31, 35.92),
    ("Leh", 77.58, 34.16),
    ("Kathmandu", 85.32, 27.72),
    ("Thimphu", 89.64, 27.47),
    ("Gangtok", 88.61, 27.33),
    ("Tezpur", 92.8, 26.63),
    ("Myitkyina", 97.4, 25.38),
    ("Muse", 97.91, 23.98),
    ("Boten", 101.68, 21.155),
    ("LaoCai", 103.97, 22.485),
    ("MongCai", 107.966, 21.525),
    ("LangSon", 106.76, 21.85),
    ("DongDang", 106.69, 21.94),
    ("Hanoi", 105.85, 21.03),
    ("HaGiang", 104.98, 22.83),
    ("CaoBang", 106.26, 22.67),
    ("HaiPhong", 106.68, 20.86),
    ("HongKong", 114.16, 22.28),
    ("Kowloon", 114.17, 22.32),
    ("ShaTin", 114.19, 22.38),
    ("SheungShui", 114.13, 22.505),
    ("YuenLong", 114.02, 22.44),
    ("LoWu", 114.113, 22.528),
    ("LokMaChau", 114.066, 22.508),
    ("ShaTauKok", 114.222, 22.545),
    ("TuenMun", 113.97, 22.39),
    ("HKAirport", 113.92, 22.31),
    ("TinShuiWai", 114.0, 22.46),
    ("PingChau", 114.435, 22.543),
    ("Macau", 113.544, 22.199),
    ("BorderGateS", 113.549, 22.2135),
    ("Taipa", 113.56, 22.155),
    ("Coloane", 113.565, 22.12),
    ("Taipei", 121.5, 25.04),
    ("Kaohsiung", 120.3, 22.63),
    ("Penghu", 119.57, 23.57),
    ("Kinmen", 118.35, 24.44),
    ("Lieyu", 118.24, 24.43),
    ("Matsu", 119.93, 26.155),
    ("Dongyin", 120.49, 26.37),
    ("Jeju", 126.53, 33.5),
    ("Fukuoka", 130.4, 33.59),
    ("Manila", 120.98, 14.6),
]


def apart_m(lon, lat, other_lon, other_lat) -> np.ndarray:
    return np.asarray(GEOD.inv(lon, lat, other_lon, other_lat)[2])


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # github.com/googollee/eviltransform, go/transform_test.go
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_vectors(wgs, gcj) -> None:
    assert_allclose(np.array(convert(*wgs, "wgs84", "gcj02")), gcj, atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("wgs", "gcj", "bd", "shift_m"),
    [
        ((116.30, 39.96), (116.30608041, 39.96126256), (116.31255722, 39.96733410), 538.1),
        ((119.97, 31.81), (119.97474085, 31.80794831), (119.98122522, 31.81403881), 503.3),
        ((114.78, 34.55), (114.78560319, 34.54881672), (114.79219182, 34.55448390), 530.8),
        ((114.02, 33.39), (114.02591518, 33.38843187), (114.03241305, 33.39451008), 577.2),
    ],
)
def test_four_cities(wgs, gcj, bd, shift_m) -> None:
    assert_allclose(np.array(convert(*wgs, "wgs84", "gcj02")), gcj, atol=6e-9, rtol=0)
    assert_allclose(np.array(convert(*wgs, "wgs84", "bd09")), bd, atol=6e-9, rtol=0)
    assert_allclose(np.array(convert(*gcj, "gcj02", "bd09")), bd, atol=2e-8, rtol=0)
    assert apart_m(*wgs, *convert(*wgs, "wgs84", "gcj02")) == pytest.approx(shift_m, abs=0.1)


def round_trip_m(lon, lat, there: str, back: str) -> np.ndarray:
    return apart_m(lon, lat, *convert(*convert(lon, lat, there, back), back, there))


@pytest.mark.parametrize("declared", ["gcj02", "bd09"])
@pytest.mark.parametrize("count", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_inverse_is_good_to_a_millimetre(declared: str, count: int) -> None:
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(74.0, 134.5, count), rng.uniform(18.0, 53.5, count)
    well_inside = datum._outline().buffer(-0.03)
    shapely.prepare(well_inside)
    kept = shapely.contains_xy(well_inside, lon, lat)
    assert kept.sum() > count / 3
    assert round_trip_m(lon[kept], lat[kept], "wgs84", declared).max() < 1e-4


@pytest.mark.parametrize("declared", ["gcj02", "bd09"])
def test_declared_positions_inside_come_back_even_at_the_outline(declared: str) -> None:
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(113.4, 114.6, 50_000), rng.uniform(22.05, 22.7, 50_000)
    inside = in_shift_outline(*datum._TO_GCJ[declared](lon, lat))
    assert 0.2 < inside.mean() < 0.8
    assert round_trip_m(lon[inside], lat[inside], declared, "wgs84").max() < 1e-4


@pytest.mark.parametrize(("name", "lon", "lat"), INSIDE)
def test_the_shift_applies_in(name: str, lon: float, lat: float) -> None:
    assert in_shift_outline(lon, lat)


@pytest.mark.parametrize(("name", "lon", "lat"), OUTSIDE)
def test_the_shift_does_not_apply_in(name: str, lon: float, lat: float) -> None:
    for declared in ("gcj02", "bd09"):
        assert [float(v) for v in convert(lon, lat, declared, "wgs84")] == [lon, lat]


def test_cgcs2000_is_wgs84() -> None:
    assert [float(v) for v in convert(116.3, 39.96, "cgcs2000", "wgs84")] == [116.3, 39.96]
    assert_allclose(convert(116.3, 39.96, "cgcs2000", "gcj02"), convert(116.3, 39.96, "wgs84", "gcj02"))


@given(st.floats(), st.floats(), st.sampled_from(DATUMS), st.sampled_from(DATUMS))
@settings(deadline=None)
def test_any_number_is_taken(lon: float, lat: float, source: str, target: str) -> None:
    x, y = convert(lon, lat, source, target)
    if not (70 < lon < 140 and 15 < lat < 56):
        assert_allclose([x, y], [lon, lat])


def test_shape_is_kept_and_input_untouched() -> None:
    lon, lat = np.full((3, 2), 116.3), np.full((3, 2), 39.96)
    assert convert(lon, lat, "gcj02", "wgs84")[0].shape == (3, 2)
    assert (lon == 116.3).all()
    assert convert([], [], "bd09", "wgs84")[0].shape == (0,)


def test_points_of_two_countries_in_one_call() -> None:
    lon, lat = np.array([116.3, 126.98, np.nan]), np.array([39.96, 37.57, 39.96])
    x, y = convert(lon, lat, "gcj02", "wgs84")
    assert x[0] != lon[0]
    assert (x[1], y[1]) == (lon[1], lat[1])
    assert np.isnan(x[2])


@pytest.mark.parametrize(("source", "target"), [("mars", "wgs84"), ("wgs84", "WGS84")])
def test_unknown_datum_is_refused_by_name(source: str, target: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        convert(116.3, 39.96, source, target)
    assert refused.value.problems[0].where == "datum"
    assert all(name in refused.value.problems[0].reason for name in DATUMS)


def test_two_columns_of_different_length_are_refused() -> None:
    with pytest.raises(InvalidInput):
        convert([116.3, 116.4], [39.96], "gcj02", "wgs84")
