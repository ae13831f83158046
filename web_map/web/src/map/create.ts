import {
  LngLatBounds,
  Map as MapLibreMap,
  Marker,
  ScaleControl,
  setWorkerUrl,
  type FilterSpecification,
  type MapEventType,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  type PointLike,
  type StyleSpecification,
} from 'maplibre-gl';
// `?worker&url` and not `?url`: the latter works in development and leaves a blank map in production.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { CARD_KINDS, type CardKind, type PictureInfo } from '../api/types';
import type { BBox, LonLat } from '../geo/coordinates';
import type { Language } from '../i18n';
import { drawIcons, ICON_RATIO } from './icons';
import { NAMED, nameField } from './labels';
import { SINGLE_EVENT_ZOOM, UNIT_LAYERS, type LayerName, type UnitLayer } from './layer-names';
import { abovePictures, picture, switchOf } from './style';
import { onlyUnit } from './unit-style';

/** What lies under a click. */
export interface Hit {
  readonly point: LonLat;
  readonly feature: { readonly kind: CardKind; readonly id: string } | null;
}

/** The unit under the pointer. */
export interface HoveredUnit {
  readonly code: string;
  readonly name: string;
  readonly name_en: string;
}

export interface MapListeners {
  readonly onClick: (hit: Hit) => void;
  readonly onHover: (unit: HoveredUnit | null) => void;
  readonly onPointer: (point: LonLat | null) => void;
  readonly onMove: (zoom: number) => void;
  readonly onBusy: (busy: boolean) => void;
  /** `status` is the HTTP status of a failed tile, or 0. */
  readonly onError: (status: number, message: string) => void;
  readonly onReady: () => void;
}

export interface MapOptions {
  readonly container: HTMLElement;
  readonly style: StyleSpecification;
  /** What is shown at first. */
  readonly bounds: BBox;
  /** What one may wander about in, with as much again on each side. */
  readonly around: BBox;
  readonly label: string;
  readonly padding_px: Padding;
  /** Whether the address of the page says what is shown; it does unless told otherwise. */
  readonly inAddress?: boolean;
}

/** Room that panels take from each side of the map. */
export interface Padding {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

interface Hover {
  readonly layer: UnitLayer;
  readonly code: string;
}

interface TileAddress {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** MapLibre's error event; of a tile that did not come it says which. */
type ErrorEvent = MapEventType['error'];
type FailedTile = ErrorEvent & {
  readonly sourceId?: string;
  readonly tile?: { readonly tileID: { readonly canonical: TileAddress } };
};

const CLUSTER = '-cluster';
const POINTS = CARD_KINDS.map((kind) => `${kind}-point`);
/** Layers that were switched on; whose card a click opens stands in their metadata. */
const ADDED = /^@.*-(cluster|point|sign)$/;
/** A finger or a shaky hand may miss a dot by this much. */
const REACH_PX = 5;

setWorkerUrl(workerUrl);

/** The city's map: the only place that talks to MapLibre. */
export class CityMap {
  readonly native: MapLibreMap;
  readonly #listen: MapListeners;
  readonly #marker: Marker;
  #hovered: Hover | null = null;
  #styled = false;
  readonly #failed = new Map<string, TileAddress[]>();

  constructor(options: MapOptions, listeners: MapListeners) {
    this.#listen = listeners;
    this.native = new MapLibreMap(nativeOptions(options));
    this.#marker = new Marker({ element: markerElement(), anchor: 'bottom' });
    this.native.getCanvas().setAttribute('aria-label', options.label);
    this.native.addControl(new ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-right');
    this.native.once('style.load', () => this.#addIcons());
    this.native.once('style.load', () => (this.#styled = true));
    this.#connect();
  }

  /** Runs a change of the style now, or once the style has been read. */
  whenStyled(change: () => void): void {
    if (this.#styled) change();
    else this.native.once('style.load', change);
  }

  setLanguage(language: Language, label: string): void {
    for (const layer of this.native.getStyle().layers) {
      const named = (layer.metadata as Record<string, unknown> | undefined)?.[NAMED];
      if (named) this.native.setLayoutProperty(layer.id, 'text-field', nameField(language));
    }
    this.native.getCanvas().setAttribute('aria-label', label);
  }

  setVisible(name: LayerName, visible: boolean): void {
    for (const id of this.native.getLayersOrder()) {
      if (switchOf(id) !== name || id === 'base-background') continue;
      this.native.setLayoutProperty(id, 'visibility', visible ? 'visible' : 'none');
    }
  }

  /**
   * Shows those of the pictures of other platforms that `isShown` names, the later ones above the earlier.
   * Nothing is asked for before it is first shown.
   */
  showPictures(pictures: readonly PictureInfo[], isShown: (info: PictureInfo) => boolean): void {
    const map = this.native;
    let above = abovePictures(map.getLayersOrder());
    for (const info of [...pictures].reverse()) {
      const layer = picture(info, location.origin);
      const shown = isShown(info);
      if (map.getLayer(layer.id)) map.setLayoutProperty(layer.id, 'visibility', shown ? 'visible' : 'none');
      else if (shown) map.addLayer(layer, above);
      else continue;
      above = layer.id;
    }
  }

  /** Puts the marker on a point, or takes it away. */
  mark(point: LonLat | null, label: string): void {
    if (!point) return void this.#marker.remove();
    this.#marker.setLngLat([point.lon, point.lat]).addTo(this.native);
    this.#marker.getElement().setAttribute('aria-label', label);
  }

  /** Fills one unit of one level, or none. */
  select(layer: UnitLayer | null, code: string | null): void {
    for (const name of UNIT_LAYERS) {
      const filter = onlyUnit(name === layer ? code : null) as FilterSpecification;
      for (const part of ['fill', 'line']) {
        const id = `${name}-selected-${part}`;
        if (this.native.getLayer(id)) this.native.setFilter(id, filter);
      }
    }
  }

  /** Moves to a point, which comes to rest in the middle of what panels leave free. */
  flyTo(point: LonLat, zoom: number, padding_px: Padding): void {
    const offset: PointLike = [
      (padding_px.left - padding_px.right) / 2,
      (padding_px.top - padding_px.bottom) / 2,
    ];
    this.native.flyTo({ center: [point.lon, point.lat], zoom, offset, maxDuration: 2500 });
  }

  fit(bbox: BBox, padding_px: Padding): void {
    this.native.fitBounds(LngLatBounds.convert([...bbox]), { padding: { ...padding_px }, maxZoom: 17, maxDuration: 2500 });
  }

  zoomBy(steps: number): void {
    this.native.easeTo({ zoom: this.native.getZoom() + steps, duration: 250 });
  }

  zoom(): number {
    return this.native.getZoom();
  }

  /** Tells whether a point lies in the part of the map that panels leave free. */
  sees(point: LonLat, padding_px: Padding): boolean {
    const { x, y } = this.native.project([point.lon, point.lat]);
    const { clientWidth, clientHeight } = this.native.getContainer();
    const acrossOk = x > padding_px.left && x < clientWidth - padding_px.right;
    return acrossOk && y > padding_px.top && y < clientHeight - padding_px.bottom;
  }

  /** Asks again for the tiles that failed; without their names MapLibre would wait for them for ever. */
  reload(): void {
    const failed = [...this.#failed];
    this.#failed.clear();
    for (const [source, tiles] of failed) if (this.native.getSource(source)) this.native.refreshTiles(source, tiles);
  }

  /** Draws now: a browser that prints would find an empty canvas between two frames. */
  redraw(): void {
    this.native.redraw();
  }

  remove(): void {
    this.native.remove();
  }

  #addIcons(): void {
    for (const { name, image } of drawIcons()) this.native.addImage(name, image, { pixelRatio: ICON_RATIO });
  }

  #connect(): void {
    const map = this.native;
    map.on('click', (event) => this.#click(event));
    map.on('mousemove', (event) => this.#point(event));
    map.on('mouseout', () => this.#leave());
    // A flight moves the map from under a pointer that stands still.
    map.on('movestart', (event) => event.originalEvent ?? this.#leave());
    map.on('move', () => this.#listen.onMove(map.getZoom()));
    map.on('dataloading', () => this.#listen.onBusy(true));
    map.on('idle', () => this.#listen.onBusy(false));
    map.once('idle', () => this.#listen.onReady());
    map.on('error', (event) => this.#fail(event));
    map.getCanvas().addEventListener('keydown', (event) => this.#key(event));
  }

  #fail(event: ErrorEvent): void {
    const { sourceId, tile, error } = event as FailedTile;
    if (sourceId && tile) this.#failed.set(sourceId, [...(this.#failed.get(sourceId) ?? []), tile.tileID.canonical]);
    this.#listen.onError(statusOf(error), error?.message ?? '');
  }

  // Features on a canvas cannot be tabbed to; asking about the centre is the keyboard's way to them.
  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter') return;
    const { lng, lat } = this.native.getCenter();
    this.#listen.onClick({ point: { lon: lng, lat }, feature: null });
  }

  #click(event: MapMouseEvent): void {
    const feature = this.#touched(event);
    if (feature?.layer.id.endsWith(CLUSTER)) return this.#open(event);
    this.#listen.onClick(hitOf(feature, event));
  }

  #open(event: MapMouseEvent): void {
    const zoom = Math.min(Math.max(this.native.getZoom() + 2, 12), SINGLE_EVENT_ZOOM + 0.2);
    this.native.easeTo({ center: event.lngLat, zoom });
  }

  #touched(event: MapMouseEvent): MapGeoJSONFeature | undefined {
    const { x, y } = event.point;
    const ours = ['events-cluster', ...POINTS];
    const layers = this.native.getLayersOrder().filter((id) => ours.includes(id) || ADDED.test(id));
    const box: [PointLike, PointLike] = [[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]];
    return this.native.queryRenderedFeatures(box, { layers })[0];
  }

  #point(event: MapMouseEvent): void {
    this.#listen.onPointer({ lon: event.lngLat.lng, lat: event.lngLat.lat });
    this.native.getCanvas().style.cursor = this.#touched(event) ? 'pointer' : '';
    this.#hover(event);
  }

  #hover(event: MapMouseEvent): void {
    const layers = UNIT_LAYERS.map((name) => `${name}-fill`).filter((id) => this.native.getLayer(id));
    const unit = this.native.queryRenderedFeatures(event.point, { layers })[0];
    const code = unit ? String(unit.properties['code']) : null;
    if (code === (this.#hovered?.code ?? null)) return;
    this.#setHover(unit && code !== null ? { layer: unit.source as UnitLayer, code } : null);
    this.#listen.onHover(unit ? (unit.properties as HoveredUnit) : null);
  }

  #leave(): void {
    this.#setHover(null);
    this.#listen.onHover(null);
    this.#listen.onPointer(null);
  }

  #setHover(next: Hover | null): void {
    if (this.#hovered) this.#mark(this.#hovered, false);
    if (next) this.#mark(next, true);
    this.#hovered = next;
  }

  #mark({ layer, code }: Hover, hover: boolean): void {
    this.native.setFeatureState({ source: layer, sourceLayer: layer, id: code }, { hover });
  }
}

function nativeOptions(options: MapOptions): ConstructorParameters<typeof MapLibreMap>[0] {
  const [west, south, east, north] = options.around;
  const spare = Math.max(east - west, north - south);
  const wide: BBox = [west - spare, south - spare, east + spare, north + spare];
  return {
    container: options.container,
    style: options.style,
    bounds: LngLatBounds.convert([...options.bounds]),
    fitBoundsOptions: { padding: { ...options.padding_px } },
    maxBounds: LngLatBounds.convert([...wide]),
    maxZoom: 20,
    hash: options.inAddress === false ? false : 'map',
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    // Every name is drawn with the families of the style, whatever its script (see labels.ts).
    localIdeographFontFamily: false,
  };
}

function hitOf(feature: MapGeoJSONFeature | undefined, event: MapMouseEvent): Hit {
  const clicked = { lon: event.lngLat.lng, lat: event.lngLat.lat };
  const id = feature?.properties['id'] as string | number | undefined;
  if (!feature || id === undefined || feature.geometry.type !== 'Point') return { point: clicked, feature: null };
  const kind = feature.source.startsWith('@') ? cardOf(feature) : (feature.source as CardKind);
  const [lon = clicked.lon, lat = clicked.lat] = feature.geometry.coordinates;
  return { point: { lon, lat }, feature: kind && { kind, id: String(id) } };
}

function cardOf({ layer }: MapGeoJSONFeature): CardKind | null {
  const { card } = (layer.metadata ?? {}) as { readonly card?: CardKind };
  return card ?? null;
}

function statusOf(error: unknown): number {
  return (error as { status?: number } | undefined)?.status ?? 0;
}

function markerElement(): HTMLElement {
  const element = document.createElement('div');
  element.className = 'map-marker';
  // A name alone is nothing to a screen reader.
  element.setAttribute('role', 'img');
  element.append(document.createElement('span'));
  return element;
}
