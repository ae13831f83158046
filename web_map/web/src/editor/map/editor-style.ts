import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { LayerInfo } from '../../api/types';
import type { Language } from '../../i18n';
import { BOLD, MEDIUM } from '../../map/labels';
import { ALL_VISIBLE, UNIT_LAYERS } from '../../map/layer-names';
import { buildStyle } from '../../map/style';

export const EDIT = {
  grid: '#5560c8',
  community: '#2f3a96',
  street: '#1d2566',
  selected: '#0f5ea8',
  hovered: '#0f5ea8',
  changed: '#d9820f',
  made: '#1b8a52',
  draft: '#c2185b',
  bad: '#c62828',
  snap: '#00897b',
  published: '#8f97a3',
} as const;

/** The sources that the editor fills itself, from bottom to top. */
export const SOURCES = ['plan-units', 'plan-arcs', 'plan-labels', 'changed', 'parts', 'draft', 'handles', 'marks', 'issues'] as const;
export type SourceName = (typeof SOURCES)[number];

const state = (name: string): ExpressionSpecification => ['boolean', ['feature-state', name], false];
const get = (name: string): ExpressionSpecification => ['get', name];
const is = (name: string, value: string | number | boolean): ExpressionSpecification => ['==', get(name), value];

function unitFills(): LayerSpecification[] {
  return [
    {
      id: 'plan-units-fill',
      type: 'fill',
      source: 'plan-units',
      paint: {
        'fill-color': ['match', get('change'), 'new', EDIT.made, 'changed', EDIT.changed, EDIT.selected],
        'fill-opacity': [
          'case',
          state('selected'), 0.24,
          state('hovered'), 0.12,
          ['==', get('change'), 'same'], 0.02,
          0.16,
        ],
      },
    },
  ];
}

/** Borders as the plan has them: the higher the level they part, the stronger. */
function borders(): LayerSpecification[] {
  return [
    {
      id: 'plan-arcs-band',
      type: 'line',
      source: 'plan-arcs',
      filter: ['<=', get('level'), 2],
      paint: { 'line-color': EDIT.street, 'line-width': 9, 'line-opacity': 0.14 },
    },
    {
      id: 'plan-arcs-line',
      type: 'line',
      source: 'plan-arcs',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': ['step', get('level'), EDIT.street, 3, EDIT.community, 4, EDIT.grid],
        'line-width': ['step', get('level'), 3, 3, 2.2, 4, 1.4],
      },
    },
    {
      id: 'plan-units-selected',
      type: 'line',
      source: 'plan-units',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': EDIT.selected, 'line-width': 3.5, 'line-opacity': ['case', state('selected'), 1, 0] },
    },
  ];
}

function labels(): LayerSpecification {
  return {
    id: 'plan-labels-text',
    type: 'symbol',
    source: 'plan-labels',
    minzoom: 14,
    layout: {
      'text-field': get('label'),
      'text-font': MEDIUM,
      'text-size': ['interpolate', ['linear'], ['zoom'], 14, 10.5, 17, 14],
      'text-max-width': 8,
      'text-padding': 4,
    },
    paint: { 'text-color': '#37409a', 'text-halo-color': 'rgba(255,255,255,0.95)', 'text-halo-width': 1.8 },
  };
}

function sketch(): LayerSpecification[] {
  return [
    {
      id: 'changed-line',
      type: 'line',
      source: 'changed',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      // One upon the other: each is seen on both sides of what lies on it.
      paint: { 'line-color': get('colour'), 'line-width': get('width') },
    },
    {
      id: 'parts-fill',
      type: 'fill',
      source: 'parts',
      paint: { 'fill-color': get('colour'), 'fill-opacity': 0.3 },
    },
    {
      id: 'parts-text',
      type: 'symbol',
      source: 'parts',
      layout: { 'text-field': get('label'), 'text-font': BOLD, 'text-size': 14, 'text-allow-overlap': true },
      paint: { 'text-color': '#16212c', 'text-halo-color': '#fff', 'text-halo-width': 2.2 },
    },
    {
      id: 'draft-halo',
      type: 'line',
      source: 'draft',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': '#fff', 'line-width': 6, 'line-opacity': 0.85 },
    },
    {
      id: 'draft-line',
      type: 'line',
      source: 'draft',
      filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': ['case', is('bad', true), EDIT.bad, EDIT.draft], 'line-width': 3 },
    },
    {
      id: 'draft-points',
      type: 'circle',
      source: 'draft',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 5, 'circle-color': '#fff', 'circle-stroke-color': EDIT.draft, 'circle-stroke-width': 2.5 },
    },
  ];
}

function handles(): LayerSpecification[] {
  return [
    {
      id: 'handles-middle',
      type: 'circle',
      source: 'handles',
      filter: is('kind', 'middle'),
      minzoom: 15,
      paint: {
        'circle-radius': 4,
        'circle-color': EDIT.selected,
        'circle-opacity': 0.55,
        'circle-stroke-color': '#fff',
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'handles-vertex',
      type: 'circle',
      source: 'handles',
      filter: ['!=', get('kind'), 'middle'],
      paint: {
        'circle-radius': ['case', is('kind', 'node'), 7, 5.5],
        'circle-color': ['case', is('kind', 'node'), EDIT.selected, '#fff'],
        'circle-stroke-color': ['case', is('kind', 'node'), '#fff', EDIT.selected],
        'circle-stroke-width': 2.5,
      },
    },
  ];
}

function marks(): LayerSpecification[] {
  return [
    {
      id: 'marks-circle',
      type: 'circle',
      source: 'marks',
      paint: {
        'circle-radius': ['match', get('kind'), 'fault', 11, 'vertex', 9, 8],
        'circle-color': ['case', is('kind', 'fault'), EDIT.bad, EDIT.snap],
        'circle-opacity': ['case', is('kind', 'fault'), 0.35, 0.15],
        'circle-stroke-color': ['case', is('kind', 'fault'), EDIT.bad, EDIT.snap],
        'circle-stroke-width': 2.5,
      },
    },
    {
      id: 'issues-circle',
      type: 'circle',
      source: 'issues',
      paint: {
        'circle-radius': 8,
        'circle-color': ['case', is('severity', 'error'), EDIT.bad, EDIT.changed],
        'circle-stroke-color': '#fff',
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'issues-sign',
      type: 'symbol',
      source: 'issues',
      layout: { 'text-field': '!', 'text-font': BOLD, 'text-size': 12, 'text-allow-overlap': true, 'text-ignore-placement': true },
      paint: { 'text-color': '#fff' },
    },
  ];
}

const UNIT_IDS = new Set<string>(UNIT_LAYERS.flatMap((name) => ['fill', 'selected-fill', 'selected-line'].map((part) => `${name}-${part}`)));

// What is in force lies below the plan in grey: where both agree, the plan covers it; where they do not, both are seen.
function toneDown(layer: LayerSpecification): LayerSpecification {
  if (layer.type === 'line' && UNIT_LAYERS.some((name) => layer.id === `${name}-line`)) {
    return { ...layer, paint: { ...layer.paint, 'line-color': EDIT.published } } as LayerSpecification;
  }
  return layer;
}

/** Builds the style of the editor: base map, units in force in grey, and above them the plan. */
export function editorStyle(catalogue: readonly LayerInfo[], language: Language, origin: string): StyleSpecification {
  const shown = catalogue.filter((info) => (UNIT_LAYERS as readonly string[]).includes(info.name) || info.name === 'basemap');
  const style = buildStyle(shown, language, ALL_VISIBLE, origin);
  const empty = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } as const;
  const own = Object.fromEntries(SOURCES.map((name) => [name, name === 'plan-units' ? { ...empty, promoteId: 'id' } : empty]));
  const kept = style.layers.filter((layer) => !UNIT_IDS.has(layer.id) && layer.id !== 'streets-band').map(toneDown);
  const planLayers = [...unitFills(), ...borders(), ...sketch(), labels(), ...handles(), ...marks()];
  return { ...style, sources: { ...style.sources, ...own }, layers: [...kept, ...planLayers] };
}
