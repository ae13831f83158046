import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { isAbort } from '../../api/errors';
import { Value } from '../../state/value';
import * as api from '../api';
import type { CoverageInfo, Saved } from '../api';
import type { Leaf, Node } from '../wire';
import { plan } from './plan';

/** What lies right below a unit, as far as it was read. */
export interface Page {
  readonly ids: readonly string[];
  readonly more: boolean;
}

/** The units of the plan as a tree that is read as it is opened: a city is never held as a whole. */
export interface Tree {
  readonly leaves: ReadonlyMap<string, Node>;
  /** By the unit above; `TOP` for the first level. */
  readonly pages: ReadonlyMap<string, Page>;
}

export const TOP = 'top';
export const EMPTY: Tree = { leaves: new Map(), pages: new Map() };
/** So many units are read at once. */
export const PAGE = 200;
const MOST_FOUND = 100;
const PAUSE_MS = 150;

export const tree = new Value<Loadable<Tree>>(LOADING);
export const open = new Value<ReadonlySet<string>>(new Set());
/** How many levels the plan's coverage has; the units of the last one have borders of their own. */
export const depth = new Value(0);
/** The rules of the plan's coverage, once they are known. */
export const coverage = new Value<CoverageInfo | null>(null);
/** What was looked for; null while nothing is. */
export const found = new Value<Loadable<readonly Node[]> | null>(null);

/** Puts a page into a tree: in place of what was known below a unit, or behind it. */
export function withPage(tree: Tree, above: string, rows: readonly Node[], more: boolean, isNext = false): Tree {
  const before = isNext ? (tree.pages.get(above)?.ids ?? []) : [];
  const ids = [...new Set([...before, ...rows.map((row) => row.id)])];
  return { leaves: withRows(tree.leaves, rows), pages: new Map(tree.pages).set(above, { ids, more }) };
}

function withRows(leaves: Tree['leaves'], rows: readonly Node[]): Tree['leaves'] {
  const next = new Map(leaves);
  for (const row of rows) next.set(row.id, row);
  return next;
}

/** Puts what a step did into a tree, and names the pages that are no longer true. */
export function withStep(tree: Tree, changed: readonly Leaf[], retired: readonly string[]): { readonly tree: Tree; readonly stale: readonly string[] } {
  const leaves = new Map(tree.leaves);
  const above = new Set<string>();
  for (const id of retired) {
    above.add(leaves.get(id)?.parent ?? TOP);
    leaves.delete(id);
  }
  for (const leaf of changed) {
    const was = leaves.get(leaf.id);
    if (was?.parent !== leaf.parent || was.code !== leaf.code) above.add(leaf.parent ?? TOP);
    if (was && was.parent !== leaf.parent) above.add(was.parent ?? TOP);
    leaves.set(leaf.id, { ...leaf, children: was?.children ?? 0 });
  }
  // The units above count what lies below them.
  for (const id of [...above]) above.add(leaves.get(id)?.parent ?? TOP);
  return { tree: { leaves, pages: tree.pages }, stale: [...above].filter((id) => tree.pages.has(id)) };
}

/** Lists the units above one, the nearest first, as far as they are known. */
export function ancestors(tree: Tree, id: string): string[] {
  const chain: string[] = [];
  for (let at = tree.leaves.get(id)?.parent; at && tree.leaves.has(at); at = tree.leaves.get(at)?.parent) chain.push(at);
  return chain;
}

export function known(): Tree {
  return tree.current.state === 'ready' ? tree.current.value : EMPTY;
}

let shown: number | null = null;

/** Begins the tree of the plan that is open, once; what steps change is put into it. */
export async function followPlan(): Promise<void> {
  const id = plan.current?.id ?? null;
  const isOther = id !== shown;
  shown = id;
  if (id !== null && isOther) await loadTree();
}

export async function loadTree(): Promise<void> {
  const now = plan.current;
  if (!now) return;
  open.set(new Set());
  found.set(null);
  tree.set(LOADING);
  depth.set(0);
  coverage.set(null);
  void api.coverages().then((all) => learn(all.find((one) => one.name === now.coverage)), () => undefined);
  const first = await api.treeBelow(now.id, TOP, 0, PAGE).then((page) => ready(withPage(EMPTY, TOP, page.rows, page.more)), failed);
  if (plan.current?.id !== now.id) return;
  tree.set(first);
  const roots = known().pages.get(TOP)?.ids ?? [];
  if (roots.length === 1) toggleOpen(roots[0]!);
}

function learn(about: CoverageInfo | undefined): void {
  coverage.set(about ?? null);
  depth.set(about?.levels.length ?? 0);
}

/** Reads what lies below a unit: the first page, the next one, or all again that is shown now. */
async function read(above: string, way: 'first' | 'next' | 'again'): Promise<void> {
  const id = plan.current?.id;
  if (id === undefined) return;
  const held = known().pages.get(above)?.ids.length ?? 0;
  const [skip, limit] = way === 'next' ? [held, PAGE] : [0, Math.max(held, PAGE)];
  const page = await api.treeBelow(id, above, skip, limit).catch(() => null);
  if (page && plan.current?.id === id) tree.set(ready(withPage(known(), above, page.rows, page.more, way === 'next')));
}

export function readMore(above: string): void {
  void read(above, 'next');
}

export function toggleOpen(id: string): void {
  const opened = new Set(open.current);
  if (!opened.delete(id)) {
    opened.add(id);
    if (!known().pages.has(id)) void read(id, 'first');
  }
  open.set(opened);
}

/** Opens the way down to a unit; reads what is not known of it. */
export async function reveal(id: string): Promise<void> {
  const now = plan.current?.id;
  if (now === undefined || tree.current.state !== 'ready') return;
  if (!isReached(id)) {
    const chain = await api.treeAbove(now, id).catch(() => []);
    if (plan.current?.id !== now) return;
    tree.set(ready({ ...known(), leaves: withRows(known().leaves, chain) }));
  }
  const above = ancestors(known(), id);
  await Promise.all(above.filter((one) => !known().pages.has(one)).map((one) => read(one, 'first')));
  open.set(new Set([...open.current, ...above]));
}

function isReached(id: string): boolean {
  const leaf = known().leaves.get(id);
  return !!leaf && (!leaf.parent || isReached(leaf.parent) || !known().pages.has(TOP));
}

/** Puts what a step did into the tree. */
export function patch({ features, parents, retired, reload }: Saved): void {
  if (reload || tree.current.state !== 'ready') return void loadTree();
  const changed = [...features.features.map((feature) => feature.properties), ...parents];
  const { tree: next, stale } = withStep(tree.current.value, changed, retired);
  tree.set(ready(next));
  for (const above of stale) void read(above, 'again');
}

let asking: AbortController | null = null;
let pause: ReturnType<typeof setTimeout> | undefined;

/** Looks for units by a piece of their name or code, when whoever types it rests. */
export function find(text: string): void {
  asking?.abort();
  clearTimeout(pause);
  const wanted = text.trim();
  const id = plan.current?.id;
  if (!wanted || id === undefined) return found.set(null);
  const mine = (asking = new AbortController());
  pause = setTimeout(() => void look(id, wanted, mine.signal), PAUSE_MS);
}

async function look(id: number, text: string, signal: AbortSignal): Promise<void> {
  try {
    const { rows } = await api.treeFind(id, text, MOST_FOUND, signal);
    if (signal.aborted) return;
    if (tree.current.state === 'ready') tree.set(ready({ ...known(), leaves: withRows(known().leaves, rows) }));
    found.set(ready(rows));
  } catch (error) {
    if (!isAbort(error)) found.set(failed(error));
  }
}

/** Lists where a unit may be moved to: every unit of the level above but its own, those beside its own first. */
export async function parentsFor(leaf: Leaf): Promise<readonly Node[]> {
  const id = plan.current?.id;
  if (id === undefined || leaf.level < 2) return [];
  const all = (await api.treeLevel(id, leaf.level - 1)).filter((one) => one.id !== leaf.parent);
  const own = known().leaves.get(leaf.parent ?? '')?.parent;
  return [...all.filter((one) => one.parent === own), ...all.filter((one) => one.parent !== own)];
}
