import type { LayerSpecification, Map as MapLibreMap } from 'maplibre-gl';
import { absoluteTiles, switchOf } from '../map/style';
import { aboveGround, BASE_PICTURE } from './bands';
import { strengthen } from './drawing';
import type { BaseMap } from './types';

type StyleLayer = Exclude<LayerSpecification, { type: 'background' }>;

/** Weakens the layers that every map has, and pictures of other platforms; each keeps its own opacity as the whole. */
export class CityDimmer {
  readonly #map: MapLibreMap;
  readonly #whole = new Map<string, StyleLayer>();
  #dimmed: Readonly<Record<string, number>> = {};

  constructor(map: MapLibreMap) {
    this.#map = map;
  }

  dim(dimmed: Readonly<Record<string, number>>): void {
    if (!Object.keys({ ...dimmed, ...this.#dimmed }).length) return;
    for (const id of this.#map.getLayersOrder()) {
      const name = id.startsWith('+') ? id.slice(1) : switchOf(id);
      const share = dimmed[name] ?? 1;
      if (share !== 1 || this.#whole.has(id)) this.#weaken(id, share);
    }
    this.#dimmed = dimmed;
  }

  #weaken(id: string, share: number): void {
    const layer = this.#whole.get(id) ?? this.#specification(id);
    if (layer) strengthen(this.#map, layer, share);
  }

  #specification(id: string): StyleLayer | undefined {
    const found = this.#map.getStyle().layers.find((layer) => layer.id === id);
    if (!found || found.type === 'background') return undefined;
    this.#whole.set(id, found);
    return found;
  }
}

/**
 * Lays a base map of another platform over the ground, or takes it away. The offline one stays below, for where the
 * platform gives no tile; its names are left out, since the other one brings its own.
 */
export function layBaseMap(map: MapLibreMap, base: BaseMap | null): void {
  const source = base && [absoluteTiles(base.tiles, location.origin)];
  const there = map.getSource(BASE_PICTURE) as { tiles?: readonly string[] } | undefined;
  if (there?.tiles?.[0] !== source?.[0]) {
    if (map.getLayer(BASE_PICTURE)) map.removeLayer(BASE_PICTURE);
    if (there) map.removeSource(BASE_PICTURE);
    if (base && source) add(map, base, source);
  }
  if (base || there) showNames(map, base || map.getLayoutProperty('base-land', 'visibility') === 'none' ? 'none' : 'visible');
}

function showNames(map: MapLibreMap, visibility: 'visible' | 'none'): void {
  for (const id of map.getLayersOrder()) {
    if (!id.startsWith('base-label') || map.getLayoutProperty(id, 'visibility') === visibility) continue;
    map.setLayoutProperty(id, 'visibility', visibility);
  }
}

function add(map: MapLibreMap, base: BaseMap, tiles: string[]): void {
  const above = aboveGround(map.getLayersOrder());
  map.addSource(BASE_PICTURE, { type: 'raster', tiles, tileSize: 256, minzoom: base.min_zoom, maxzoom: base.max_zoom });
  map.addLayer({ id: BASE_PICTURE, type: 'raster', source: BASE_PICTURE, paint: { 'raster-fade-duration': 0 } }, above);
}
