/** A point in WGS-84 degrees. */
export interface LonLat {
  readonly lon: number;
  readonly lat: number;
}

/** West, south, east, north in WGS-84 degrees. */
export type BBox = readonly [number, number, number, number];

/** Datums the search box accepts; the names are those of the API. */
export const DATUMS = ['wgs84', 'cgcs2000', 'gcj02', 'bd09'] as const;
export type Datum = (typeof DATUMS)[number];

export function isDatum(text: string): text is Datum {
  return (DATUMS as readonly string[]).includes(text);
}

/** Names a datum the way surveyors write it. */
export function datumLabel(datum: Datum): string {
  return { wgs84: 'WGS-84', cgcs2000: 'CGCS2000', gcj02: 'GCJ-02', bd09: 'BD-09' }[datum];
}

/** Writes a point as "lon, lat"; six digits are about 0.1 m. */
export function formatLonLat(point: LonLat, digits = 6): string {
  return `${point.lon.toFixed(digits)}, ${point.lat.toFixed(digits)}`;
}

/** Writes metres with the digits a reader can use: millimetres below 1 cm, kilometres above 1 km. */
export function formatDistance(metres: number): string {
  if (metres < 0.01) return `${(metres * 1000).toFixed(1)} mm`;
  if (metres < 1) return `${(metres * 100).toFixed(0)} cm`;
  if (metres < 100) return `${metres.toFixed(1)} m`;
  return metres < 1000 ? `${metres.toFixed(0)} m` : `${(metres / 1000).toFixed(2)} km`;
}

/** Tells whether both numbers are finite and on the globe. */
export function isOnGlobe(lon: number, lat: number): boolean {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
}

/** Returns `inner` when it is a real box that lies within `outer`, else `outer`. */
export function narrower(outer: BBox, inner: BBox | null): BBox {
  if (!inner || inner[0] > inner[2] || inner[1] > inner[3]) return outer;
  const lies = inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
  return lies ? inner : outer;
}
