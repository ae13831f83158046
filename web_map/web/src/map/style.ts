import type { AddLayerObject, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { LayerInfo, PictureInfo } from '../api/types';
import type { Language } from '../i18n';
import { baseLabels, baseLayers } from './base-style';
import { nameField } from './labels';
import { FIRST_ZOOM, isLayerName, isUnitLayer, pictureName, type LayerName, type Visibility } from './layer-names';
import { themeLabels, themeLayers } from './theme-style';
import { unitLabels, unitLayers } from './unit-style';

/** Sources beyond this zoom are drawn from their deepest tiles. */
const DEEPEST_TILES = 16;

/** Tells which entry of the layer switcher a style layer belongs to. */
export function switchOf(styleLayerId: string): LayerName {
  return styleLayerId.split('-', 1)[0] as LayerName;
}

/** Makes a tile template absolute: MapLibre's worker would resolve it against its own script. */
export function absoluteTiles(template: string, origin: string): string {
  return template.startsWith('/') ? origin + template : template;
}

function source(info: Pick<LayerInfo, 'name' | 'tiles'>, origin: string): SourceSpecification {
  return {
    type: 'vector',
    tiles: [absoluteTiles(info.tiles, origin)],
    minzoom: firstTiles(info.name),
    maxzoom: DEEPEST_TILES,
    // Units are known by their code; hovering goes by it.
    ...(isUnitLayer(info.name) ? { promoteId: 'code' } : {}),
  };
}

/** Returns the pictures of another platform, with the source that they come from through our own door. */
export function picture(info: PictureInfo, origin: string): AddLayerObject & { readonly id: string } {
  const [url, tiles] = [absoluteTiles(info.tilejson, origin), [absoluteTiles(info.tiles, origin)]];
  return { id: pictureName(info.name), type: 'raster', source: { type: 'raster', url, tiles, tileSize: 256 } };
}

/** Names the layer that pictures come to lie under: the first that is no part of the ground. */
export function abovePictures(ids: readonly string[]): string | undefined {
  return ids.find((id) => !/^(\+|base-(?!label))/.test(id));
}

// Tiles above the zoom a layer is drawn from would be fetched for nothing.
function firstTiles(name: string): number {
  return Math.min(isLayerName(name) ? FIRST_ZOOM[name] : 0, DEEPEST_TILES);
}

function sources(catalogue: readonly LayerInfo[], origin: string): StyleSpecification['sources'] {
  const base = { name: 'basemap', tiles: '/tiles/basemap/{z}/{x}/{y}.mvt' };
  // Layers that are drawn only when they are switched on bring their sources then: MapLibre looks after each at every frame.
  const others = catalogue.filter((info) => isLayerName(info.name) && info.name !== 'base');
  const listed = [...others, catalogue.find((info) => info.name === base.name) ?? base];
  return Object.fromEntries(listed.map((info) => [info.name, source(info, origin)]));
}

function withVisibility(layer: LayerSpecification, visibility: Visibility): LayerSpecification {
  if (layer.type === 'background') return layer;
  const shown = visibility[switchOf(layer.id)] ? 'visible' : 'none';
  return { ...layer, layout: { ...layer.layout, visibility: shown } } as LayerSpecification;
}

/** Returns every style layer in drawing order; names are written in `language`. */
export function styleLayers(language: Language): LayerSpecification[] {
  const field = nameField(language);
  return [
    ...baseLayers(),
    ...unitLayers(),
    ...themeLayers(),
    ...baseLabels(field),
    ...unitLabels(field),
    ...themeLabels(),
  ];
}

/** Builds the map style from the layer catalogue; layers whose source is not in the catalogue are left out. */
export function buildStyle(
  catalogue: readonly LayerInfo[],
  language: Language,
  visibility: Visibility,
  origin: string,
): StyleSpecification {
  const known = sources(catalogue, origin);
  const layers = styleLayers(language).filter((layer) => !('source' in layer) || layer.source in known);
  return {
    version: 8,
    name: 'citygrid',
    sources: known,
    layers: layers.map((layer) => withVisibility(layer, visibility)),
    transition: { duration: 200, delay: 0 },
  };
}
