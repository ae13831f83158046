import { describe, expect, it } from 'vitest';
import { Value } from './value';

describe('Value', () => {
  it('tells watchers of changes only, until they stop', () => {
    const seen: number[] = [];
    const value = new Value(1);
    const stop = value.watch((next) => seen.push(next));
    value.set(1);
    value.set(2);
    stop();
    value.set(3);
    expect(seen).toEqual([2]);
    expect(value.current).toBe(3);
  });

  it('survives a watcher that stops itself while being told', () => {
    const value = new Value('a');
    let calls = 0;
    const stop = value.watch(() => {
      calls += 1;
      stop();
    });
    value.watch(() => (calls += 1));
    value.set('b');
    expect(calls).toBe(2);
  });
});
