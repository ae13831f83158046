import type { BBox, LonLat } from '../../geo/coordinates';
import { boxOf, type MultiPolygon } from '../../geo/plane';
import { opened } from '../../state/app';
import { client } from '../../state/session';
import type { Padding } from '../../map/create';
import { theMap } from '../tools/pointing';
import { polygonsOf, type Leaf } from '../wire';
import * as api from '../api';
import { diff, plan } from './plan';
import { town } from './town';
import { known } from './tree';

/** A single grid is looked at from here. */
const CLOSE_ZOOM = 16.5;

const PADDING: Padding = { top: 60, right: 60, bottom: 150, left: 140 };

export function padding(): Padding {
  return innerWidth < 721 ? { top: 20, right: 20, bottom: 160, left: 20 } : PADDING;
}

export function fit(bbox: BBox): void {
  theMap()?.fit(bbox, padding());
}

export function goTo(point: LonLat): void {
  const map = theMap();
  map?.flyTo(point, Math.max(map.zoom(), CLOSE_ZOOM), padding());
}

export function bboxOf(polygons: MultiPolygon): BBox | null {
  const all = polygons.flatMap((polygon) => polygon[0] ?? []);
  if (!all.length) return null;
  const { west, south, east, north } = boxOf(all);
  return [west, south, east, north];
}

/** Shows a unit as a whole: as the plan has it when it is in the window, else where it is in force. */
export async function goToUnit(leaf: Pick<Leaf, 'id'>): Promise<void> {
  const here = bboxOf(town.current.units.get(leaf.id)?.polygons ?? []);
  const bbox = here ?? (await bboxInForce(leaf.id));
  if (bbox) fit(bbox);
}

async function bboxInForce(id: string): Promise<BBox | null> {
  const code = known().leaves.get(id)?.code ?? (await codeOf(id));
  if (!code) return null;
  const found = await client.search(code, 'wgs84').catch(() => null);
  return found?.results.find((one) => one.code === code)?.bbox ?? null;
}

async function codeOf(id: string): Promise<string | null> {
  const chain = plan.current ? await api.treeAbove(plan.current.id, id).catch(() => []) : [];
  return chain.at(-1)?.code ?? null;
}

/** Shows everything that the plan changes; stays where it is when that is nothing. */
export function showChanges(): void {
  const shapes = diff.current.units.flatMap((unit) => [unit.before_shape, unit.after_shape]);
  const bbox = bboxOf(shapes.flatMap((shape) => polygonsOf(shape ?? null)));
  if (bbox) fit(bbox);
}

export function showHome(): void {
  if (opened.current.state === 'ready') fit(opened.current.value.home);
}
