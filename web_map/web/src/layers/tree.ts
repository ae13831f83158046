import type { Bilingual } from '../api/types';
import { isPicture } from '../api/types';
import type { TreeLayer } from './types';

/** A group of layers, with groups below it. */
export interface Group {
  /** Its path in Chinese, which names it whatever the language. */
  readonly path: string;
  readonly title: Bilingual;
  readonly layers: readonly TreeLayer[];
  readonly groups: readonly Group[];
}

/** How much of a group is switched on. */
export type Marked = 'all' | 'some' | 'none';

interface Growing {
  readonly path: string;
  readonly title: Bilingual;
  readonly layers: TreeLayer[];
  readonly groups: Growing[];
}

const OTHERS: Bilingual = { zh: '其他图层', en: 'Other layers' };
/** Pictures of another platform lie right above the ground: without a group of their own they stand beside it. */
export const GROUND: Bilingual = { zh: '底图与影像', en: 'Base maps and imagery' };

/** Puts layers into the groups that their themes name; groups and layers keep the order of the catalogue. */
export function buildTree(layers: readonly TreeLayer[]): readonly Group[] {
  const root: Growing = { path: '', title: { zh: '', en: '' }, layers: [], groups: [] };
  for (const layer of layers) groupOf(root, themeOf(layer)).layers.push(layer);
  return root.groups;
}

function themeOf(layer: TreeLayer): Bilingual {
  const theme = layer.theme ?? OTHERS;
  return isPicture(layer) && theme.zh === OTHERS.zh ? GROUND : theme;
}

function groupOf(root: Growing, theme: Bilingual): Growing {
  const english = parts(theme.en);
  return parts(theme.zh).reduce((above, zh, depth) => {
    const path = above.path ? `${above.path}/${zh}` : zh;
    const known = above.groups.find((group) => group.path === path);
    if (known) return known;
    const made: Growing = { path, title: { zh, en: english[depth] ?? zh }, layers: [], groups: [] };
    above.groups.push(made);
    return made;
  }, root);
}

function parts(text: string): string[] {
  const found = text.split('/').map((part) => part.trim()).filter(Boolean);
  return found.length ? found : [OTHERS.zh];
}

/** Lists all layers of a group, those of the groups below it included. */
export function layersBelow(group: Group): readonly TreeLayer[] {
  return [...group.layers, ...group.groups.flatMap(layersBelow)];
}

/** Tells how much of a group is on. */
export function marked(group: Group, isOn: (layer: TreeLayer) => boolean): Marked {
  const below = layersBelow(group);
  const on = below.filter(isOn).length;
  if (on === 0) return 'none';
  return on === below.length ? 'all' : 'some';
}

/** Keeps what all words of a text are found in: in names and keywords of a layer, and of the groups it stands in. */
export function filterTree(groups: readonly Group[], text: string): readonly Group[] {
  const words = plain(text).split(' ').filter(Boolean);
  return words.length ? groups.flatMap((group) => filtered(group, words, '')) : groups;
}

function filtered(group: Group, words: readonly string[], above: string): Group[] {
  const path = `${above} ${group.title.zh} ${group.title.en}`;
  const layers = group.layers.filter((layer) => isFound(layer, words, path));
  const groups = group.groups.flatMap((each) => filtered(each, words, path));
  return layers.length || groups.length ? [{ ...group, layers, groups }] : [];
}

function isFound(layer: TreeLayer, words: readonly string[], path: string): boolean {
  const text = plain([layer.title, layer.title_en, layer.name, path, ...(layer.keywords ?? [])].join(' '));
  return words.every((word) => text.includes(word));
}

/** Full-width letters and capitals count as their plain ones. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Names the groups, from the top, that must stand open for what `wanted` names to be seen. */
export function opening(groups: readonly Group[], wanted: (layer: TreeLayer) => boolean): readonly string[] {
  return groups.flatMap((group) => {
    if (!layersBelow(group).some(wanted)) return [];
    return [group.path, ...opening(group.groups, wanted)];
  });
}
