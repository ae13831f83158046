import { boxOf, keyOf, length_m, meet, nearestOn, overlaps, Plane, samePlace, segments, snapToNano } from './plane';
import type { Line, Position } from './plane';
import type { Arc, Topology } from './topology';

/** New courses of arcs, by arc. */
export type Courses = ReadonlyMap<string, Line>;

/** A place of a border that can be taken hold of. */
export interface Handle {
  readonly position: Position;
  /** A node belongs to three units or more; a middle is no vertex yet. */
  readonly kind: 'node' | 'vertex' | 'middle';
  readonly arc: string;
  /** The segment of a middle, or the vertex. */
  readonly index: number;
}

/** Lists what can be taken hold of on the borders of some units, each place once. */
export function handlesOf(topology: Topology, units: readonly string[]): Handle[] {
  const arcs = new Map(units.flatMap((unit) => topology.arcsOf(unit)).map((arc) => [arc.id, arc]));
  const found = new Map<string, Handle>();
  for (const arc of arcs.values()) {
    arc.line.forEach((position, index) => {
      const kind = topology.isNode(position) ? 'node' : 'vertex';
      found.set(keyOf(position), { position, kind, arc: arc.id, index });
    });
  }
  return [...found.values(), ...[...arcs.values()].flatMap(middlesOf)];
}

function middlesOf(arc: Arc): Handle[] {
  return segments(arc.line).map(([a, b], index) => {
    const position: Position = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    return { position, kind: 'middle', arc: arc.id, index };
  });
}

/** Moves a vertex or node; every border that has it follows. */
export function moveVertex(topology: Topology, from: Position, to: Position): Courses {
  const goal = snapToNano(to);
  const moved = topology.arcsAt(from).map((arc): [string, Line] => {
    return [arc.id, arc.line.map((position) => (samePlace(position, from) ? goal : position))];
  });
  return new Map(moved);
}

/** Puts a new vertex into segment `index` of an arc. */
export function insertVertex(arc: Arc, index: number, at: Position): Courses {
  return new Map([[arc.id, [...arc.line.slice(0, index + 1), snapToNano(at), ...arc.line.slice(index + 1)]]]);
}

/** Tells whether a vertex can go without a unit losing its shape. */
export function canRemove(topology: Topology, at: Position): boolean {
  const arc = topology.arcsAt(at)[0];
  if (!arc || topology.isNode(at)) return false;
  const isClosed = samePlace(arc.line[0]!, arc.line.at(-1)!);
  return arc.line.length > (isClosed ? 4 : 2) && (isClosed || !isEnd(arc, at));
}

function isEnd(arc: Arc, at: Position): boolean {
  return samePlace(arc.line[0]!, at) || samePlace(arc.line.at(-1)!, at);
}

export function removeVertex(topology: Topology, at: Position): Courses {
  const arc = topology.arcsAt(at)[0];
  if (!arc) return new Map();
  const kept = arc.line.filter((position) => !samePlace(position, at));
  if (isEnd(arc, at)) kept.push(kept[0]!);
  return new Map([[arc.id, kept]]);
}

/**
 * Gives an arc a new course. The drawn line need not hit the ends: it is turned round when that fits them better,
 * so that a person can draw in either direction.
 */
export function redraw(arc: Arc, drawn: Line): Line {
  const [start, end] = [arc.line[0]!, arc.line.at(-1)!];
  const forwards = length_m([start, drawn[0]!]) + length_m([drawn.at(-1)!, end]);
  const backwards = length_m([start, drawn.at(-1)!]) + length_m([drawn[0]!, end]);
  const course = forwards <= backwards ? drawn : [...drawn].reverse();
  const inner = course.filter((position) => !samePlace(position, start) && !samePlace(position, end));
  return [start, ...inner.map(snapToNano), end];
}

export interface NearArc {
  readonly arc: Arc;
  readonly index: number;
  readonly position: Position;
  readonly distance_m: number;
}

/** Finds the arc nearest to a place among some, and where on it. */
export function nearestArc(arcs: Iterable<Arc>, at: Position): NearArc | null {
  const plane = new Plane(at);
  let best: NearArc | null = null;
  for (const arc of arcs) {
    for (const [index, [a, b]] of segments(arc.line).entries()) {
      const foot = nearestOn([0, 0], plane.toXY(a), plane.toXY(b));
      if (best && foot.distance >= best.distance_m) continue;
      best = { arc, index, position: plane.toPosition(foot.point), distance_m: foot.distance };
    }
  }
  return best;
}

/** What is wrong with a course before anybody is asked. */
export interface Fault {
  readonly kind: 'crosses-itself' | 'crosses-border' | 'too-short';
  readonly at: Position;
}

/** Looks whether changed arcs cross themselves or any other border of the neighbourhood. */
export function faultsOf(topology: Topology, courses: Courses): Fault[] {
  const changed = topology.with(courses);
  return [...courses.keys()].flatMap((id) => faultsOfArc(changed, changed.arcs.get(id)!));
}

function faultsOfArc(topology: Topology, arc: Arc): Fault[] {
  if (new Set(arc.line.map(keyOf)).size < 2) return [{ kind: 'too-short', at: arc.line[0]! }];
  const itself = crossingsWithin(arc.line).map((at): Fault => ({ kind: 'crosses-itself', at }));
  const box = boxOf(arc.line);
  const others = [...topology.arcs.values()].filter((other) => other.id !== arc.id && overlaps(box, boxOf(other.line)));
  const borders = others.flatMap((other) => crossings(arc.line, other.line));
  return [...itself, ...borders.map((at): Fault => ({ kind: 'crosses-border', at }))];
}

/** Where a line crosses or touches itself, neighbouring segments apart. */
export function crossingsWithin(line: Line): Position[] {
  const parts = segments(line);
  const isClosed = line.length > 2 && samePlace(line[0]!, line.at(-1)!);
  const found: Position[] = [];
  for (let i = 0; i < parts.length; i++) {
    for (let j = i + 2; j < parts.length; j++) {
      if (isClosed && i === 0 && j === parts.length - 1) continue;
      const at = crossing(parts[i]!, parts[j]!);
      if (at) found.push(at);
    }
  }
  return found;
}

/** Where two lines cross, or one touches the other; a vertex that both have is no crossing. */
export function crossings(one: Line, other: Line): Position[] {
  const shared = new Set(other.map(keyOf));
  const own = new Set(one.map(keyOf).filter((key) => shared.has(key)));
  const found: Position[] = [];
  for (const a of segments(one)) {
    for (const b of segments(other)) {
      const at = crossing(a, b);
      if (at && !own.has(keyOf(at))) found.push(at);
    }
  }
  return found;
}

type Segment = readonly [Position, Position];

function crossing(a: Segment, b: Segment): Position | null {
  const plane = new Plane(a[0]);
  const [p, q] = [plane.toXY(a[0]), plane.toXY(a[1])];
  const at = meet(p, q, plane.toXY(b[0]), plane.toXY(b[1]));
  if (!at) return null;
  return snapToNano(plane.toPosition([p[0] + at.first * (q[0] - p[0]), p[1] + at.first * (q[1] - p[1])]));
}
