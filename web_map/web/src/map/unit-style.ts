import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import { BOLD, gridNumber, label, MEDIUM, type LabelField } from './labels';
import { FIRST_ZOOM, type UnitLayer } from './layer-names';
import { UNIT } from './palette';

const NOTHING: ExpressionSpecification = ['==', ['get', 'code'], ''];

/** Returns the filter that keeps one unit, or none for null. */
export function onlyUnit(code: string | null): ExpressionSpecification {
  return code === null ? NOTHING : ['==', ['get', 'code'], code];
}

/** The zooms at which the pointer picks up a unit of each level, so that only one level answers at a time. */
export const HOVER_ZOOM: Readonly<Record<UnitLayer, readonly [number, number]>> = {
  streets: [0, FIRST_ZOOM.communities],
  communities: [FIRST_ZOOM.communities, FIRST_ZOOM.grids],
  grids: [FIRST_ZOOM.grids, 24],
};

const LINE_WIDTH: Readonly<Record<UnitLayer, ExpressionSpecification>> = {
  streets: ['interpolate', ['linear'], ['zoom'], 9, 1, 11, 1.5, 14, 2.2, 18, 3],
  communities: ['interpolate', ['linear'], ['zoom'], 12, 0.7, 14, 1.4, 18, 2.4],
  grids: ['interpolate', ['linear'], ['zoom'], 13, 0.5, 15, 1, 18, 1.6],
};

/** Fills that only show while hovered; their being there makes the whole area clickable. */
function hoverFill(name: UnitLayer): LayerSpecification {
  const [minzoom, maxzoom] = HOVER_ZOOM[name];
  return {
    id: `${name}-fill`,
    type: 'fill',
    source: name,
    'source-layer': name,
    minzoom,
    maxzoom,
    paint: {
      'fill-color': UNIT[name],
      'fill-opacity': ['case', ['boolean', ['feature-state', 'hover'], false], 0.13, name === 'streets' ? 0.035 : 0],
    },
  };
}

function borderLine(name: UnitLayer): LayerSpecification {
  return {
    id: `${name}-line`,
    type: 'line',
    source: name,
    'source-layer': name,
    minzoom: FIRST_ZOOM[name],
    layout: { 'line-join': 'round' },
    paint: {
      'line-color': UNIT[name],
      'line-width': LINE_WIDTH[name],
      'line-opacity': name === 'grids' ? ['interpolate', ['linear'], ['zoom'], 13, 0.35, 14.5, 0.8] : 0.85,
      ...(name === 'communities' ? { 'line-dasharray': [5, 1.6] } : {}),
    },
  };
}

/** The soft band along a street border, which lets the eye follow it under everything else. */
const streetBand: LayerSpecification = {
  id: 'streets-band',
  type: 'line',
  source: 'streets',
  'source-layer': 'streets',
  layout: { 'line-join': 'round' },
  paint: {
    'line-color': UNIT.streets,
    'line-width': ['interpolate', ['linear'], ['zoom'], 9, 4, 12, 8, 16, 14],
    'line-opacity': 0.12,
  },
};

function selectedFill(name: UnitLayer): LayerSpecification {
  return {
    id: `${name}-selected-fill`,
    type: 'fill',
    source: name,
    'source-layer': name,
    filter: NOTHING,
    paint: { 'fill-color': UNIT.selected, 'fill-opacity': 0.16 },
  };
}

function selectedLine(name: UnitLayer): LayerSpecification {
  return {
    id: `${name}-selected-line`,
    type: 'line',
    source: name,
    'source-layer': name,
    filter: NOTHING,
    layout: { 'line-join': 'round' },
    paint: { 'line-color': UNIT.selected, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 2, 16, 3.2] },
  };
}

/** Returns fills and borders of the grid hierarchy, finest first so that coarse borders lie on top. */
export function unitLayers(): LayerSpecification[] {
  const fineToCoarse: UnitLayer[] = ['grids', 'communities', 'streets'];
  return [
    ...fineToCoarse.map(hoverFill),
    ...fineToCoarse.map(selectedFill),
    borderLine('grids'),
    borderLine('communities'),
    streetBand,
    borderLine('streets'),
    ...fineToCoarse.map(selectedLine),
  ];
}

/** Returns the names of units; the last one wins where two want the same spot. */
export function unitLabels(field: LabelField): LayerSpecification[] {
  const look = { layout: { 'text-max-width': 8, 'text-padding': 4 }, halo_px: 1.6 };
  return [
    label('grids-label', 'grids', 'grids_label', field, {
      ...look,
      minzoom: 15,
      size: [15, 10.5, 18, 14],
      colour: '#6670b0',
      font: MEDIUM,
      text: gridNumber,
    }),
    label('communities-label', 'communities', 'communities_label', field, {
      ...look,
      minzoom: 13,
      maxzoom: 16.5,
      size: [13, 11, 16, 14],
      colour: '#454f96',
      font: MEDIUM,
      layout: { 'text-max-width': 8, 'text-padding': ['interpolate', ['linear'], ['zoom'], 13, 16, 14.5, 4] },
    }),
    label('streets-label', 'streets', 'streets_label', field, {
      ...look,
      minzoom: 9.5,
      maxzoom: 15,
      size: [10, 11, 14, 16],
      colour: '#2c3475',
      font: BOLD,
      // A name steps aside for the circles of events rather than vanish.
      layout: {
        'text-max-width': 8,
        'text-variable-anchor': ['center', 'top', 'bottom', 'left', 'right'],
        'text-radial-offset': 1.3,
        'text-justify': 'auto',
      },
    }),
  ];
}
