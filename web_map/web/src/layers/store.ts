import type { StyleSpecification } from 'maplibre-gl';
import { CARD_KINDS, isPicture, type CardKind } from '../api/types';
import { language, pick } from '../i18n';
import { isLayerName, LAYER_NAMES, pictureName, type Visibility } from '../map/layer-names';
import * as app from '../state/app';
import { readLayers, writePart } from '../state/hash';
import { client } from '../state/session';
import { Value } from '../state/value';
import { CityDimmer, layBaseMap } from './city-layers';
import { formatChoice, MOST, moved, NOTHING, opacityOn, parseChoice, withOpacity, withShown, type Choice } from './choice';
import { Drawing, type Status } from './drawing';
import type { BaseMap, Legend, TreeLayer } from './types';
import { say } from './words';

const REMEMBERED = 'citygrid.layers';

/** What is chosen beside what `app.visibility` says of the city's own layers and of pictures. */
type Own = Pick<Choice, 'shown' | 'dimmed' | 'base'>;

export const own = new Value<Own>(NOTHING);
/** How each layer does that is drawn beside the city's own; none of what is off. */
export const statuses = new Value<ReadonlyMap<string, Status>>(new Map());
/** Legends as far as they have been looked at; null: being asked for. */
/** null: on its way. */
export const legends = new Value<ReadonlyMap<string, Legend | 'failed' | null>>(new Map());
/** How many layers of the link are not here for the reader. */
export const missing = new Value(0);
export const baseMaps = new Value<readonly BaseMap[]>([]);

let drawing: Drawing | null = null;
let dimmer: CityDimmer | null = null;
let known: ReadonlyMap<string, TreeLayer> = new Map();
let isShownOnly = false;

/** Everything that is chosen, as one value. */
export function choice(): Choice {
  const { visibility } = app;
  const pictures = [...known.values()].filter(isPicture).map(({ name }) => name);
  return {
    ...own.current,
    hidden: LAYER_NAMES.filter((name) => !visibility.current[name]),
    pictures: pictures.filter((name) => visibility.current[pictureName(name)]),
  };
}

/** Shows another choice as a whole, of a link or of a scene; it is not remembered before something is changed. */
export function choose(next: Choice): void {
  const shown = next.shown.filter(({ name }) => isOurs(known.get(name))).slice(0, MOST);
  isShownOnly = true;
  app.visibility.set(visibilityOf(next));
  set({ shown, dimmed: next.dimmed, base: next.base });
  isShownOnly = false;
}

function visibilityOf({ hidden, pictures }: Choice): Visibility {
  const ours = LAYER_NAMES.map((name) => [name, !hidden.includes(name)]);
  return Object.fromEntries([...ours, ...pictures.map((name) => [pictureName(name), true])]) as Visibility;
}

export function isOn(layer: TreeLayer): boolean {
  const { current } = app.visibility;
  if (isLayerName(layer.name)) return current[layer.name];
  if (isPicture(layer)) return !!current[pictureName(layer.name)];
  return own.current.shown.some(({ name }) => name === layer.name);
}

/** Switches layers of any kind; at most so many at once that the map stays fluid. */
export function turn(layers: readonly TreeLayer[], on: boolean): void {
  missing.set(0);
  const fixed = layers.filter((layer) => !isOurs(layer));
  const changes = fixed.map((layer) => [isPicture(layer) ? pictureName(layer.name) : layer.name, on]);
  if (changes.length) app.setVisibility({ ...app.visibility.current, ...Object.fromEntries(changes) });
  const names = layers.filter(isOurs).map(({ name }) => name);
  const next = withShown(choice(), names, on);
  if (next.shown.length > MOST && on) app.say(say('most', { most: MOST, left: next.shown.length - MOST }));
  const added = next.shown.length - own.current.shown.length;
  const room = MOST - own.current.shown.length;
  const shown = on && added > room ? [...next.shown.slice(0, Math.max(0, room)), ...own.current.shown] : next.shown;
  set({ ...own.current, shown });
}

/** Whether a layer is drawn by us here, from its own tiles: neither one of the city's own nor a picture. */
function isOurs(layer: TreeLayer | undefined): boolean {
  return !!layer && !isLayerName(layer.name) && !isPicture(layer);
}

export function setOpacity({ name }: TreeLayer, opacity: number): void {
  set(withOpacity(choice(), name, opacity));
}

export function opacityOf({ name }: TreeLayer): number {
  return opacityOn(choice(), name);
}

export function move(name: string, to: string): void {
  set(moved(choice(), name, to));
}

/** Lays a base map of another platform below, or for '' the offline one. */
export function chooseBase(base: string): void {
  app.setLayerVisible('base', true);
  set({ ...own.current, base });
}

export function shownBase(): BaseMap | null {
  return baseMaps.current.find(({ name }) => name === own.current.base) ?? null;
}

/** Takes away all that was added to the city's own layers. */
export function clearAll(): void {
  const pictures = Object.keys(app.visibility.current).filter((name) => name.startsWith('+'));
  app.setVisibility({ ...app.visibility.current, ...Object.fromEntries(pictures.map((name) => [name, false])) });
  set({ ...own.current, shown: [] });
}

export function retry(name: string): void {
  forgive(name);
  drawing?.retry(name);
}

/** Lets a legend that failed be asked for anew. */
export function forgive(name: string): void {
  if (legends.current.get(name) === 'failed') put(legends, name, undefined);
}

/** Asks for the legend of a layer, once. */
export async function needLegend(name: string): Promise<void> {
  if (legends.current.has(name)) return;
  put(legends, name, null);
  try {
    put(legends, name, await client.ask<Legend>(`/api/layers/${encodeURIComponent(name)}/legend`));
  } catch {
    // Kept, so that it is not asked for again at every redraw.
    put(legends, name, 'failed');
  }
}

/** Begins with what the link says, else with what was remembered; from then on both follow what is chosen. */
export function start(layers: readonly TreeLayer[]): void {
  known = new Map(layers.map((layer) => [layer.name, layer]));
  const linked = readLayers(location.hash);
  const first = parseChoice(linked ?? localStorage.getItem(REMEMBERED) ?? '');
  if (linked === null) set({ ...first, shown: first.shown.filter(({ name }) => isOurs(known.get(name))) });
  else follow(first);
  void client.ask<{ base_maps: readonly BaseMap[] }>('/api/base-maps').then(
    ({ base_maps }) => baseMaps.set(base_maps),
    () => undefined,
  );
}

function follow(linked: Choice): void {
  missing.set(linked.shown.filter(({ name }) => !isOurs(known.get(name))).length);
  choose(linked);
  if (missing.current) app.say(say('missing', { n: missing.current }));
}

function set({ shown, dimmed, base }: Own): void {
  own.set({ shown, dimmed, base });
}

app.map.watch((map) => {
  drawing?.end();
  drawing = dimmer = null;
  statuses.set(new Map());
  if (map) begin();
});
own.watch(() => (draw(), remember()));
app.visibility.watch(() => (draw(), remember()));
baseMaps.watch(draw);
language.watch(draw);
app.failedTiles.watch((count) => count || drawing?.forgive());
addEventListener('hashchange', () => {
  const linked = readLayers(location.hash);
  if (linked !== null && linked !== formatChoice(choice())) follow(parseChoice(linked));
});

function begin(): void {
  const map = app.map.current;
  if (!map || drawing) return;
  drawing = new Drawing(map, { card, style, onStatus: (name, status) => put(statuses, name, status ?? undefined) });
  dimmer = new CityDimmer(map);
  draw();
}

function card(name: string): CardKind | null {
  const kind = known.get(name)?.part_of;
  return CARD_KINDS.find((one) => one === kind) ?? null;
}

function style(name: string, lang: string, signal: AbortSignal): Promise<StyleSpecification> {
  return client.ask(`/api/layers/${encodeURIComponent(name)}/style.json?lang=${lang}`, { signal });
}

function draw(): void {
  if (!known.size) return;
  if (!drawing) return begin();
  drawing.show(own.current.shown, language.current);
  dimmer?.dim(own.current.dimmed);
  if (app.map.current) layBaseMap(app.map.current, app.visibility.current.base ? shownBase() : null);
  thank();
}

// Texts of strangers: never markup.
function thank(): void {
  const base = app.visibility.current.base ? shownBase() : null;
  const number = base?.review_number ? `审图号 ${base.review_number}` : '';
  const shown = own.current.shown.map(({ name }) => known.get(name)?.attribution ?? '');
  const next = [[base?.attribution, number].filter(Boolean).join(' · '), ...shown].filter(Boolean);
  if (next.join() !== app.credits.current.join()) app.credits.set(next);
}

function remember(): void {
  if (!known.size) return;
  const all = choice();
  if (!isShownOnly) localStorage.setItem(REMEMBERED, formatChoice({ ...all, hidden: [], pictures: [] }));
  const { pathname, search, hash } = location;
  const next = writePart(hash, 'layers', formatChoice(all));
  if (next !== hash) history.replaceState(history.state, '', pathname + search + next);
}

function put<T>(value: Value<ReadonlyMap<string, T>>, name: string, next: T | undefined): void {
  if (same(value.current.get(name), next) && value.current.has(name) === (next !== undefined)) return;
  const copy = new Map(value.current);
  if (next === undefined) copy.delete(name);
  else copy.set(name, next);
  value.set(copy);
}

const same = (a: unknown, b: unknown): boolean => a === b || (!!a && !!b && JSON.stringify(a) === JSON.stringify(b));

/** The name of a layer in the language of the page. */
export const titleOf = (layer: TreeLayer): string => pick(layer.title, layer.title_en);
