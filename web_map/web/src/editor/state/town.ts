import type { BBox } from '../../geo/coordinates';
import { isIn, type Position } from '../../geo/plane';
import { Topology } from '../../geo/topology';
import { isAbort } from '../../api/errors';
import { Value } from '../../state/value';
import { unitsIn } from '../api';
import type { Unit } from '../wire';

/** The neighbourhood that is being worked on: the units of a window and their borders, as the plan has them. */
export interface Town {
  readonly units: ReadonlyMap<string, Unit>;
  readonly topology: Topology;
  /** The window that was asked for; null before the first one. */
  readonly window: BBox | null;
}

const NOWHERE: Town = { units: new Map(), topology: new Topology([]), window: null };
/** From here on single grids can be told apart and taken hold of. */
export const WORK_ZOOM = 13.2;

export const town = new Value<Town>(NOWHERE);
/** The window that the map shows and units are wanted for; null when it is too far away for that. */
let wanted: BBox | null = null;
let plan: number | null = null;
let asking: AbortController | null = null;
export const townBusy = new Value(false);
export const townTrouble = new Value('');

/** Works on another plan from now on. */
export function moveTo(planId: number | null): void {
  asking?.abort();
  plan = planId;
  town.set(NOWHERE);
  if (wanted) void load();
}

/** Tells which window the map shows; asks for its units unless they are here already. */
export function look(bbox: BBox | null): void {
  wanted = bbox;
  if (bbox && plan !== null && !holds(town.current.window, bbox)) void load();
}

/** Asks for the units of the window again, because the plan has changed. */
export async function refresh(): Promise<void> {
  await load();
}

async function load(): Promise<void> {
  asking?.abort();
  if (plan === null || !wanted) return;
  const mine = (asking = new AbortController());
  townBusy.set(true);
  try {
    const window = widened(wanted);
    const { units, arcs } = await unitsIn(plan, window, mine.signal);
    if (mine.signal.aborted) return;
    town.set({ units: new Map(units.map((unit) => [unit.id, unit])), topology: new Topology(arcs), window });
    townTrouble.set('');
  } catch (error) {
    if (!isAbort(error)) townTrouble.set(error instanceof Error ? error.message : String(error));
  } finally {
    if (asking === mine) townBusy.set(false);
  }
}

// A little more than is seen, so that a small move of the map asks for nothing.
function widened([west, south, east, north]: BBox): BBox {
  const [x, y] = [(east - west) * 0.25, (north - south) * 0.25];
  return [west - x, south - y, east + x, north + y];
}

function holds(outer: BBox | null, inner: BBox): boolean {
  return !!outer && inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
}

/** The deepest level in the window: that of the units that have borders of their own. */
export function baseLevel(): number {
  return Math.max(0, ...[...town.current.units.values()].map((unit) => unit.level));
}

export function unitAt(position: Position): Unit | null {
  const level = baseLevel();
  for (const unit of town.current.units.values()) {
    if (unit.level === level && isIn(position, unit.polygons)) return unit;
  }
  return null;
}
