import { along, insidePoint, isIn, keyOf, meet, Plane, samePlace, segments, snapToNano } from './plane';
import type { Line, MultiPolygon, Polygon, Position, Ring } from './plane';
import { nest } from './topology';

type Segment = readonly [Position, Position];

/** An end of one segment that lies this near to another, in degrees, lies on it. */
const TOUCH = 2e-9;

/** Cuts lines at every place where they meet, and drops what stands twice. */
export function node(lines: readonly Line[]): Segment[] {
  const parts = lines.flatMap((line) => segments(line)).filter(([a, b]) => !samePlace(a, b));
  const cut = parts.flatMap((part) => pieces(part, cutsOf(part, parts)));
  return [...new Map(cut.map(([a, b]) => [[keyOf(a), keyOf(b)].sort().join(' '), [a, b] as const])).values()];
}

function cutsOf(part: Segment, parts: readonly Segment[]): Map<number, Position> {
  const plane = new Plane(part[0]);
  const [a, b] = [plane.toXY(part[0]), plane.toXY(part[1])];
  const cuts = new Map<number, Position>();
  for (const other of parts) {
    if (other === part || farApart(part, other)) continue;
    const met = meet(a, b, plane.toXY(other[0]), plane.toXY(other[1]));
    if (met) cuts.set(met.first, placeOf(part, other, met.first, met.second));
    for (const end of other) {
      const on = shareOn(end, part);
      if (on !== null) cuts.set(on, end);
    }
  }
  return cuts;
}

function farApart([a, b]: Segment, [c, d]: Segment): boolean {
  const apart = (i: 0 | 1): boolean =>
    Math.max(a[i], b[i]) < Math.min(c[i], d[i]) - TOUCH || Math.max(c[i], d[i]) < Math.min(a[i], b[i]) - TOUCH;
  return apart(0) || apart(1);
}

// Both segments must get the very same position, so an end of either wins over what is computed.
function placeOf(one: Segment, other: Segment, first: number, second: number): Position {
  const computed = snapToNano(along(one[0], one[1], first));
  const fromOther = snapToNano(along(other[0], other[1], second));
  const isNear = (end: Position): boolean => Math.hypot(end[0] - computed[0], end[1] - computed[1]) <= TOUCH;
  const end = [...one, ...other].find(isNear);
  return end ?? (keyOf(computed) < keyOf(fromOther) ? computed : fromOther);
}

function shareOn(position: Position, [a, b]: Segment): number | null {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy;
  const share = ((position[0] - a[0]) * dx + (position[1] - a[1]) * dy) / square;
  if (!(share > 0 && share < 1)) return null;
  const off = Math.abs((position[0] - a[0]) * dy - (position[1] - a[1]) * dx) / Math.sqrt(square);
  return off <= TOUCH ? share : null;
}

function pieces([a, b]: Segment, cuts: ReadonlyMap<number, Position>): Segment[] {
  const inner = [...cuts].filter(([share]) => share > 0 && share < 1).sort(([x], [y]) => x - y);
  return segments([a, ...inner.map(([, position]) => position), b]).filter(([p, q]) => !samePlace(p, q));
}

/** Finds every face that lines enclose, with its holes. */
export function facesOf(lines: readonly Line[]): Polygon[] {
  const around = fans(withoutDangles(node(lines)));
  const rings: Ring[] = [];
  const used = new Set<string>();
  for (const [from, fan] of around) {
    for (const to of fan) {
      if (!used.has(`${from} ${keyOf(to)}`)) rings.push(ringFrom(from, to, around, used));
    }
  }
  return [...nest(rings)];
}

/** Takes loose ends away: they bound nothing. */
function withoutDangles(parts: readonly Segment[]): readonly Segment[] {
  const degree = new Map<string, number>();
  for (const end of parts.flat()) degree.set(keyOf(end), (degree.get(keyOf(end)) ?? 0) + 1);
  const kept = parts.filter((part) => part.every((end) => degree.get(keyOf(end))! > 1));
  return kept.length === parts.length ? parts : withoutDangles(kept);
}

/** The places that each place is joined to, counter-clockwise. */
function fans(parts: readonly Segment[]): Map<string, Position[]> {
  const around = new Map<string, Position[]>();
  const places = new Map<string, Position>();
  for (const [a, b] of parts) {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      places.set(keyOf(from), from);
      around.set(keyOf(from), [...(around.get(keyOf(from)) ?? []), to]);
    }
  }
  for (const [key, fan] of around) {
    const here = places.get(key)!;
    const bearing = (to: Position): number => Math.atan2(to[1] - here[1], to[0] - here[0]);
    fan.sort((p, q) => bearing(p) - bearing(q));
  }
  return around;
}

function ringFrom(start: string, first: Position, around: ReadonlyMap<string, Position[]>, used: Set<string>): Ring {
  const ring: Position[] = [];
  let from = start;
  let to = first;
  while (!used.has(`${from} ${keyOf(to)}`)) {
    used.add(`${from} ${keyOf(to)}`);
    ring.push(to);
    const fan = around.get(keyOf(to))!;
    const came = from;
    const back = fan.findIndex((position) => keyOf(position) === came);
    from = keyOf(to);
    // The face on the left goes on with the first edge clockwise from where we came.
    to = fan[(back - 1 + fan.length) % fan.length]!;
  }
  return [ring.at(-1)!, ...ring];
}

/** Divides polygons along lines; a line that does not divide them leaves one part. */
export function divide(polygons: MultiPolygon, lines: readonly Line[]): Polygon[] {
  return facesOf([...polygons.flat(), ...lines]).filter((face) => isInside(face, polygons));
}

/** Returns what of `polygons` lies inside a drawn ring. */
export function within(polygons: MultiPolygon, ring: Ring): Polygon[] {
  return divide(polygons, [ring]).filter((face) => isInside(face, [[ring]]));
}

function isInside(face: Polygon, polygons: MultiPolygon): boolean {
  const inside = insidePoint(face);
  return inside !== null && isIn(inside, polygons);
}
