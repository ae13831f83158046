import { createExpression } from '@maplibre/maplibre-gl-style-spec';
import type { LayerSpecification } from 'maplibre-gl';
import { describe, expect, it } from 'vitest';
import { split } from './highlighted';
import { ALL_VISIBLE } from '../map/layer-names';
import { buildStyle } from '../map/style';
import { aboveGround, bandOf, BASE_PICTURE, placesOf } from './bands';
import { outline, signNames } from './signs';
import { weakened } from './strength';

function value(expression: unknown, zoom: number, count: number): number {
  if (typeof expression === 'number') return expression;
  const specification = { type: 'number', expression: { interpolated: true, parameters: ['zoom', 'feature'] } };
  const made = createExpression(expression as never, specification as never);
  if (made.result === 'error') throw new Error(made.value.map((error) => error.message).join());
  return made.value.evaluate({ zoom }, { type: 1, properties: { count } } as never) as number;
}

describe('strength', () => {
  it.each([
    undefined,
    0.88,
    ['interpolate', ['linear'], ['zoom'], 11.5, 0.035, 12.5, 0],
    ['step', ['zoom'], 0.2, 12, ['case', ['>', ['get', 'count'], 3], 1, 0.5], 14, 0.9],
    ['case', ['>', ['get', 'count'], 3], 1, 0.75],
    ['interpolate', ['linear'], ['zoom'], 10, ['match', ['get', 'count'], 1, 0.3, 0.6], 16, 1],
  ])('is a share of %j at every zoom and for every feature', (own) => {
    for (const zoom of [8, 11.7, 12, 15, 20]) {
      for (const count of [1, 9]) {
        expect(value(weakened(own, 0.4), zoom, count)).toBeCloseTo(value(own ?? 1, zoom, count) * 0.4, 6);
      }
    }
    expect(weakened(own, 1)).toEqual(own ?? 1);
  });
});

describe('bands', () => {
  const catalogue = ['streets', 'communities', 'grids', 'places', 'components', 'events'].map((name) => ({
    name, title: name, title_en: name, geometry: 'polygon' as const, tiles: `/tiles/${name}`, min_zoom: 0, max_zoom: 16, version: 1,
  }));

  it('lie above the ground, above the points and above the names of the city', () => {
    const ids = buildStyle(catalogue, 'zh', ALL_VISIBLE, 'http://x').layers.map(({ id }) => id);
    const places = placesOf(ids);
    expect(places).toEqual({ areas: 'grids-fill', points: 'base-label-poi', labels: 'events-cluster-count' });
    expect(ids.indexOf('events-point')).toBe(ids.indexOf(places.points!) - 1);
    const withPictures = ids.flatMap((id) => (id === 'grids-fill' ? ['+wms', id] : [id]));
    expect(placesOf(withPictures).areas).toBe('grids-fill');
    expect([aboveGround(ids), aboveGround(withPictures)]).toEqual(['grids-fill', '+wms']);
    expect(aboveGround(ids.flatMap((id) => (id === 'grids-fill' ? [BASE_PICTURE, '+wms', id] : [id])))).toBe('+wms');
  });

  it('are found for who sees no layer at all', () => {
    const ids = buildStyle([], 'zh', ALL_VISIBLE, 'http://x').layers.map(({ id }) => id);
    expect(placesOf(ids)).toEqual({ areas: 'base-label-poi', points: 'base-label-poi', labels: undefined });
  });

  it('go by what is drawn', () => {
    const layer = (type: string, id = 'x', layout = {}): LayerSpecification => ({ id, type, source: 's', layout }) as LayerSpecification;
    expect(['fill', 'line', 'circle'].map((type) => bandOf(layer(type)))).toEqual(['areas', 'areas', 'points']);
    expect(bandOf(layer('symbol', 'x', { 'icon-image': 'star' }))).toBe('points');
    expect(bandOf(layer('symbol', '@x-cluster-count', { 'text-field': '1' }))).toBe('points');
    expect(bandOf(layer('symbol', 'x-label', { 'text-field': '1' }))).toBe('labels');
  });
});

describe('signs', () => {
  it('are found in any expression by the name that says all of them', () => {
    const found = signNames(['match', ['get', 'kind'], 'a', 'star-0072b2-ffffff-1.9', 'circle-0072b2-ffffff-1.9', 'diamond-cf3a32-1d2433-2']);
    expect(found).toEqual(['star-0072b2-ffffff-1.9', 'diamond-cf3a32-1d2433-2']);
    expect(signNames(undefined)).toEqual([]);
  });

  it.each(['square', 'diamond', 'triangle', 'star', 'cross'])('%s fills its box', (shape) => {
    const corners = outline(shape, 12);
    expect(Math.max(...corners.flat().map(Math.abs))).toBeCloseTo(12, 6);
    expect(new Set(corners.map((at) => at.map((part) => part.toFixed(6)).join())).size).toBe(corners.length);
  });
});

describe('search', () => {
  it('marks what was searched for', () => {
    expect(split('供水井盖', '井盖')).toEqual([['供水', false], ['井盖', true]]);
    expect(split('Street lamps', 'LAMP st')).toEqual([['St', true], ['reet ', false], ['lamp', true], ['s', false]]);
    expect(split('a.b', '.')).toEqual([['a', false], ['.', true], ['b', false]]);
    expect(split('路灯', '')).toEqual([['路灯', false]]);
  });
});
