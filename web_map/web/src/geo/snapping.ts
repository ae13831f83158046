import { along, boxOf, distance_m, meet, nearestOn, Plane, segments, type Line, type Position } from './plane';

export type SnapKind = 'vertex' | 'crossing' | 'edge' | 'street';

/** Something that the pointer can be drawn to. */
export interface SnapLine {
  readonly line: Line;
  /** A street gives way to a border: the border is what has to fit. */
  readonly isStreet: boolean;
}

export interface Snap {
  readonly position: Position;
  readonly kind: SnapKind;
  readonly distance_m: number;
}

interface Part {
  readonly a: Position;
  readonly b: Position;
  readonly isStreet: boolean;
}

type Candidate = Omit<Snap, 'distance_m'>;

const CELL_DEGREES = 0.001;
/** What is wanted more is taken even when something else lies a little nearer. */
const ORDER: readonly SnapKind[] = ['vertex', 'crossing', 'edge', 'street'];

/** Finds borders and street centrelines near a place without looking at all of them. */
export class SnapIndex {
  readonly #cells = new Map<string, Part[]>();

  constructor(lines: Iterable<SnapLine>) {
    for (const { line, isStreet } of lines) {
      for (const [a, b] of segments(line)) this.#add({ a, b, isStreet });
    }
  }

  /** Returns what the pointer means within `radius_m`: a vertex before a crossing before an edge before a street. */
  find(at: Position, radius_m: number, isBarred: (position: Position) => boolean = () => false): Snap | null {
    const near = this.#near(at, radius_m);
    const candidates = [...vertices(near), ...crossingsOf(near), ...feet(near, at)]
      .map((one) => ({ ...one, distance_m: distance_m(one.position, at) }))
      .filter((one) => one.distance_m <= radius_m && !isBarred(one.position));
    candidates.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.distance_m - b.distance_m);
    return candidates[0] ?? null;
  }

  #add(part: Part): void {
    const { west, south, east, north } = boxOf([part.a, part.b]);
    for (const key of cellsOf(west, south, east, north)) {
      const list = this.#cells.get(key);
      if (list) list.push(part);
      else this.#cells.set(key, [part]);
    }
  }

  #near(at: Position, radius_m: number): Part[] {
    const plane = new Plane(at);
    const [west, south] = plane.toPosition([-radius_m, -radius_m]);
    const [east, north] = plane.toPosition([radius_m, radius_m]);
    const found = new Set(cellsOf(west, south, east, north).flatMap((key) => this.#cells.get(key) ?? []));
    return [...found].filter(({ a, b }) => nearestOn([0, 0], plane.toXY(a), plane.toXY(b)).distance <= radius_m);
  }
}

function cellsOf(west: number, south: number, east: number, north: number): string[] {
  const keys: string[] = [];
  for (let x = cell(west); x <= cell(east); x++) {
    for (let y = cell(south); y <= cell(north); y++) keys.push(`${x},${y}`);
  }
  return keys;
}

function cell(degrees: number): number {
  return Math.floor(degrees / CELL_DEGREES);
}

function vertices(parts: readonly Part[]): Candidate[] {
  const borders = parts.filter((part) => !part.isStreet);
  return borders.flatMap(({ a, b }) => [a, b]).map((position) => ({ position, kind: 'vertex' }));
}

function crossingsOf(parts: readonly Part[]): Candidate[] {
  return parts.flatMap((one, index) =>
    parts.slice(index + 1).flatMap((other): Candidate[] => {
      const met = meet(one.a, one.b, other.a, other.b);
      return met ? [{ position: along(one.a, one.b, met.first), kind: 'crossing' }] : [];
    }),
  );
}

function feet(parts: readonly Part[], at: Position): Candidate[] {
  const plane = new Plane(at);
  return parts.map(({ a, b, isStreet }) => {
    const { share } = nearestOn([0, 0], plane.toXY(a), plane.toXY(b));
    return { position: along(a, b, share), kind: isStreet ? 'street' : 'edge' };
  });
}
