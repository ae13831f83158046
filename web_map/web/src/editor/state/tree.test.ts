import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Leaf } from '../wire';

vi.stubGlobal('localStorage', { getItem: () => null });
vi.stubGlobal('sessionStorage', { getItem: () => null });

const leaf = (id: string, level: number, parent: string | null, code: string | null, name = id): Leaf => ({
  id, level, parent, code, name, name_en: '',
});

const LEAVES = [
  leaf('g2', 3, 'c1', '110108001002'),
  leaf('g1', 3, 'c1', '110108001001', '清华园第一网格'),
  leaf('new', 3, 'c1', null),
  leaf('c1', 2, 'd', '110108001'),
  leaf('c2', 2, 'd', '110108002'),
  leaf('d', 1, null, '110108'),
];

describe('the tree of units', () => {
  let tree: typeof import('./tree');
  beforeAll(async () => {
    tree = await import('./tree');
  });

  it('stands in the order of the codes, what has none yet last', () => {
    const here = tree.treeOf(LEAVES);
    expect(here.roots.map((one) => one.id)).toEqual(['d']);
    expect(here.children.get('c1')?.map((one) => one.id)).toEqual(['g1', 'g2', 'new']);
    expect(here.base).toBe(3);
  });

  it('is searched by name and code', () => {
    const here = tree.treeOf(LEAVES);
    expect(tree.findLeaves(here, '第一').map((one) => one.id)).toEqual(['g1']);
    expect(tree.findLeaves(here, '110108001').map((one) => one.id)).toEqual(['c1', 'g1', 'g2']);
    expect(tree.findLeaves(here, '  ')).toEqual([]);
  });

  it('offers every other parent', () => {
    const here = tree.treeOf(LEAVES);
    expect(tree.parentsFor(here, LEAVES[0]!).map((one) => one.id)).toEqual(['c2']);
    expect(tree.parentsFor(here, LEAVES[5]!)).toEqual([]);
  });

  it('opens the way down to a unit', () => {
    tree.reveal(tree.treeOf(LEAVES), 'g1');
    expect([...tree.open.current].sort()).toEqual(['c1', 'd']);
  });
});
