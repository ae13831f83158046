import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { BASE } from './palette';
import { label, type LabelField } from './labels';

const SOURCE = 'basemap';
const ROAD_CLASS: ExpressionSpecification = ['to-string', ['coalesce', ['get', 'class'], ['get', 'kind'], '']];

const MOTORWAYS = ['motorway', 'motorway_link', 'trunk', 'trunk_link'];
const MAIN = ['primary', 'primary_link', 'secondary', 'secondary_link'];
const SMALL = ['service', 'footway', 'path', 'cycleway', 'pedestrian', 'steps', 'track', 'lane', 'living_street'];

type Filter = ExpressionSpecification;

const among = (names: readonly string[]): Filter => ['in', ROAD_CLASS, ['literal', [...names]]];
const isArea: Filter = ['==', ['geometry-type'], 'Polygon'];
const isLine: Filter = ['==', ['geometry-type'], 'LineString'];

/** Returns a width that grows with the zoom through the given [zoom, pixels] stops. */
function width(...stops: ReadonlyArray<readonly [number, number]>): ExpressionSpecification {
  const flat = stops.flatMap(([zoom, pixels]) => [zoom, pixels]);
  return ['interpolate', ['exponential', 1.5], ['zoom'], ...flat] as unknown as ExpressionSpecification;
}

interface RoadKind {
  readonly id: string;
  readonly filter: Filter;
  readonly minzoom: number;
  readonly fill: string;
  readonly casing: string;
  readonly stops: ReadonlyArray<readonly [number, number]>;
}

const ROADS: readonly RoadKind[] = [
  {
    id: 'small',
    filter: among(SMALL),
    minzoom: 14.5,
    fill: BASE.road,
    casing: BASE.roadCasing,
    stops: [[14, 0.6], [17, 4], [20, 14]],
  },
  {
    id: 'minor',
    filter: ['!', among([...MOTORWAYS, ...MAIN, ...SMALL])],
    minzoom: 12.5,
    fill: BASE.road,
    casing: BASE.roadCasing,
    stops: [[12, 0.5], [14, 2], [17, 8], [20, 26]],
  },
  {
    id: 'main',
    filter: among(MAIN),
    minzoom: 9,
    fill: BASE.mainRoad,
    casing: BASE.mainCasing,
    stops: [[9, 0.6], [12, 1.8], [14, 4], [17, 13], [20, 38]],
  },
  {
    id: 'motorway',
    filter: among(MOTORWAYS),
    minzoom: 7,
    fill: BASE.motorway,
    casing: BASE.motorwayCasing,
    stops: [[8, 0.8], [12, 2.6], [14, 5], [17, 15], [20, 42]],
  },
];

function roadLine(kind: RoadKind, part: 'casing' | 'fill'): LayerSpecification {
  const extra_px = part === 'casing' ? 1.4 : 0;
  return {
    id: `base-road-${kind.id}-${part}`,
    type: 'line',
    source: SOURCE,
    'source-layer': 'road',
    filter: kind.filter,
    minzoom: kind.minzoom,
    layout: { 'line-cap': part === 'casing' ? 'butt' : 'round', 'line-join': 'round' },
    paint: {
      'line-color': part === 'casing' ? kind.casing : kind.fill,
      'line-width': width(...kind.stops.map(([zoom, pixels]) => [zoom, pixels + extra_px] as const)),
    },
  };
}

function area(id: string, sourceLayer: string, colour: string, filter?: Filter): LayerSpecification {
  return {
    id,
    type: 'fill',
    source: SOURCE,
    'source-layer': sourceLayer,
    ...(filter ? { filter } : {}),
    paint: { 'fill-color': colour, 'fill-antialias': true },
  };
}

const waterLines: LayerSpecification = {
  id: 'base-water-line',
  type: 'line',
  source: SOURCE,
  'source-layer': 'water',
  filter: isLine,
  layout: { 'line-cap': 'round', 'line-join': 'round' },
  paint: { 'line-color': BASE.water, 'line-width': width([9, 0.6], [13, 2], [17, 7]) },
};

const buildings: LayerSpecification = {
  id: 'base-building',
  type: 'fill',
  source: SOURCE,
  'source-layer': 'building',
  minzoom: 14,
  paint: {
    'fill-color': BASE.building,
    'fill-outline-color': BASE.buildingLine,
    'fill-opacity': ['interpolate', ['linear'], ['zoom'], 14, 0.4, 15, 1],
  },
};

function railLine(part: 'bed' | 'ties'): LayerSpecification {
  const ties = part === 'ties';
  return {
    id: `base-rail-${part}`,
    type: 'line',
    source: SOURCE,
    'source-layer': 'rail',
    minzoom: ties ? 13 : 9,
    paint: {
      'line-color': ties ? BASE.halo : BASE.rail,
      'line-width': ties ? width([13, 0.8], [17, 2]) : width([9, 0.6], [13, 1.8], [17, 3.4]),
      ...(ties ? { 'line-dasharray': [4, 4] } : {}),
    },
  };
}

/** Returns the ground of the map, from land up to roads and rail: no labels. */
export function baseLayers(): LayerSpecification[] {
  return [
    { id: 'base-background', type: 'background', paint: { 'background-color': BASE.land } },
    area('base-land', 'land', BASE.land, isArea),
    area('base-green', 'green', BASE.green, isArea),
    area('base-water', 'water', BASE.water, isArea),
    waterLines,
    buildings,
    ...ROADS.map((kind) => roadLine(kind, 'casing')),
    ...ROADS.map((kind) => roadLine(kind, 'fill')),
    railLine('bed'),
    railLine('ties'),
  ];
}

/** Returns the names on the base map; they come under every other label. */
export function baseLabels(field: LabelField): LayerSpecification[] {
  return [
    label('base-label-poi', SOURCE, 'poi', field, {
      minzoom: 15.5,
      size: [15, 10.5, 18, 12.5],
      colour: BASE.text,
      // Beside the spot, not on it: many a named spot is a sensitive place with a sign of its own.
      layout: {
        'text-max-width': 7,
        'text-padding': 6,
        'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
        'text-radial-offset': 0.8,
        'text-justify': 'auto',
      },
    }),
    label('base-label-road', SOURCE, 'road', field, {
      minzoom: 13,
      size: [13, 10.5, 17, 12.5],
      colour: BASE.text,
      layout: { 'symbol-placement': 'line', 'symbol-spacing': 320, 'text-letter-spacing': 0.05 },
    }),
    label('base-label-water', SOURCE, 'water', field, {
      minzoom: 12.5,
      size: [12, 10.5, 17, 13],
      colour: BASE.waterText,
      filter: isArea,
      layout: { 'text-letter-spacing': 0.1 },
    }),
  ];
}
