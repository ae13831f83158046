import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { Value } from '../../state/value';
import * as api from '../api';
import type { Saved } from '../api';
import type { Leaf } from '../wire';
import { plan } from './plan';

/** The units of the plan as a tree; a leaf knows its parent only. */
export interface Tree {
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly children: ReadonlyMap<string, readonly Leaf[]>;
  readonly roots: readonly Leaf[];
  readonly base: number;
}

export const tree = new Value<Loadable<Tree>>(LOADING);
export const open = new Value<ReadonlySet<string>>(new Set());

export function treeOf(leaves: readonly Leaf[]): Tree {
  const sorted = [...leaves].sort(byCode);
  const known = new Map(sorted.map((leaf) => [leaf.id, leaf]));
  const children = new Map<string, Leaf[]>();
  const roots: Leaf[] = [];
  for (const leaf of sorted) {
    const parent = leaf.parent && known.has(leaf.parent) ? leaf.parent : null;
    if (parent === null) roots.push(leaf);
    else children.set(parent, [...(children.get(parent) ?? []), leaf]);
  }
  return { leaves: known, children, roots, base: Math.max(0, ...leaves.map((leaf) => leaf.level)) };
}

// A unit that has no code yet comes last: it gets its number when the plan is published.
function byCode(one: Leaf, other: Leaf): number {
  return (one.code ?? '\uffff').localeCompare(other.code ?? '\uffff') || one.name.localeCompare(other.name);
}

/** Finds leaves by a piece of their name or code, those whose code begins with it first. */
export function findLeaves(here: Tree, text: string, most = 100): Leaf[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const hits = [...here.leaves.values()].filter((leaf) =>
    [leaf.code, leaf.name, leaf.name_en].some((word) => word?.toLowerCase().includes(wanted)),
  );
  const rank = (leaf: Leaf): number => (leaf.code?.startsWith(wanted) ? 0 : 1) + leaf.level / 10;
  return hits.sort((a, b) => rank(a) - rank(b)).slice(0, most);
}

/** Lists where a unit may be moved to: every unit of the level above but its own. */
export function parentsFor(here: Tree, leaf: Leaf): Leaf[] {
  return [...here.leaves.values()].filter((one) => one.level === leaf.level - 1 && one.id !== leaf.parent).sort(byCode);
}

/** Opens the way down to a unit. */
export function reveal(here: Tree, id: string): void {
  const opened = new Set(open.current);
  for (let at = here.leaves.get(id)?.parent; at; at = here.leaves.get(at)?.parent) opened.add(at);
  open.set(opened);
}

export function toggleOpen(id: string): void {
  const opened = new Set(open.current);
  if (!opened.delete(id)) opened.add(id);
  open.set(opened);
}

let shown: number | null = null;

/** Reads the tree of the plan, once; what steps change is put into it. */
export async function followPlan(): Promise<void> {
  const id = plan.current?.id ?? null;
  if (id !== null && id !== shown) await loadTree();
  shown = id;
}

/** Puts what a step did into the tree. */
export function patch({ features, parents, retired, reload }: Saved): void {
  if (reload || tree.current.state !== 'ready') return void loadTree();
  const leaves = new Map(tree.current.value.leaves);
  for (const id of retired) leaves.delete(id);
  for (const leaf of [...features.features.map((feature) => feature.properties), ...parents]) leaves.set(leaf.id, leaf);
  tree.set(ready(treeOf([...leaves.values()])));
}

export async function loadTree(): Promise<void> {
  const id = plan.current?.id;
  if (id === undefined) return;
  open.set(new Set());
  tree.set(LOADING);
  const read = await api.tree(id).then((leaves) => ready(treeOf(leaves)), failed);
  if (plan.current?.id !== id) return;
  tree.set(read);
  if (read.state === 'ready' && !open.current.size) open.set(new Set(read.value.roots.map((leaf) => leaf.id)));
}
