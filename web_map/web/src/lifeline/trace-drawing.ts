import type { GeoJSONSource, LayerSpecification, Map as MapLibreMap } from 'maplibre-gl';
import { BOLD } from '../map/labels';
import type { Shapes } from './trace';

const SOURCE = 'trace';
const CUT_OFF = '#d1402b';
const VALVE = '#1a1a1a';
const NOTHING: Shapes = { type: 'FeatureCollection', features: [] };

type Data = Parameters<GeoJSONSource['setData']>[0];

const LAYERS: readonly LayerSpecification[] = [
  {
    id: 'trace-casing', type: 'line', source: SOURCE, filter: ['==', ['get', 'kind'], 'link'],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': '#ffffff', 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 5, 18, 13] },
  },
  {
    id: 'trace-line', type: 'line', source: SOURCE, filter: ['==', ['get', 'kind'], 'link'],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': CUT_OFF, 'line-width': ['interpolate', ['linear'], ['zoom'], 12, 3, 18, 8] },
  },
  {
    id: 'trace-valve', type: 'circle', source: SOURCE, filter: ['==', ['get', 'kind'], 'device'],
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 5, 18, 11],
      'circle-color': '#ffffff', 'circle-stroke-color': VALVE, 'circle-stroke-width': 3,
    },
  },
  {
    id: 'trace-code', type: 'symbol', source: SOURCE, filter: ['==', ['get', 'kind'], 'device'],
    layout: {
      'text-field': ['get', 'code'], 'text-size': 13, 'text-offset': [0, 1.1], 'text-anchor': 'top',
      'text-font': BOLD, 'text-allow-overlap': true,
    },
    paint: { 'text-color': VALVE, 'text-halo-color': '#ffffff', 'text-halo-width': 2 },
  },
];

/** Draws what a trace found, or takes it off the map. */
export function draw(map: MapLibreMap, features: Shapes | null): void {
  const source = map.getSource<GeoJSONSource>(SOURCE);
  if (source) return void source.setData((features ?? NOTHING) as unknown as Data);
  if (!features) return;
  map.addSource(SOURCE, { type: 'geojson', data: features as unknown as Data });
  for (const layer of LAYERS) map.addLayer(layer);
}
