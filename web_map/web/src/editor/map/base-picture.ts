import type { Map as MapLibreMap } from 'maplibre-gl';
import { absoluteTiles } from '../../map/style';
import type { BaseMap } from '../wire';

/** The source and the layer of a base map of another platform. */
export const BASE_PICTURE = 'picture-of-base';

const isGround = (id: string): boolean => id.startsWith('base-') || id === BASE_PICTURE;

/**
 * Lays a base map of another platform over the offline one, or takes it away. The offline one stays below with its
 * names: where the platform gives no tile, it is seen.
 */
export function layBaseMap(map: MapLibreMap, base: BaseMap | null): void {
  if (map.getLayer(BASE_PICTURE)) map.removeLayer(BASE_PICTURE);
  if (map.getSource(BASE_PICTURE)) map.removeSource(BASE_PICTURE);
  order(map, base !== null);
  if (!base) return;
  const tiles = [absoluteTiles(base.tiles, location.origin)];
  map.addSource(BASE_PICTURE, { type: 'raster', tiles, tileSize: 256, minzoom: base.min_zoom, maxzoom: base.max_zoom });
  map.addLayer({ id: BASE_PICTURE, type: 'raster', source: BASE_PICTURE, paint: { 'raster-fade-duration': 0 } }, aboveGround(map));
}

/** Names the first layer that is no part of the ground. */
function aboveGround(map: MapLibreMap): string | undefined {
  return map.getLayersOrder().find((id) => !isGround(id));
}

const placed = new WeakMap<MapLibreMap, readonly (readonly [string, string | undefined])[]>();

// The names of the offline map lie above our borders; below a picture they go to the ground.
function order(map: MapLibreMap, isCovered: boolean): void {
  const ids = map.getLayersOrder();
  const ground = aboveGround(map);
  if (!placed.has(map)) {
    const names = ids.filter((id, index) => id.startsWith('base-') && index > ids.indexOf(ground ?? ''));
    placed.set(map, names.map((id) => [id, ids[ids.indexOf(id) + 1]] as const));
  }
  const names = placed.get(map)!;
  if (isCovered) for (const [id] of names) map.moveLayer(id, ground);
  else for (const [id, next] of [...names].reverse()) map.moveLayer(id, next);
}
