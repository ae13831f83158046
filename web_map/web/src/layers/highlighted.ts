import { html, nothing, type TemplateResult } from 'lit';

/** Marks where the words of a search stand in a name; the longest word is marked where several meet. */
export function highlighted(name: string, search: string): TemplateResult {
  return html`${split(name, search).map(([text, isFound]) => (isFound ? html`<mark>${text}</mark>` : text || nothing))}`;
}

/** Cuts a name into pieces that were searched for and pieces that were not. */
export function split(name: string, search: string): ReadonlyArray<readonly [text: string, isFound: boolean]> {
  const words = search.normalize('NFKC').toLowerCase().split(/\s+/).filter(Boolean).sort((a, b) => b.length - a.length);
  if (!words.length) return [[name, false]];
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'i');
  return name.split(pattern).map((text, at) => [text, at % 2 === 1] as const).filter(([text]) => text);
}
