import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, Client, problemText, query, wantsToken } from './client';

const ORIGIN = 'http://localhost:8000';

function answer(status: number, body: unknown): void {
  vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(body), { status })));
}

function client(seen: string[]): Client {
  return new Client({
    token: () => 'secret',
    onExpired: () => seen.push('expired'),
    onReachable: (reachable) => seen.push(reachable ? 'up' : 'down'),
  });
}

afterEach(() => vi.unstubAllGlobals());

describe('client', () => {
  it('gives the token to our tiles and API and to nobody else', () => {
    expect(wantsToken('/tiles/grids/1/2/3.mvt', ORIGIN)).toBe(true);
    expect(wantsToken(`${ORIGIN}/api/city`, ORIGIN)).toBe(true);
    expect(wantsToken('/assets/worker.js', ORIGIN)).toBe(false);
    expect(wantsToken('https://example.com/api/city', ORIGIN)).toBe(false);
    expect(wantsToken('//example.com/tiles/1', ORIGIN)).toBe(false);
    expect(wantsToken(`${ORIGIN}/apis/x`, ORIGIN)).toBe(false);
  });

  it('leaves empty parameters out of a query', () => {
    expect(query({ q: '知春路 76', datum: null, category: '', limit: 10 })).toBe('q=%E7%9F%A5%E6%98%A5%E8%B7%AF+76&limit=10');
  });

  it('prefers the reason of the first field, then detail, then title', () => {
    expect(problemText({ title: 'a', detail: 'b', errors: [{ where: 'lon', reason: 'c' }] }, 422)).toBe('c');
    expect(problemText({ title: 'a', detail: 'b' }, 422)).toBe('b');
    expect(problemText({}, 500)).toBe('HTTP 500');
  });

  it('reports an expired token and rejects', async () => {
    const seen: string[] = [];
    answer(401, { title: 'Unauthenticated' });
    await expect(client(seen).city()).rejects.toEqual(new ApiError(401, 'Unauthenticated'));
    expect(seen).toEqual(['up', 'expired']);
  });

  it('does not call a wrong password an expired token', async () => {
    const seen: string[] = [];
    answer(401, {});
    await expect(client(seen).logIn('a', 'b')).rejects.toBeInstanceOf(ApiError);
    expect(seen).toEqual(['up']);
  });

  it('reports an unreachable server', async () => {
    const seen: string[] = [];
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('failed'))));
    await expect(client(seen).me()).rejects.toMatchObject({ status: 0 });
    expect(seen).toEqual(['down']);
  });
});
