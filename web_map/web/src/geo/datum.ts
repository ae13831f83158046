import type { Datum, LonLat } from './coordinates';

/** The shifted datums of Chinese maps, only to be shown: what is kept or sent to a tool is WGS-84. */

// Krasovsky 1940 and the public formula, as spatial/geometry/datum.py has them.
const AXIS_M = 6378245;
const ECCENTRICITY_2 = 0.00669342162296594323;
const BD_TURN = (Math.PI * 3000) / 180;
const RADIANS = Math.PI / 180;

/** Writes a place of WGS-84 in another datum; where the shift does not apply, the server says so. */
export function shown(place: LonLat, datum: Datum): LonLat {
  if (datum === 'gcj02') return toGcj(place);
  return datum === 'bd09' ? toBd(toGcj(place)) : place;
}

function toGcj({ lon, lat }: LonLat): LonLat {
  const [x, y] = [lon - 105, lat - 35];
  const [xy, root] = [x * y, Math.sqrt(Math.abs(x))];
  const wave = 20 * Math.sin(6 * Math.PI * x) + 20 * Math.sin(2 * Math.PI * x);
  const waves = (at: number, long: number, first: number, second: number): number =>
    wave + 20 * Math.sin(at * Math.PI) + 40 * Math.sin((at * Math.PI) / 3) + first * Math.sin((at * Math.PI) / 12) + second * Math.sin((at * Math.PI) / long);
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * xy + 0.2 * root + (waves(y, 30, 160, 320) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * xy + 0.1 * root + (waves(x, 30, 150, 300) * 2) / 3;
  const magic = 1 - ECCENTRICITY_2 * Math.sin(lat * RADIANS) ** 2;
  const prime_m = (AXIS_M / Math.sqrt(magic)) * RADIANS;
  const across_m = prime_m * Math.cos(lat * RADIANS);
  return { lon: lon + east / across_m, lat: lat + north / ((prime_m * (1 - ECCENTRICITY_2)) / magic) };
}

function toBd({ lon, lat }: LonLat): LonLat {
  const radius = Math.hypot(lon, lat) + 0.00002 * Math.sin(lat * BD_TURN);
  const angle = Math.atan2(lat, lon) + 0.000003 * Math.cos(lon * BD_TURN);
  return { lon: radius * Math.cos(angle) + 0.0065, lat: radius * Math.sin(angle) + 0.006 };
}
