import { describe, expect, it } from 'vitest';
import { buildTree, filterTree, GROUND, layersBelow, marked, opening } from './tree';
import type { TreeLayer } from './types';

function layer(name: string, zh?: string, en = zh, more: Partial<TreeLayer> = {}): TreeLayer {
  const theme = zh === undefined ? {} : { theme: { zh, en: en! } };
  const rest = { title: `题${name}`, title_en: `Title ${name}`, geometry: 'point', tiles: '', min_zoom: 0, max_zoom: 16, version: 1 };
  return { ...rest, name, ...theme, ...more } as TreeLayer;
}

const catalogue = [
  layer('grids', '网格体系', 'Areas'),
  layer('lamp', '城市部件/市政', 'Components/Utilities', { title: '路灯', title_en: 'Street lamps', keywords: ['照明'] }),
  layer('bus', '城市部件/交通', 'Components/Traffic', { title: '公交站', title_en: 'Bus stops' }),
  layer('all', '城市部件', 'Components'),
  layer('own'),
  layer('image', undefined, undefined, { tilejson: '/rasters/image.json' }),
  layer('wms', '水务', 'Water', { tilejson: '/rasters/wms.json' }),
];
const tree = buildTree(catalogue);
const paths = (groups: typeof tree): string[] => groups.flatMap((group) => [group.path, ...paths(group.groups)]);

describe('tree', () => {
  it('follows the paths of themes and the order of the catalogue', () => {
    expect(paths(tree)).toEqual(['网格体系', '城市部件', '城市部件/市政', '城市部件/交通', '其他图层', GROUND.zh, '水务']);
    expect(tree[1]!.title).toEqual({ zh: '城市部件', en: 'Components' });
    expect(tree[1]!.groups[0]!.title).toEqual({ zh: '市政', en: 'Utilities' });
    expect(tree.flatMap(layersBelow).map(({ name }) => name).sort()).toEqual(catalogue.map(({ name }) => name).sort());
  });

  it('survives themes that say little', () => {
    expect(paths(buildTree([layer('a', ' / ', ''), layer('b', 'x//y', 'x')]))).toEqual(['其他图层', 'x', 'x/y']);
    expect(buildTree([])).toEqual([]);
  });

  it('marks groups by what is on below them', () => {
    const mark = (...on: string[]) => marked(tree[1]!, ({ name }) => on.includes(name));
    expect([mark(), mark('lamp'), mark('lamp', 'bus', 'all'), mark('grids')]).toEqual(['none', 'some', 'all', 'none']);
  });

  it.each([
    ['路灯', ['lamp']],
    ['LAMPS', ['lamp']],
    ['ｌａｍｐｓ', ['lamp']],
    ['照明', ['lamp']],
    ['traffic', ['bus']],
    ['部件 公交', ['bus']],
    ['components', ['all', 'lamp', 'bus']],
    ['  ', catalogue.map(({ name }) => name)],
    ['nothing like it', []],
    ['.*', []],
  ])('finds %s', (text, names) => {
    expect(filterTree(tree, text).flatMap(layersBelow).map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it('keeps only the groups that hold something found', () => {
    expect(paths(filterTree(tree, '路灯'))).toEqual(['城市部件', '城市部件/市政']);
  });

  it('opens what leads to something', () => {
    expect(opening(tree, ({ name }) => name === 'bus')).toEqual(['城市部件', '城市部件/交通']);
  });
});
