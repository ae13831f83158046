import { describe, expect, it } from 'vitest';
import { boxOf, kindsOf, networksOf } from './networks';

describe('networksOf', () => {
  it('names each network once, in the order of its pipes', () => {
    const pipe = (network: string, medium: string) => ({ properties: { network, medium } });
    const found = networksOf([pipe('b', 'gas'), pipe('a', 'water'), pipe('b', 'gas')]);
    expect(found).toEqual([{ network: 'b', medium: 'gas' }, { network: 'a', medium: 'water' }]);
  });
});

describe('kindsOf', () => {
  it('shuts what is fed, and follows what runs off', () => {
    expect(kindsOf('water')).toEqual(['isolation']);
    expect(kindsOf('sewer')).toEqual(['upstream', 'downstream']);
  });
});

describe('boxOf', () => {
  it('goes around lines and points', () => {
    const line = { geometry: { coordinates: [[2, 41], [2.5, 40.5]] } };
    expect(boxOf([line, { geometry: { coordinates: [1, 42] } }])).toEqual([1, 40.5, 2.5, 42]);
    expect(boxOf([])).toBeNull();
  });
});
