import { isAbort } from '../api/errors';
import type { CardKind } from '../api/types';
import type { LonLat } from '../geo/coordinates';
import type { UnitLayer } from '../map/layer-names';
import * as app from './app';
import { writeAt } from './hash';
import { client } from './session';

// A newer question ends the older one, so answers can never arrive out of order.
let running: AbortController | null = null;

function restart(): AbortSignal {
  running?.abort();
  running = new AbortController();
  return running.signal;
}

/** Asks about a point and, if one was hit, the thing that stands there. */
export async function select(point: LonLat, feature: app.Selection['feature'] = null): Promise<void> {
  const signal = restart();
  app.selection.set({ point, feature });
  app.shownUnit.set(null);
  app.located.set(app.LOADING);
  app.card.set(feature ? app.LOADING : null);
  remember(point);
  try {
    await locate(feature ? await readCard(feature.kind, feature.id, point, signal) : point, signal);
  } catch (error) {
    if (!isAbort(error)) app.located.set(app.failed(error));
  }
}

/** Asks again for the same point with another kind of matter; only the duty person may change. */
export async function chooseCategory(code: string): Promise<void> {
  app.category.set(code);
  const point = app.selection.current?.point;
  if (!point) return;
  const signal = restart();
  app.askingDuty.set(true);
  try {
    await locate(point, signal);
  } catch (error) {
    if (!isAbort(error)) app.located.set(app.failed(error));
  } finally {
    if (!signal.aborted) app.askingDuty.set(false);
  }
}

/** Asks the last question again. */
export function retry(): void {
  const last = app.selection.current;
  if (last) void select(last.point, last.feature);
}

export function clear(): void {
  running?.abort();
  app.selection.set(null);
  app.located.set(null);
  app.card.set(null);
  app.shownUnit.set(null);
  app.askingDuty.set(false);
  remember(null);
}

// A tile rounds its points to about a hand's breadth, which is enough to land across a border:
// the card knows the true position.
async function readCard(kind: CardKind, id: string, drawn: LonLat, signal: AbortSignal): Promise<LonLat> {
  try {
    const card = await client.card(kind, id, signal);
    app.card.set(app.ready(card));
    const point = { lon: card.lon, lat: card.lat };
    app.selection.set({ point, feature: { kind, id } });
    remember(point);
    return point;
  } catch (error) {
    if (isAbort(error)) throw error;
    app.card.set(app.failed(error));
    return drawn;
  }
}

async function locate(point: LonLat, signal: AbortSignal): Promise<void> {
  const answer = await client.locate(point, app.category.current, signal);
  const assignment = answer.assignments[0];
  if (!assignment) throw new Error('locate: no assignment');
  app.located.set(app.ready({ version: answer.version, assignment }));
  const unit = assignment.chain.at(-1);
  if (!app.shownUnit.current) app.shownUnit.set(unit ? { layer: 'grids', code: unit.code } : null);
}

const LAYER_OF_LEVEL: Readonly<Record<number, UnitLayer>> = { 2: 'streets', 3: 'communities', 4: 'grids' };

/** Returns the layer that draws units of a level; the district has none of its own. */
export function layerOfLevel(level: number): UnitLayer | null {
  return LAYER_OF_LEVEL[level] ?? null;
}

function remember(point: LonLat | null): void {
  const { pathname, search, hash } = location;
  history.replaceState(history.state, '', pathname + search + writeAt(hash, point));
}
