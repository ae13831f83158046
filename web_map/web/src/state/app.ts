import { ApiError } from '../api/errors';
import type { Assignment, Card, CardKind, Category, City, LayerInfo, Me } from '../api/types';
import { narrower, type BBox, type LonLat } from '../geo/coordinates';
import type { CityMap, HoveredUnit } from '../map/create';
import { formatVisibility, linkedVisibility, parseVisibility, type LayerName, type PictureName, type UnitLayer, type Visibility } from '../map/layer-names';
import { readLayers } from './hash';
import { client, me, start } from './session';
import { Value } from './value';

const HIDDEN_KEY = 'citygrid.hidden-layers';
const linked = readLayers(location.hash);

/** Something asked of the server: being asked, answered, or failed with a reason. */
export type Loadable<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly reason: string };

export const LOADING: Loadable<never> = { state: 'loading' };
export const ready = <T>(value: T): Loadable<T> => ({ state: 'ready', value });
export const failed = (error: unknown): Loadable<never> => ({
  state: 'failed',
  reason: error instanceof Error ? error.message : String(error),
});

/** What the user asked about: a point and, where one was hit, the thing that stands there. */
export interface Selection {
  readonly point: LonLat;
  readonly feature: { readonly kind: CardKind; readonly id: string } | null;
}

/** The answer of locate together with the coverage version it was given from. */
export interface Located {
  readonly version: number;
  readonly assignment: Assignment;
}

/** A unit to fill on the map. */
export interface ShownUnit {
  readonly layer: UnitLayer;
  readonly code: string;
}

/** What the page needs before it can draw the city. */
export interface Opened {
  readonly city: City;
  /** What the account may see; nothing else is asked for. */
  readonly layers: readonly LayerInfo[];
  /** Where the account is at home: the whole city, or its own area. */
  readonly home: BBox;
}

export const opened = new Value<Loadable<Opened>>(LOADING);
export const categories = new Value<readonly Category[]>([]);
export const visibility = new Value<Visibility>(
  linked === null ? parseVisibility(localStorage.getItem(HIDDEN_KEY)) : linkedVisibility(linked),
);
/** The map, for what comes later and draws on it. */
export const map = new Value<CityMap['native'] | null>(null);
/** Whom else the map thanks: the base map of another platform, layers with an attribution. */
export const credits = new Value<readonly string[]>([]);
export const selection = new Value<Selection | null>(null);
export const card = new Value<Loadable<Card> | null>(null);
export const located = new Value<Loadable<Located> | null>(null);
export const shownUnit = new Value<ShownUnit | null>(null);
/** True while the duty person alone is being asked again. */
export const askingDuty = new Value(false);
export const category = new Value('');
export const failedTiles = new Value(0);
export const busy = new Value(false);
export const zoom = new Value(0);
export const pointer = new Value<LonLat | null>(null);
export const hovered = new Value<HoveredUnit | null>(null);
/** A short sentence for the corner of the screen and for screen readers. */
export const toast = new Value('');

/** Loads what the page needs; a failure is kept in `opened` with its reason. */
export async function open(account: Me): Promise<void> {
  opened.set(LOADING);
  try {
    const [city, layers, extent] = await Promise.all([client.city(), client.layers(), ownExtent(account)]);
    if (me.current === null) return;
    opened.set(ready({ city, layers, home: narrower(city.bbox, extent) }));
    categories.set(await client.categories());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    if (opened.current.state !== 'ready') opened.set(failed(error));
  }
}

// Who has no grids, such as the account of a department, starts with the whole city.
async function ownExtent(account: Me): Promise<BBox | null> {
  return account.reach === 'city' ? null : client.extent('grids').catch(() => null);
}

/** Forgets everything that was asked for by the account that has left. */
export function close(): void {
  opened.set(LOADING);
  selection.set(null);
  located.set(null);
  card.set(null);
  shownUnit.set(null);
  category.set('');
  categories.set([]);
  failedTiles.set(0);
}

/** Asks the server again after trouble: for the page's data, or only whether it is back. */
export async function tryAgain(): Promise<void> {
  if (!me.current) return start();
  if (opened.current.state !== 'ready') return open(me.current);
  await client.me().catch(() => undefined);
}

export function setLayerVisible(name: LayerName | PictureName, visible: boolean): void {
  setVisibility({ ...visibility.current, [name]: visible });
}

export function setVisibility(next: Visibility): void {
  localStorage.setItem(HIDDEN_KEY, formatVisibility(next));
  visibility.set(next);
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;

/** Says something for four seconds. */
export function say(text: string): void {
  clearTimeout(toastTimer);
  toast.set(text);
  toastTimer = setTimeout(() => toast.set(''), 4000);
}
