/** Longitude, latitude in WGS-84 degrees. */
export type Position = readonly [number, number];
export type Line = readonly Position[];
/** Closed: the last position is the first. */
export type Ring = Line;
/** An outer ring, then the holes. */
export type Polygon = readonly Ring[];
export type MultiPolygon = readonly Polygon[];
/** Metres east and north of some origin. */
export type XY = readonly [number, number];

/** Positions are whole nano-degrees, as on the server: equal places have equal keys. */
const NANO = 1e9;
const METRES_PER_DEGREE = 111_320;

export function keyOf([lon, lat]: Position): string {
  return `${Math.round(lon * NANO)},${Math.round(lat * NANO)}`;
}

export function snapToNano([lon, lat]: Position): Position {
  return [Math.round(lon * NANO) / NANO, Math.round(lat * NANO) / NANO];
}

export function samePlace(a: Position, b: Position): boolean {
  return keyOf(a) === keyOf(b);
}

/** A flat map around one latitude: true to about a thousandth over a few kilometres, which is enough to show. */
export class Plane {
  readonly #lon: number;
  readonly #lat: number;
  readonly #across: number;

  constructor([lon, lat]: Position) {
    this.#lon = lon;
    this.#lat = lat;
    this.#across = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  }

  toXY([lon, lat]: Position): XY {
    return [(lon - this.#lon) * this.#across, (lat - this.#lat) * METRES_PER_DEGREE];
  }

  toPosition([x, y]: XY): Position {
    return [this.#lon + x / this.#across, this.#lat + y / METRES_PER_DEGREE];
  }
}

export interface Foot {
  readonly point: XY;
  /** 0 at the first end, 1 at the second. */
  readonly share: number;
  readonly distance: number;
}

/** Finds the nearest place of a segment. */
export function nearestOn(p: XY, a: XY, b: XY): Foot {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy;
  const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square));
  const point: XY = [a[0] + share * dx, a[1] + share * dy];
  return { point, share, distance: Math.hypot(p[0] - point[0], p[1] - point[1]) };
}

/** Finds where two segments meet, as shares of both; null for parallel or distant ones. */
export function meet(a: XY, b: XY, c: XY, d: XY): { readonly first: number; readonly second: number } | null {
  const across = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0]);
  if (across === 0) return null;
  const first = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / across;
  const second = ((c[0] - a[0]) * (b[1] - a[1]) - (c[1] - a[1]) * (b[0] - a[0])) / across;
  return first >= 0 && first <= 1 && second >= 0 && second <= 1 ? { first, second } : null;
}

export function along(a: Position, b: Position, share: number): Position {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}

export function distance_m(a: Position, b: Position): number {
  const [x, y] = new Plane(a).toXY(b);
  return Math.hypot(x, y);
}

export function length_m(line: Line): number {
  return segments(line).reduce((sum, [a, b]) => sum + distance_m(a, b), 0);
}

export function segments(line: Line): Array<readonly [Position, Position]> {
  return line.slice(1).map((end, index) => [line[index]!, end] as const);
}

/** The area of a ring in m²: positive when it runs counter-clockwise. */
export function signedArea_m2(ring: Ring): number {
  if (ring.length < 3) return 0;
  // Around the middle, so that neither the first vertex nor one more on an edge makes a difference.
  const { west, south, east, north } = boxOf(ring);
  const plane = new Plane([(west + east) / 2, (south + north) / 2]);
  const points = ring.map((position) => plane.toXY(position));
  return points.slice(1).reduce((sum, b, index) => sum + points[index]![0] * b[1] - points[index]![1] * b[0], 0) / 2;
}

export function area_m2(polygon: Polygon): number {
  const [outer, ...holes] = polygon.map((ring) => Math.abs(signedArea_m2(ring)));
  return (outer ?? 0) - holes.reduce((sum, hole) => sum + hole, 0);
}

export function areaOf_m2(polygons: MultiPolygon): number {
  return polygons.reduce((sum, polygon) => sum + area_m2(polygon), 0);
}

/** Counts crossings of a ray eastwards; a place on the border may fall on either side. */
export function isInRing([x, y]: Position, ring: Ring): boolean {
  let inside = false;
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1]!, ring[i]!];
    if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

export function isInPolygon(position: Position, polygon: Polygon): boolean {
  return polygon.reduce((inside, ring) => inside !== isInRing(position, ring), false);
}

export function isIn(position: Position, polygons: MultiPolygon): boolean {
  return polygons.some((polygon) => isInPolygon(position, polygon));
}

export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export function boxOf(line: Line): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [lon, lat] of line) {
    box.west = Math.min(box.west, lon);
    box.south = Math.min(box.south, lat);
    box.east = Math.max(box.east, lon);
    box.north = Math.max(box.north, lat);
  }
  return box;
}

export function overlaps(a: Box, b: Box): boolean {
  return a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north;
}

/** Finds a place well inside: the middle of the widest stretch of a level line half way up. */
export function insidePoint(polygon: Polygon): Position | null {
  const outer = polygon[0];
  if (!outer || outer.length < 4) return null;
  const { south, north } = boxOf(outer);
  for (const share of [0.5, 0.37, 0.63, 0.21, 0.79, 0.07, 0.93]) {
    const found = widest(polygon, south + (north - south) * share);
    if (found) return found;
  }
  return null;
}

function widest(polygon: Polygon, lat: number): Position | null {
  const crossings = polygon
    .flatMap((ring) => segments(ring))
    .filter(([a, b]) => a[1] > lat !== b[1] > lat)
    .map(([a, b]) => a[0] + ((lat - a[1]) / (b[1] - a[1])) * (b[0] - a[0]))
    .sort((one, other) => one - other);
  let best: readonly [number, number] | null = null;
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [from, to] = [crossings[i]!, crossings[i + 1]!];
    if (to > from && (!best || to - from > best[1] - best[0])) best = [from, to];
  }
  return best ? [(best[0] + best[1]) / 2, lat] : null;
}
