import type { BBox } from '../geo/coordinates';
import type { City } from './types';

/** Where an empty store looks: China. */
const NOWHERE_YET: BBox = [73, 18, 135, 54];

/** Fills in what the description of an empty or half-filled store leaves out, so that the page never has to ask. */
export function completeCity(facts: { readonly [Fact in keyof City]?: City[Fact] | null }): City {
  return {
    name: facts.name ?? null,
    name_en: facts.name_en ?? null,
    extent_note: facts.extent_note ?? null,
    extent_note_en: facts.extent_note_en ?? null,
    bbox: facts.bbox ?? NOWHERE_YET,
    coverage: facts.coverage ?? 'grids',
    version: facts.version ?? 0,
    levels: facts.levels ?? [],
    counts: facts.counts ?? {},
    sources: facts.sources ?? [],
  };
}
