import { isInRing, keyOf, signedArea_m2, type Line, type MultiPolygon, type Position, type Ring } from './plane';

/** A border piece between two nodes; '' is what lies outside the coverage. */
export interface Arc {
  readonly id: string;
  readonly line: Line;
  readonly left: string;
  readonly right: string;
}

export interface NodeEnd {
  readonly arc: string;
  readonly isStart: boolean;
}

/**
 * The borders of a neighbourhood as arcs and nodes. Every border is held once, with the unit on either side, so
 * that what moves it moves it for both: no gap and no overlap can be drawn.
 */
export class Topology {
  readonly arcs: ReadonlyMap<string, Arc>;
  readonly #nodes = new Map<string, NodeEnd[]>();
  readonly #arcsOf = new Map<string, Arc[]>();
  readonly #vertices = new Map<string, Set<string>>();

  constructor(arcs: Iterable<Arc>) {
    this.arcs = new Map([...arcs].map((arc) => [arc.id, arc]));
    for (const arc of this.arcs.values()) this.#add(arc);
  }

  /** The arcs that end or begin at a place; empty where there is no node. */
  endsAt(position: Position): readonly NodeEnd[] {
    return this.#nodes.get(keyOf(position)) ?? [];
  }

  /** The arcs that have a vertex at a place. */
  arcsAt(position: Position): readonly Arc[] {
    return [...(this.#vertices.get(keyOf(position)) ?? [])].map((id) => this.arcs.get(id)!);
  }

  /** Tells whether different arcs end here: taking the place away would change who touches whom. */
  isNode(position: Position): boolean {
    return new Set(this.endsAt(position).map((end) => end.arc)).size > 1;
  }

  arcsOf(unit: string): readonly Arc[] {
    return this.#arcsOf.get(unit) ?? [];
  }

  units(): string[] {
    return [...this.#arcsOf.keys()].filter(Boolean);
  }

  neighbours(unit: string): string[] {
    const others = this.arcsOf(unit).map((arc) => (arc.left === unit ? arc.right : arc.left));
    return [...new Set(others)].filter((other) => other !== '' && other !== unit);
  }

  between(one: string, other: string): readonly Arc[] {
    return this.arcsOf(one).filter((arc) => arc.left === other || arc.right === other);
  }

  /** The same neighbourhood with other courses for some arcs. */
  with(lines: ReadonlyMap<string, Line>): Topology {
    return new Topology([...this.arcs.values()].map((arc) => ({ ...arc, line: lines.get(arc.id) ?? arc.line })));
  }

  /** Puts the polygons of a unit together again from its arcs; arcs that do not close are left out. */
  polygonsOf(unit: string): MultiPolygon {
    return nest(ringsOf(unit, this.arcsOf(unit)));
  }

  #add(arc: Arc): void {
    push(this.#nodes, keyOf(arc.line[0]!), { arc: arc.id, isStart: true });
    push(this.#nodes, keyOf(arc.line.at(-1)!), { arc: arc.id, isStart: false });
    for (const unit of new Set([arc.left, arc.right])) push(this.#arcsOf, unit, arc);
    for (const position of arc.line) {
      const key = keyOf(position);
      this.#vertices.set(key, (this.#vertices.get(key) ?? new Set()).add(arc.id));
    }
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Walks the arcs of a unit with its inside on the left. */
function ringsOf(unit: string, arcs: readonly Arc[]): Ring[] {
  const ways = arcs
    .filter((arc) => arc.left !== arc.right)
    .map((arc) => (arc.left === unit ? arc.line : [...arc.line].reverse()));
  const leaving = new Map<string, Line[]>();
  for (const way of ways) push(leaving, keyOf(way[0]!), way);
  const rings: Ring[] = [];
  const used = new Set<Line>();
  for (const way of ways) {
    const ring = used.has(way) ? null : walk(way, leaving, used);
    if (ring) rings.push(ring);
  }
  return rings;
}

function walk(first: Line, leaving: ReadonlyMap<string, readonly Line[]>, used: Set<Line>): Ring | null {
  const ring: Position[] = [first[0]!];
  for (let way: Line | undefined = first; way; ) {
    used.add(way);
    ring.push(...way.slice(1));
    const end = way.at(-1)!;
    if (keyOf(end) === keyOf(ring[0]!)) return ring;
    const options: readonly Line[] = (leaving.get(keyOf(end)) ?? []).filter((one) => !used.has(one));
    way = options.length > 1 ? nextClockwise(way, options) : options[0];
  }
  return null;
}

// Where a unit touches itself, the way on that keeps the inside on the left is the first one clockwise from behind.
function nextClockwise(way: Line, options: readonly Line[]): Line {
  const here = way.at(-1)!;
  const behind = bearing(here, way.at(-2)!);
  const clockwise = (option: Line): number => {
    const by = behind - bearing(here, option[1]!);
    return by <= 0 ? by + 2 * Math.PI : by;
  };
  return options.reduce((best, option) => (clockwise(option) < clockwise(best) ? option : best));
}

function bearing(from: Position, to: Position): number {
  return Math.atan2(to[1] - from[1], to[0] - from[0]);
}

/** Sorts rings into outer ones and the holes that lie in them. */
export function nest(rings: readonly Ring[]): MultiPolygon {
  const outer = rings.filter((ring) => signedArea_m2(ring) > 0);
  const holes = rings.filter((ring) => signedArea_m2(ring) < 0);
  const smallestFirst = [...outer].sort((a, b) => signedArea_m2(a) - signedArea_m2(b));
  const owners = new Map(holes.map((hole) => [hole, smallestFirst.find((ring) => holds(ring, hole))]));
  return outer.map((ring) => [ring, ...holes.filter((hole) => owners.get(hole) === ring)]);
}

// A hole may touch its outer ring in a vertex, so a vertex that it has alone is asked.
function holds(ring: Ring, hole: Ring): boolean {
  const own = new Set(ring.map(keyOf));
  const free = hole.find((position) => !own.has(keyOf(position)));
  return free !== undefined && isInRing(free, ring);
}
