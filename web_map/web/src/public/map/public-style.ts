import type { StyleSpecification } from 'maplibre-gl';
import type { Language } from '../../i18n/translator';
import { baseLabels, baseLayers } from '../../map/base-style';
import { BOLD, nameField } from '../../map/labels';
import { absoluteTiles } from '../../map/style';

/** The source of the places that were found. */
export const FOUND = 'found';
const TILES = '/api/public/tiles/{z}/{x}/{y}.mvt';

/** Our base map, and numbered dots above it. */
export function publicStyle(language: Language, origin: string): StyleSpecification {
  return {
    version: 8,
    sources: {
      basemap: { type: 'vector', tiles: [absoluteTiles(TILES, origin)], minzoom: 0, maxzoom: 16 },
      [FOUND]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    },
    layers: [
      ...baseLayers(),
      ...baseLabels(nameField(language)),
      {
        id: 'found-dot',
        type: 'circle',
        source: FOUND,
        layout: { 'circle-sort-key': ['-', 0, ['get', 'rank']] },
        paint: { 'circle-radius': 11, 'circle-color': '#0f5ea8', 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 },
      },
      {
        id: 'found-number',
        type: 'symbol',
        source: FOUND,
        layout: {
          'text-field': ['get', 'number'],
          'text-font': BOLD,
          'text-size': 12,
          'text-allow-overlap': true,
          'symbol-sort-key': ['-', 0, ['get', 'rank']],
        },
        paint: { 'text-color': '#ffffff' },
      },
    ],
  };
}
