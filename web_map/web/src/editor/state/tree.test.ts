import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Node } from '../wire';

vi.stubGlobal('localStorage', { getItem: () => null });
vi.stubGlobal('sessionStorage', { getItem: () => null });
vi.stubGlobal('location', { hash: '' });

const node = (id: string, level: number, parent: string | null, code: string | null = id, children = 0): Node => ({
  id, level, parent, code, name: id, name_en: '', children,
});

describe('the tree of units', () => {
  let state: typeof import('./tree');
  beforeAll(async () => {
    state = await import('./tree');
  });

  const opened = () => {
    const top = state.withPage(state.EMPTY, state.TOP, [node('d', 1, null, '1', 2)], false);
    const streets = state.withPage(top, 'd', [node('s1', 2, 'd', '11', 1), node('s2', 2, 'd', '12', 0)], false);
    return state.withPage(streets, 's1', [node('g1', 3, 's1', '111')], true);
  };

  it('grows page by page', () => {
    const next = state.withPage(opened(), 's1', [node('g1', 3, 's1', '111'), node('g2', 3, 's1', '112')], false, true);
    expect(next.pages.get('s1')).toEqual({ ids: ['g1', 'g2'], more: false });
    expect(opened().pages.get('s1')).toEqual({ ids: ['g1'], more: true });
    expect(state.ancestors(next, 'g2')).toEqual(['s1', 'd']);
    expect(next.leaves.size).toBe(5);
  });

  it('shows another name at once and asks for nothing', () => {
    const { tree, stale } = state.withStep(opened(), [{ ...node('g1', 3, 's1', '111'), name: 'new' }], []);
    expect(tree.leaves.get('g1')?.name).toBe('new');
    expect(stale).toEqual([]);
  });

  it('reads again what a unit left, what it came to, and their counts', () => {
    const { stale } = state.withStep(opened(), [node('g1', 3, 's2', '111')], []);
    expect(new Set(stale)).toEqual(new Set(['s1', 'd']));
  });

  it('forgets what is gone', () => {
    const { tree, stale } = state.withStep(opened(), [], ['g1']);
    expect(tree.leaves.has('g1')).toBe(false);
    expect(stale).toContain('s1');
  });

  it('counts a new unit in', () => {
    const { stale } = state.withStep(opened(), [node('n', 3, 's1', null)], []);
    expect(new Set(stale)).toEqual(new Set(['s1', 'd']));
  });
});
