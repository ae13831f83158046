import { describe, expect, it } from 'vitest';
import { createExpression, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { isPicture, type LayerInfo } from '../api/types';
import { gridNumber, nameField } from './labels';
import { ALL_VISIBLE, formatVisibility, LAYER_NAMES, parseVisibility } from './layer-names';
import { CLUSTERS, riskOf, stageOf, STAGES, STATES_OF_STAGE } from './palette';
import { abovePictures, absoluteTiles, buildStyle, picture, styleLayers, switchOf } from './style';
import { clusterSteps } from './theme-style';
import { onlyUnit } from './unit-style';

const ORIGIN = 'http://localhost:8000';
const catalogue: LayerInfo[] = ['streets', 'communities', 'grids', 'places', 'components', 'events'].map((name) => ({
  name,
  title: name,
  title_en: name,
  geometry: 'polygon',
  tiles: `/tiles/${name}/{z}/{x}/{y}.mvt`,
  min_zoom: 0,
  max_zoom: 16,
  version: 1,
}));

const PICTURES = ['影像-1', 'streets_wms'].map((name) => ({
  ...catalogue[0]!,
  name,
  attribution: '测绘局 · 审图号 GS(2026)0001号',
  tiles: `/rasters/${name}/{z}/{x}/{y}`,
  tilejson: `/rasters/${encodeURIComponent(name)}.json`,
}));

function written(field: unknown, properties: Record<string, unknown>): string {
  const made = createExpression(field as never, { type: 'string' } as never);
  if (made.result === 'error') throw new Error(made.value.map((error) => error.message).join());
  return made.value.evaluate({ zoom: 15 }, { type: 1, properties } as never);
}

describe('style', () => {
  it.each(['zh', 'en'] as const)('is valid by the style specification (%s)', (language) => {
    const style = buildStyle(catalogue, language, ALL_VISIBLE, ORIGIN);
    expect(validateStyleMin(style as never).map((error) => error.message)).toEqual([]);
  });

  it('names no other host, no glyph server and no sprite', () => {
    const text = JSON.stringify(buildStyle(catalogue, 'zh', ALL_VISIBLE, ORIGIN));
    expect(text.match(/https?:\/\/[^"/]+/g)!.every((host) => host === ORIGIN)).toBe(true);
    expect(text).not.toMatch(/"glyphs"|"sprite"/);
  });

  it('has unique layer ids, each under an entry of the switcher', () => {
    const ids = styleLayers('zh').map((layer) => layer.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !LAYER_NAMES.includes(switchOf(id)))).toEqual([]);
  });

  it('leaves out layers that the catalogue does not publish', () => {
    const style = buildStyle(catalogue.slice(0, 2), 'zh', ALL_VISIBLE, ORIGIN);
    expect(style.layers.some((layer) => layer.id.startsWith('events'))).toBe(false);
    expect(Object.keys(style.sources).sort()).toEqual(['basemap', 'communities', 'streets']);
  });

  it('hides what is switched off', () => {
    const style = buildStyle(catalogue, 'zh', { ...ALL_VISIBLE, events: false }, ORIGIN);
    const hidden = style.layers.filter((layer) => layer.layout?.visibility === 'none').map((layer) => layer.id);
    expect(hidden.length).toBeGreaterThan(0);
    expect(hidden.every((id) => id.startsWith('events'))).toBe(true);
  });

  it('leaves pictures of other platforms out until they are switched on', () => {
    const style = buildStyle([...catalogue, ...PICTURES], 'zh', { ...ALL_VISIBLE, '+影像-1': true }, ORIGIN);
    expect(style).toEqual(buildStyle(catalogue, 'zh', ALL_VISIBLE, ORIGIN));
  });

  it('shows pictures through our own door, above the ground and below everything else', () => {
    const style = buildStyle(catalogue, 'zh', ALL_VISIBLE, ORIGIN);
    const ids = style.layers.map((layer) => layer.id);
    const above = abovePictures(ids)!;
    const made = PICTURES.map((info) => picture(info, ORIGIN)) as Array<{ id: string; type: 'raster'; source: never }>;
    const at = ids.indexOf(above);
    expect(ids.slice(0, at).every((id) => id.startsWith('base-') && !id.startsWith('base-label'))).toBe(true);
    expect(ids.slice(at).some((id) => id.startsWith('base-') && !id.startsWith('base-label'))).toBe(false);
    expect(abovePictures([...ids.slice(0, at), '+影像-1', ...ids.slice(at)])).toBe(above);
    expect(abovePictures(['base-background'])).toBeUndefined();
    expect(made[0]!.source).toEqual({
      type: 'raster',
      url: `${ORIGIN}/rasters/%E5%BD%B1%E5%83%8F-1.json`,
      tiles: [`${ORIGIN}/rasters/影像-1/{z}/{x}/{y}`],
      tileSize: 256,
    });
    for (const { id, type, source } of made) {
      style.sources[id] = source;
      style.layers.splice(at, 0, { id, type, source: id });
    }
    expect(validateStyleMin(style as never).map((error) => error.message)).toEqual([]);
  });

  it('makes tile templates absolute and keeps their braces', () => {
    expect(absoluteTiles('/tiles/a/{z}/{x}/{y}.mvt', ORIGIN)).toBe(`${ORIGIN}/tiles/a/{z}/{x}/{y}.mvt`);
    expect(absoluteTiles('https://b/{z}', ORIGIN)).toBe('https://b/{z}');
  });
});

describe('pieces of the style', () => {
  it('prefers the name of the language', () => {
    const unit = { name: '六道口一带003社区(生成)', name_en: 'Community 003 (generated)' };
    expect(written(nameField('zh'), unit)).toBe('六道口一带003社区');
    expect(written(nameField('en'), unit)).toBe('Community 003');
    expect(written(nameField('en'), { name: '未命名(演示)01' })).toBe('未命名(演示)01');
    expect(written(nameField('zh'), {})).toBe('');
  });

  it('numbers a grid inside its community', () => {
    expect(written(gridNumber, { code: '110108010003002' })).toBe('002');
  });

  it('selects one unit or none', () => {
    expect(onlyUnit('110108001')).toEqual(['==', ['get', 'code'], '110108001']);
    expect(onlyUnit(null)).toEqual(['==', ['get', 'code'], '']);
  });

  it('steps clusters upwards', () => {
    const froms = CLUSTERS.map((entry) => entry.from);
    expect([...froms].sort((a, b) => a - b)).toEqual(froms);
    expect(clusterSteps(({ radius_px }) => radius_px).length).toBe(2 + 1 + 2 * (CLUSTERS.length - 1));
  });

  it('gives each state one stage', () => {
    const all = STAGES.flatMap((stage) => STATES_OF_STAGE[stage]);
    expect(new Set(all).size).toBe(all.length);
    expect(stageOf('closed')).toBe('closed');
    expect(stageOf('never heard of')).toBe('open');
    expect([1, 4, '2'].map(riskOf)).toEqual(['red', 'blue', 'orange']);
    expect([null, 0, 5, 'red'].map(riskOf)).toEqual([null, null, null, null]);
  });

  it('remembers which layers are hidden', () => {
    const visibility = parseVisibility('events,base,nonsense');
    expect(visibility.events).toBe(false);
    expect(visibility.grids).toBe(true);
    expect(formatVisibility(visibility)).toBe('base,events');
    expect(parseVisibility(null)).toEqual(ALL_VISIBLE);
  });

  it('remembers which pictures of other platforms are shown', () => {
    const visibility = parseVisibility('grids,+影像-1');
    expect(visibility).toEqual({ ...ALL_VISIBLE, grids: false, '+影像-1': true });
    expect(formatVisibility({ ...visibility, '+b': false })).toBe('grids,+影像-1');
    expect([...catalogue, ...PICTURES].filter(isPicture)).toEqual(PICTURES);
  });
});
