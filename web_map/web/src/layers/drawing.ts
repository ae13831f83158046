import type { AddLayerObject, LayerSpecification, Map as MapLibreMap, StyleSpecification } from 'maplibre-gl';
import type { CardKind } from '../api/types';
import { absoluteTiles } from '../map/style';
import { anchor, BANDS, bandOf, placesOf } from './bands';
import type { Shown } from './choice';
import { drawSign, RATIO, signNames } from './signs';
import { opacityProperties, weakened } from './strength';

/** How a layer that is switched on does. */
export type Status =
  | { readonly state: 'loading' | 'ready' | 'empty' }
  | { readonly state: 'failed'; readonly reason: string };

const LOADING: Status = { state: 'loading' };
const READY: Status = { state: 'ready' };
const EMPTY: Status = { state: 'empty' };
/** So many layers come onto the map in one frame: with more at once it would stand still. */
const PER_FRAME = 4;

type StyleLayer = Exclude<LayerSpecification, { type: 'background' }>;

interface Drawn {
  /** In drawing order, under our names. */
  readonly layers: readonly StyleLayer[];
}

interface Entry {
  readonly asked: AbortController;
  language: string;
  drawn: Drawn | null;
  opacity: number;
  /** Whether tiles have come since it was last looked at what they show. */
  isUnseen: boolean;
  hasFailed: boolean;
}

export interface DrawingHooks {
  /** Names the kind of card that a click on one of its points opens; null for none. */
  readonly card: (name: string) => CardKind | null;
  /** Fetches the style of one layer, as the server writes it. */
  readonly style: (name: string, language: string, signal: AbortSignal) => Promise<StyleSpecification>;
  readonly onStatus: (name: string, status: Status | null) => void;
}

const sourceOf = (name: string): string => `@${name}`;

/** Keeps on the map what is switched on: each layer from its own tiles, in its own style, fetched when it is first needed. */
export class Drawing {
  readonly #map: MapLibreMap;
  readonly #hooks: DrawingHooks;
  readonly #entries = new Map<string, Entry>();
  #order: readonly string[] = [];
  #waiting: Array<() => void> = [];
  readonly #stops: Array<() => void> = [];

  constructor(map: MapLibreMap, hooks: DrawingHooks) {
    this.#map = map;
    this.#hooks = hooks;
    this.#addAnchors();
    this.#listen();
  }

  /** Draws these, the first on top, and takes away all others. */
  show(shown: readonly Shown[], language: string): void {
    this.#order = shown.map(({ name }) => name);
    const wanted = new Set(this.#order);
    for (const name of [...this.#entries.keys()]) if (!wanted.has(name)) this.#drop(name);
    for (const one of shown) this.#keep(one, language);
    this.#arrange();
  }

  /** Asks again for a layer that failed. */
  retry(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry) return;
    const { opacity, language } = entry;
    this.#drop(name);
    this.#keep({ name, opacity }, language);
  }

  /** Believes again in layers whose tiles did not come, because they are being asked for once more. */
  forgive(): void {
    for (const [name, entry] of this.#entries) {
      if (!entry.hasFailed) continue;
      if (!entry.drawn) this.retry(name);
      else entry.hasFailed = !(entry.isUnseen = true);
    }
  }

  end(): void {
    for (const stop of this.#stops) stop();
    for (const { asked } of this.#entries.values()) asked.abort();
    this.#entries.clear();
    this.#waiting = [];
  }

  #addAnchors(): void {
    const places = placesOf(this.#map.getLayersOrder());
    for (const band of BANDS) {
      if (this.#map.getLayer(anchor(band))) continue;
      this.#map.addLayer({ id: anchor(band), type: 'background', layout: { visibility: 'none' } }, places[band]);
    }
  }

  #keep({ name, opacity }: Shown, language: string): void {
    const entry = this.#entries.get(name);
    if (!entry) return this.#ask(name, opacity, language);
    if (entry.opacity !== opacity) {
      entry.opacity = opacity;
      this.#strengthen(entry);
    }
    if (entry.language !== language) void this.#translate(name, entry, language);
  }

  #ask(name: string, opacity: number, language: string): void {
    const entry: Entry = { asked: new AbortController(), language, drawn: null, opacity, isUnseen: true, hasFailed: false };
    this.#entries.set(name, entry);
    this.#hooks.onStatus(name, LOADING);
    this.#hooks.style(name, language, entry.asked.signal).then(
      (style) => this.#inTurn(() => this.#entries.get(name) === entry && this.#come(name, entry, style, language)),
      (error: unknown) => this.#fail(name, entry, error),
    );
  }

  #fail(name: string, entry: Entry, error: unknown): void {
    if (entry.asked.signal.aborted || this.#entries.get(name) !== entry) return;
    entry.hasFailed = true;
    this.#hooks.onStatus(name, { state: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }

  // The language may have been changed while it was on its way, and what was translated then was not drawn yet.
  #come(name: string, entry: Entry, style: StyleSpecification, language: string): void {
    this.#draw(name, entry, style);
    if (entry.drawn && entry.language !== language) void this.#translate(name, entry, entry.language);
  }

  #draw(name: string, entry: Entry, style: StyleSpecification): void {
    const own = style.sources[name];
    if (own?.type !== 'vector' || !own.tiles) return this.#fail(name, entry, new Error('no vector tiles'));
    const tiles = own.tiles.map((template) => absoluteTiles(template, location.origin));
    this.#map.addSource(sourceOf(name), { ...own, tiles });
    entry.drawn = { layers: style.layers.flatMap((layer) => renamed(name, layer)) };
    const card = this.#hooks.card(name);
    for (const layer of entry.drawn.layers) {
      this.#addSigns(layer);
      this.#map.addLayer({ ...layer, metadata: { card } } as AddLayerObject, anchor(bandOf(layer)));
    }
    this.#strengthen(entry);
    this.#arrange();
  }

  #addSigns(layer: StyleLayer): void {
    if (layer.type !== 'symbol') return;
    for (const name of new Set(signNames(layer.layout?.['icon-image']))) {
      const image = this.#map.hasImage(name) ? null : drawSign(name);
      if (image) this.#map.addImage(name, image, { pixelRatio: RATIO });
    }
  }

  #strengthen({ drawn, opacity }: Entry): void {
    for (const layer of drawn?.layers ?? []) strengthen(this.#map, layer, opacity);
  }

  async #translate(name: string, entry: Entry, language: string): Promise<void> {
    entry.language = language;
    const style = await this.#hooks.style(name, language, entry.asked.signal).catch(() => null);
    if (this.#entries.get(name) !== entry || entry.language !== language) return;
    if (!style) {
      // Asked for again when the layers are next gone through.
      entry.language = '';
      return;
    }
    for (const layer of style.layers.flatMap((each) => renamed(name, each))) {
      const text = layer.type === 'symbol' ? layer.layout?.['text-field'] : undefined;
      if (text !== undefined && this.#map.getLayer(layer.id)) this.#map.setLayoutProperty(layer.id, 'text-field', text);
    }
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    entry?.asked.abort();
    this.#entries.delete(name);
    for (const { id } of entry?.drawn?.layers ?? []) this.#map.removeLayer(id);
    if (entry?.drawn) this.#map.removeSource(sourceOf(name));
    this.#hooks.onStatus(name, null);
  }

  /** Lets every band stand in the order of the list; moves nothing that stands right. */
  #arrange(): void {
    const lowestFirst = [...this.#order].reverse().flatMap((name) => this.#entries.get(name)?.drawn?.layers ?? []);
    const now = this.#map.getLayersOrder();
    for (const band of BANDS) {
      const wanted = lowestFirst.filter((layer) => bandOf(layer) === band).map(({ id }) => id);
      const there = new Set(wanted);
      const found = now.filter((id) => there.has(id));
      if (found.every((id, at) => id === wanted[at])) continue;
      for (const id of wanted) this.#map.moveLayer(id, anchor(band));
    }
  }

  #inTurn(work: () => unknown): void {
    this.#waiting.push(work);
    if (this.#waiting.length === 1) requestAnimationFrame(() => this.#work());
  }

  #work(): void {
    for (const work of this.#waiting.splice(0, PER_FRAME)) work();
    if (this.#waiting.length) requestAnimationFrame(() => this.#work());
  }

  #listen(): void {
    const tell = (event: object): void => this.#look((event as { sourceId?: string }).sourceId);
    const fail = (event: object): void => this.#trouble(event as { sourceId?: string; error?: Error });
    const rest = (): void => this.#lookAtAll();
    this.#map.on('sourcedataloading', tell);
    this.#map.on('sourcedata', tell);
    this.#map.on('error', fail);
    this.#map.on('idle', rest);
    this.#stops.push(() => {
      this.#map.off('sourcedataloading', tell);
      this.#map.off('sourcedata', tell);
      this.#map.off('error', fail);
      this.#map.off('idle', rest);
    });
  }

  #look(source: string | undefined): void {
    const name = source?.startsWith('@') ? source.slice(1) : '';
    const entry = this.#entries.get(name);
    if (!entry?.drawn || !this.#map.getSource(source!)) return;
    if (entry.hasFailed || this.#map.isSourceLoaded(source!)) return;
    entry.isUnseen = true;
    this.#hooks.onStatus(name, LOADING);
  }

  #trouble({ sourceId, error }: { sourceId?: string; error?: Error }): void {
    const name = sourceId?.startsWith('@') ? sourceId.slice(1) : '';
    const entry = this.#entries.get(name);
    if (entry) this.#fail(name, entry, error ?? new Error('tiles'));
  }

  // When the map rests everything has come or failed. What has come to the new ones is looked at once: a layer that
  // shows nothing here is no fault, but somebody who has just switched it on waits for it.
  #lookAtAll(): void {
    for (const [name, entry] of this.#entries) {
      if (!entry.drawn || !entry.isUnseen || entry.hasFailed || !this.#map.isSourceLoaded(sourceOf(name))) continue;
      const layers = entry.drawn.layers.map(({ id }) => id);
      entry.isUnseen = this.#map.queryRenderedFeatures({ layers }).length === 0;
      this.#hooks.onStatus(name, entry.isUnseen ? EMPTY : READY);
    }
  }
}

function renamed(name: string, layer: LayerSpecification): StyleLayer[] {
  if (layer.type === 'background') return [];
  return [{ ...layer, id: `@${layer.id}`, source: sourceOf(name) } as StyleLayer];
}

/** Draws a style layer by a share of its own strength. */
export function strengthen(map: MapLibreMap, layer: StyleLayer, share: number): void {
  for (const property of opacityProperties(layer.type)) {
    const own = (layer.paint as Record<string, unknown> | undefined)?.[property];
    map.setPaintProperty(layer.id, property as 'fill-opacity', weakened(own, share) as number);
  }
}
