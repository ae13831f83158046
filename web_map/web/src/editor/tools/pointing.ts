import type { Line, Position } from '../../geo/plane';
import { SnapIndex, type Snap } from '../../geo/snapping';
import { trace } from '../../geo/trace';
import type { EditorMap, Touch } from '../map/editor-map';
import { snapping, tracing } from '../state/drawing';
import { town } from '../state/town';

let map: EditorMap | null = null;
let index: SnapIndex | null = null;
let streets: readonly Line[] = [];

/** Tells which map the tools work on. */
export function usePointing(next: EditorMap | null): void {
  map = next;
  forget();
}

export function theMap(): EditorMap | null {
  return map;
}

/** Throws the index away: borders or the view have changed. */
export function forget(): void {
  index = null;
}

function lines(): SnapIndex {
  if (index) return index;
  streets = map?.streets() ?? [];
  const borders = [...town.current.topology.arcs.values()].map((arc) => ({ line: arc.line, isStreet: false }));
  index = new SnapIndex([...borders, ...streets.map((line) => ({ line, isStreet: true }))]);
  return index;
}

export interface Aim {
  readonly at: Position;
  readonly snap: Snap | null;
}

/** Finds what a pointer means: a vertex, crossing, border or street near it, else the place itself. */
export function aim(touch: Touch, isBarred?: (position: Position) => boolean): Aim {
  if (!snapping.current || !map) return { at: touch.at, snap: null };
  const snap = lines().find(touch.at, map.reach_m(touch.byFinger), isBarred);
  return { at: snap?.position ?? touch.at, snap };
}

/** Leads a line from its last place to a new one: along borders and streets when tracing, else straight. */
export function lead(line: Line, to: Position): Line {
  const from = line.at(-1);
  if (!from || !tracing.current) return [...line, to];
  lines();
  const borders = [...town.current.topology.arcs.values()].map((arc) => arc.line);
  const way = trace(borders, from, to) ?? trace([...borders, ...streets], from, to);
  return way ? [...line, ...way.slice(1)] : [...line, to];
}

export function reach_m(touch: Touch): number {
  return map?.reach_m(touch.byFinger) ?? 0;
}
