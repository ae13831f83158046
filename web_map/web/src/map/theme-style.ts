import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { BOLD } from './labels';
import { FIRST_ZOOM } from './layer-names';
import { CLUSTERS, LEAST_RADIUS_WITH_NUMBER_PX, RISK_COLOUR, RISKS, STAGE_COLOUR, STAGES, STATES_OF_STAGE } from './palette';

const isCluster: ExpressionSpecification = ['has', 'count'];
const isSingle: ExpressionSpecification = ['!', ['has', 'count']];

type Cluster = (typeof CLUSTERS)[number];

/** Returns a step expression over the event count of a cluster. */
export function clusterSteps(value: (cluster: Cluster) => string | number): ExpressionSpecification {
  const [first, ...rest] = CLUSTERS;
  const steps = rest.flatMap((cluster) => [cluster.from, value(cluster)]);
  return ['step', ['get', 'count'], value(first), ...steps] as unknown as ExpressionSpecification;
}

/** Over the whole city circles stand close: they are drawn smaller so that the map shows through. */
const FAR_SCALE = 0.78;
const [FAR_ZOOM, NEAR_ZOOM] = [11, 13];

function clusterSize(size_px: (cluster: Cluster) => number): ExpressionSpecification {
  const far = clusterSteps((cluster) => size_px(cluster) * FAR_SCALE);
  return ['interpolate', ['linear'], ['zoom'], FAR_ZOOM, far, NEAR_ZOOM, clusterSteps(size_px)];
}

const count: ExpressionSpecification = ['get', 'count'];
const shortCount: ExpressionSpecification = [
  'case',
  ['>=', count, 1000],
  ['concat', ['to-string', ['/', ['round', ['/', count, 100]], 10]], 'k'],
  ['to-string', count],
];

function countWhereItFits(scale: number): ExpressionSpecification {
  const least = CLUSTERS.find(({ radius_px }) => radius_px * scale >= LEAST_RADIUS_WITH_NUMBER_PX) ?? CLUSTERS[0];
  return ['case', ['>=', count, least.from], shortCount, ''];
}

/** Returns the colour of an event by the stage its state belongs to. */
export function stageColour(): ExpressionSpecification {
  const cases = STAGES.flatMap((stage) => [[...STATES_OF_STAGE[stage]], STAGE_COLOUR[stage]]);
  return ['match', ['to-string', ['get', 'state']], ...cases, STAGE_COLOUR.open] as unknown as ExpressionSpecification;
}

const clusterCircles: LayerSpecification = {
  id: 'events-cluster',
  type: 'circle',
  source: 'events',
  'source-layer': 'events',
  filter: isCluster,
  layout: { 'circle-sort-key': ['get', 'count'] },
  paint: {
    'circle-color': clusterSteps(({ colour }) => colour),
    'circle-radius': clusterSize(({ radius_px }) => radius_px),
    'circle-opacity': 0.88,
    'circle-stroke-color': '#ffffff',
    'circle-stroke-width': 1.5,
    'circle-stroke-opacity': 0.9,
  },
};

const clusterCounts: LayerSpecification = {
  id: 'events-cluster-count',
  type: 'symbol',
  source: 'events',
  'source-layer': 'events',
  filter: isCluster,
  layout: {
    'text-field': ['step', ['zoom'], countWhereItFits(FAR_SCALE), NEAR_ZOOM - 0.5, countWhereItFits(1)],
    'text-font': BOLD,
    'text-size': clusterSteps(({ radius_px }) => 8 + radius_px / 4),
    'text-allow-overlap': true,
    'symbol-sort-key': ['get', 'count'],
  },
  paint: { 'text-color': '#ffffff', 'text-halo-color': 'rgba(90,30,8,0.45)', 'text-halo-width': 0.8 },
};

// What is done steps back, so that the eye finds what is not.
const ENDED = [...STATES_OF_STAGE.closed, ...STATES_OF_STAGE.dropped];
const isClosed: ExpressionSpecification = ['in', ['get', 'state'], ['literal', ENDED]];
const bySize = (open_px: number, closed_px: number): ExpressionSpecification => ['case', isClosed, closed_px, open_px];

const eventPoints: LayerSpecification = {
  id: 'events-point',
  type: 'circle',
  source: 'events',
  'source-layer': 'events',
  filter: isSingle,
  layout: { 'circle-sort-key': ['case', isClosed, 0, 1] },
  paint: {
    'circle-color': stageColour(),
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 14, bySize(3.4, 2.2), 16, bySize(6, 4), 19, bySize(10, 7)],
    'circle-opacity': ['case', isClosed, 0.75, 1],
    'circle-stroke-color': '#ffffff',
    'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 14, 0.8, 16, 1.6],
  },
};

const placeIcons = {
  id: 'places-point',
  type: 'symbol',
  source: 'places',
  'source-layer': 'places',
  minzoom: FIRST_ZOOM.places,
  layout: {
    'icon-image': ['match', ['get', 'risk_level'], ...RISKS.flatMap((risk, index) => [index + 1, `place-${risk}`]), 'place-blue'],
    'icon-size': ['interpolate', ['linear'], ['zoom'], 14, 0.62, 16, 1],
    'icon-allow-overlap': true,
  },
} as unknown as LayerSpecification;

const componentIcons: LayerSpecification = {
  id: 'components-point',
  type: 'symbol',
  source: 'components',
  'source-layer': 'components',
  minzoom: FIRST_ZOOM.components,
  layout: {
    'icon-image': 'component',
    'icon-size': ['interpolate', ['linear'], ['zoom'], 16, 0.7, 19, 1.1],
    'icon-allow-overlap': true,
  },
};

/** Returns components, places and events, in that order. */
export function themeLayers(): LayerSpecification[] {
  return [componentIcons, placeIcons, clusterCircles, eventPoints];
}

/** Returns the numbers in the clusters, which must lie over every label. */
export function themeLabels(): LayerSpecification[] {
  return [clusterCounts];
}

/** Names the icons the style asks for, with the colour of each. */
export function placeIconColours(): ReadonlyArray<readonly [name: string, colour: string]> {
  return RISKS.map((risk) => [`place-${risk}`, RISK_COLOUR[risk]] as const);
}
