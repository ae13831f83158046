import { describe, expect, it } from 'vitest';
import { readLayers, writePart } from '../state/hash';
import { linkedVisibility } from '../map/layer-names';
import { formatChoice, moved, NOTHING, opacityOn, parseChoice, withOpacity, withShown, type Choice } from './choice';

const named = (choice: Choice): string[] => choice.shown.map(({ name }) => name);

describe('choice', () => {
  it('is written short and read back', () => {
    const choice: Choice = {
      shown: [{ name: 'police_areas', opacity: 0.6 }, { name: '路灯-1', opacity: 1 }],
      dimmed: { events: 0.5, 影像: 0.25 },
      hidden: ['grids'],
      pictures: ['影像'],
      base: 'tianditu',
    };
    expect(formatChoice(choice)).toBe('police_areas:60,路灯-1,!grids,~影像:25,*events:50,@tianditu');
    expect(parseChoice(formatChoice(choice))).toEqual(choice);
    expect(formatChoice(NOTHING)).toBe('');
  });

  it('comes back from the address bar, whatever it is', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const some = (of: readonly string[]): string[] => of.filter(() => random(3) === 0);
    const themes = ['components_01001', 'events_06', '管线-2', 'x', 'Ünïcode_层'];
    for (let round = 0; round < 1000; round += 1) {
      const pictures = some(['影像', 'wms-1']);
      const dimmable = [...pictures, ...some(['events', 'base'])];
      const choice: Choice = {
        shown: some(themes).sort(() => random(3) - 1).map((name) => ({ name, opacity: random(21) / 20 })),
        dimmed: Object.fromEntries(dimmable.filter(() => random(2)).map((name) => [name, random(20) / 20])),
        hidden: some(['base', 'grids', 'events']),
        pictures,
        base: some(['gaode'])[0] ?? '',
      };
      // MapLibre rewrites the whole address when the map moves: decoded, as it decodes.
      const link = writePart('#map=12/39/116', 'layers', formatChoice(choice));
      const rewritten = `#${decodeURIComponent(new URLSearchParams(link.slice(1)).toString())}`;
      expect(parseChoice(readLayers(rewritten) ?? '')).toEqual(choice);
      const { visibility } = { visibility: linkedVisibility(readLayers(rewritten) ?? '') };
      expect(Object.keys(visibility).filter((name) => name.startsWith('+'))).toEqual(pictures.map((name) => `+${name}`));
      expect(['base', 'grids', 'events'].filter((name) => !visibility[name as 'base'])).toEqual(choice.hidden);
    }
  });

  it.each(['', ',,,', '!', ':50', 'a:x', 'a:-5', 'a:900', '@,*', 'a,a:50'])('makes sense of %s', (text) => {
    const choice = parseChoice(text);
    expect(choice.shown.every(({ name, opacity }) => name && opacity >= 0 && opacity <= 1)).toBe(true);
    expect(new Set(named(choice)).size).toBe(choice.shown.length);
    expect(parseChoice(formatChoice(choice))).toEqual(choice);
  });

  it('puts what is new on top and keeps what is there', () => {
    const first = withShown(NOTHING, ['a', 'b'], true);
    const second = withShown(first, ['b', 'c'], true);
    expect(named(second)).toEqual(['c', 'a', 'b']);
    expect(named(withShown(second, ['a', 'nothing'], false))).toEqual(['c', 'b']);
  });

  it('moves one to the place of another', () => {
    const choice = withShown(NOTHING, ['a', 'b', 'c'], true);
    expect(named(moved(choice, 'c', 'a'))).toEqual(['c', 'a', 'b']);
    expect(named(moved(choice, 'a', 'b'))).toEqual(['b', 'a', 'c']);
    expect(moved(choice, 'a', 'nothing')).toBe(choice);
  });

  it('weakens layers of every kind, and forgets what is whole again', () => {
    const choice = withOpacity(withOpacity(withShown(NOTHING, ['a'], true), 'a', 0.4), 'events', 0.2);
    expect([opacityOn(choice, 'a'), opacityOn(choice, 'events'), opacityOn(choice, 'grids')]).toEqual([0.4, 0.2, 1]);
    expect(withOpacity(choice, 'events', 1).dimmed).toEqual({});
  });
});
