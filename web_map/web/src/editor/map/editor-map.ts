import type { GeoJSONSource, MapMouseEvent, MapTouchEvent, VectorTileSource } from 'maplibre-gl';
import { query } from '../../api/client';
import type { City, LayerInfo } from '../../api/types';
import type { BBox, LonLat } from '../../geo/coordinates';
import type { Line, Position } from '../../geo/plane';
import { language } from '../../i18n';
import { CityMap, type Padding } from '../../map/create';
import { isUnitLayer, UNIT_LAYERS } from '../../map/layer-names';
import { absoluteTiles } from '../../map/style';
import type { BaseMap, Collection } from '../wire';
import { BASE_PICTURE, layBaseMap } from './base-picture';
import { say } from '../words';
import { editorStyle, type SourceName } from './editor-style';

/** What a pointer does, be it a mouse or a finger. */
export interface Touch {
  readonly at: Position;
  readonly x: number;
  readonly y: number;
  /** Shift or Ctrl is held: add to what is selected. */
  readonly adding: boolean;
  readonly byFinger: boolean;
}

export interface Hands {
  /** True when the movement that begins here is not one of the map. */
  down(touch: Touch): boolean;
  move(touch: Touch): void;
  up(touch: Touch): void;
  click(touch: Touch): void;
  double(touch: Touch): void;
  /** A right click, or a finger that rests. */
  menu(touch: Touch): void;
  moved(): void;
  zoomed(zoom: number): void;
  pointed(at: LonLat | null): void;
  /** A tile of the base map of another platform did not come. */
  baseFailed(): void;
  ready(): void;
}

/** What the address of a base map's tile has in it. */
const BASE_TILES = '/api/base-maps/';
/** The server is told of a new version a moment after it has come into force. */
const FORGETS_MS = 1500;
const LONG_PRESS_MS = 550;
const SHAKE_PX = 8;
/** How near, in pixels, a pointer has to come to what it means. */
const REACH_PX = { mouse: 10, finger: 20 } as const;

type AnyEvent = MapMouseEvent | MapTouchEvent;

/** The map of the editor: passes on what pointers do and shows what the editor puts on it. */
export class EditorMap {
  readonly city: CityMap;
  readonly #hands: Hands;
  #held = false;
  #press: ReturnType<typeof setTimeout> | undefined;
  #began: Touch | null = null;
  #selected: readonly string[] = [];
  #hovered: string | null = null;

  constructor(container: HTMLElement, about: { city: City; home: BBox; layers: readonly LayerInfo[] }, padding_px: Padding, hands: Hands) {
    this.#hands = hands;
    const style = editorStyle(about.layers, language.current, location.origin);
    const bounds = { bounds: about.home, around: about.city.bbox };
    this.city = new CityMap({ container, style, ...bounds, label: say('map.label'), padding_px }, {
      onClick: () => undefined,
      onHover: () => undefined,
      onPointer: (point) => hands.pointed(point),
      onMove: (zoom) => void hands.zoomed(zoom),
      onBusy: () => undefined,
      onError: (_, message) => message.includes(BASE_TILES) || console.error(`map: ${message}`),
      onReady: () => hands.ready(),
    });
    this.#connect();
  }

  /** Fills a source; what is gone from it is gone from the map. */
  show(name: SourceName, features: Collection['features']): void {
    this.city.whenStyled(() => {
      const source = this.city.native.getSource(name) as GeoJSONSource | undefined;
      source?.setData({ type: 'FeatureCollection', features } as unknown as Parameters<GeoJSONSource['setData']>[0]);
    });
  }

  /** Marks units as selected or under the pointer. */
  mark(selected: readonly string[], hovered: string | null): void {
    this.city.whenStyled(() => {
      for (const id of this.#selected) this.#set(id, { selected: false });
      if (this.#hovered) this.#set(this.#hovered, { hovered: false });
      for (const id of selected) this.#set(id, { selected: true });
      if (hovered) this.#set(hovered, { hovered: true });
      this.#selected = selected;
      this.#hovered = hovered;
    });
  }

  /** Takes the labels and grey borders of what the plan shows itself off the published tiles. */
  hidePublished(codes: readonly string[]): void {
    this.city.whenStyled(() => {
      for (const id of ['grids-label', 'communities-label']) {
        if (this.city.native.getLayer(id)) this.city.native.setFilter(id, ['!', ['in', ['get', 'code'], ['literal', [...codes]]]]);
      }
    });
  }

  /** Shows or hides everything that belongs to the plan, to compare with what is in force. */
  showPlan(visible: boolean): void {
    this.city.whenStyled(() => {
      for (const id of this.city.native.getLayersOrder()) {
        if (/^(plan|changed|handles)-/.test(id)) this.city.native.setLayoutProperty(id, 'visibility', visible ? 'visible' : 'none');
      }
    });
  }

  /** Shows the published units as they were in force at a moment; null is now. */
  showAt(layers: readonly LayerInfo[], at: string | null): void {
    this.city.whenStyled(() => {
      for (const { name, tiles } of layers) {
        const source = isUnitLayer(name) ? (this.city.native.getSource(name) as VectorTileSource | undefined) : undefined;
        const url = absoluteTiles(tiles, location.origin);
        source?.setTiles([at ? `${url}${url.includes('?') ? '&' : '?'}${query({ at })}` : url]);
      }
    });
  }

  /** Reads what is in force again: a plan has been published. */
  refreshPublished(): void {
    const read = (): void => this.city.whenStyled(() => {
      for (const name of UNIT_LAYERS) if (this.city.native.getSource(name)) this.city.native.refreshTiles(name);
    });
    read();
    setTimeout(read, FORGETS_MS);
  }

  showBase(base: BaseMap | null): void {
    this.city.whenStyled(() => layBaseMap(this.city.native, base));
  }

  bounds(): BBox {
    const bounds = this.city.native.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  zoom(): number {
    return this.city.zoom();
  }

  fit(bbox: BBox, padding_px: Padding): void {
    this.city.fit(bbox, padding_px);
  }

  flyTo(point: LonLat, zoom: number, padding_px: Padding): void {
    this.city.flyTo(point, zoom, padding_px);
  }

  project(at: Position): { readonly x: number; readonly y: number } {
    return this.city.native.project([at[0], at[1]]);
  }

  /** How far a pointer may miss, in metres on the ground. */
  reach_m(byFinger: boolean): number {
    const { lat } = this.city.native.getCenter();
    const metresPerPixel = (40_075_016 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** this.zoom());
    return REACH_PX[byFinger ? 'finger' : 'mouse'] * metresPerPixel;
  }

  /** Reads the centrelines of streets from the tiles of the base map that are loaded. */
  streets(): Line[] {
    const found = this.city.native.querySourceFeatures('basemap', { sourceLayer: 'road' });
    return found.flatMap(({ geometry }): Line[] => {
      if (geometry.type === 'LineString') return [geometry.coordinates as unknown as Line];
      return geometry.type === 'MultiLineString' ? (geometry.coordinates as unknown as Line[]) : [];
    });
  }

  translate(): void {
    this.city.whenStyled(() => this.city.setLanguage(language.current, say('map.label')));
  }

  remove(): void {
    this.city.remove();
  }

  #set(id: string, state: Record<string, boolean>): void {
    this.city.native.setFeatureState({ source: 'plan-units', id }, state);
  }

  #connect(): void {
    const map = this.city.native;
    map.doubleClickZoom.disable();
    map.boxZoom.disable();
    map.on('mousedown', (event) => event.originalEvent.button === 0 && this.#down(event));
    map.on('mousemove', (event) => this.#move(event));
    map.on('mouseup', (event) => this.#up(event));
    map.on('touchstart', (event) => this.#down(event));
    map.on('touchmove', (event) => this.#move(event));
    map.on('touchend', (event) => this.#up(event));
    map.on('click', (event) => this.#hands.click(touchOf(event)));
    map.on('dblclick', (event) => this.#hands.double(touchOf(event)));
    map.on('contextmenu', (event) => this.#hands.menu(touchOf(event)));
    map.on('moveend', () => this.#hands.moved());
    map.on('error', (event) => (event as { sourceId?: string }).sourceId === BASE_PICTURE && this.#hands.baseFailed());
    map.getCanvas().addEventListener('keydown', (event) => this.#key(event));
  }

  #down(event: AnyEvent): void {
    const touch = touchOf(event);
    clearTimeout(this.#press);
    if (touch.byFinger && 'touches' in event.originalEvent && event.originalEvent.touches.length > 1) return this.#letGo();
    this.#began = touch;
    if (touch.byFinger) this.#press = setTimeout(() => this.#rest(touch), LONG_PRESS_MS);
    this.#held = this.#hands.down(touch);
    if (!this.#held) return;
    event.preventDefault();
    this.city.native.dragPan.disable();
  }

  #move(event: AnyEvent): void {
    const touch = touchOf(event);
    const began = this.#began;
    if (began && Math.hypot(began.x - touch.x, began.y - touch.y) > SHAKE_PX) clearTimeout(this.#press);
    if (this.#held) event.preventDefault();
    this.#hands.move(touch);
  }

  #up(event: AnyEvent): void {
    clearTimeout(this.#press);
    this.#began = null;
    if (this.#held) this.#hands.up(touchOf(event));
    this.#letGo();
  }

  #rest(touch: Touch): void {
    this.#letGo();
    this.#hands.menu(touch);
  }

  #letGo(): void {
    this.#held = false;
    this.city.native.dragPan.enable();
  }

  // What a mouse does with a click, the keyboard does in the middle of the map.
  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.defaultPrevented) return;
    const { lng, lat } = this.city.native.getCenter();
    const { x, y } = this.city.native.project([lng, lat]);
    this.#hands.click({ at: [lng, lat], x, y, adding: event.shiftKey, byFinger: false });
  }
}

function touchOf(event: AnyEvent): Touch {
  const { lng, lat } = event.lngLat;
  const original = event.originalEvent;
  const byFinger = 'touches' in original;
  return { at: [lng, lat], x: event.point.x, y: event.point.y, adding: original.shiftKey || original.ctrlKey || original.metaKey, byFinger };
}
