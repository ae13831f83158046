import { ApiError, Client } from '../api/client';
import type { Assignment, Card, CardKind, Category, City, LayerInfo, Me } from '../api/types';
import type { LonLat } from '../geo/coordinates';
import type { HoveredUnit } from '../map/create';
import { formatVisibility, parseVisibility, type LayerName, type UnitLayer, type Visibility } from '../map/layer-names';
import type { MessageKey } from '../i18n';
import { Value } from './value';

const TOKEN_KEY = 'citygrid.token';
const HIDDEN_KEY = 'citygrid.hidden-layers';

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
  readonly me: Me;
  readonly city: City;
  readonly layers: readonly LayerInfo[];
}

export const token = new Value<string | null>(sessionStorage.getItem(TOKEN_KEY));
/** Why the log-in card is shown, if there is something to say. */
export const notice = new Value<MessageKey | null>(null);
export const opened = new Value<Loadable<Opened>>(LOADING);
export const categories = new Value<readonly Category[]>([]);
export const visibility = new Value<Visibility>(parseVisibility(localStorage.getItem(HIDDEN_KEY)));
export const selection = new Value<Selection | null>(null);
export const card = new Value<Loadable<Card> | null>(null);
export const located = new Value<Loadable<Located> | null>(null);
export const shownUnit = new Value<ShownUnit | null>(null);
/** True while the duty person alone is being asked again. */
export const askingDuty = new Value(false);
export const category = new Value('');
export const reachable = new Value(true);
export const failedTiles = new Value(0);
export const busy = new Value(false);
export const zoom = new Value(0);
export const pointer = new Value<LonLat | null>(null);
export const hovered = new Value<HoveredUnit | null>(null);
/** A short sentence for the corner of the screen and for screen readers. */
export const toast = new Value('');

export const client = new Client({
  token: () => token.current,
  onExpired: () => expire(),
  onReachable: (isReachable) => reachable.set(isReachable),
});

export function logIn(newToken: string): void {
  sessionStorage.setItem(TOKEN_KEY, newToken);
  notice.set(null);
  token.set(newToken);
}

export function logOut(reason: MessageKey): void {
  sessionStorage.removeItem(TOKEN_KEY);
  notice.set(reason);
  opened.set(LOADING);
  selection.set(null);
  token.set(null);
}

/** Returns to the log-in card because the server no longer knows us; harmless when already there. */
export function expire(): void {
  if (token.current !== null) logOut('login.expired');
}

/** Loads what the page needs; a failure is kept in `opened` with its reason. */
export async function open(): Promise<void> {
  opened.set(LOADING);
  try {
    const [me, city, layers] = await Promise.all([client.me(), client.city(), client.layers()]);
    opened.set(ready({ me, city, layers }));
    categories.set(await client.categories());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    if (opened.current.state !== 'ready') opened.set(failed(error));
  }
}

/** Asks the server again after trouble: for the page's data, or only whether it is back. */
export async function tryAgain(): Promise<void> {
  if (opened.current.state !== 'ready') return open();
  await client.me().catch(() => undefined);
}

export function setLayerVisible(name: LayerName, visible: boolean): void {
  const next = { ...visibility.current, [name]: visible };
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
