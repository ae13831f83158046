import { count } from '../../geo/count';
import type { MultiPolygon } from '../../geo/plane';
import type { Courses } from '../../geo/reshape';
import { Value } from '../../state/value';
import * as api from '../api';
import type { Points } from '../wire';
import { plan } from './plan';
import { town, type Town } from './town';

/** What can be counted in the window, for figures while a border is dragged; null until it is known. */
export const points = new Value<Points | null>(null);
let window: Town['window'] = null;
let asking: AbortController | null = null;

/** Asks for the points of the present window, once. */
export async function needPoints(): Promise<void> {
  const here = town.current.window;
  const coverage = plan.current?.coverage;
  if (!here || !coverage || here === window) return;
  asking?.abort();
  asking = new AbortController();
  window = here;
  const read = await api.points(coverage, here, asking.signal).catch(() => null);
  if (read && window === here) points.set(read);
}

export interface LiveFigure {
  readonly unit: string;
  readonly before: number;
  readonly after: number;
}

/** Adds up one kind in the units whose borders would move, before and after. */
export function liveFigures(courses: Courses, kind: string): LiveFigure[] {
  const known = points.current;
  const { topology, units } = town.current;
  if (!known || !courses.size) return [];
  const moved = topology.with(courses);
  // A step that has just been saved may have taken the arc away.
  const arcs = [...courses.keys()].flatMap((id) => topology.arcs.get(id) ?? []);
  const sides = new Set(arcs.flatMap((arc) => [arc.left, arc.right]));
  return [...sides].filter((unit) => units.has(unit)).map((unit) => ({
    unit,
    before: count(known, topology.polygonsOf(unit))[kind] ?? 0,
    after: count(known, moved.polygonsOf(unit))[kind] ?? 0,
  }));
}

/** Adds up one kind in a shape; null while the points are not known. */
export function liveCount(shape: MultiPolygon, kind: string): number | null {
  return points.current ? (count(points.current, shape)[kind] ?? null) : null;
}
