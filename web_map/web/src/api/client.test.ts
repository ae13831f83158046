import { afterEach, describe, expect, it, vi } from 'vitest';
import { Client, query, type ClientHooks } from './client';
import { ApiError, problemText, waitOf } from './errors';

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

function server(...answers: Answer[]): ReturnType<typeof vi.fn> {
  const left = [...answers];
  const fetched = vi.fn(async () => {
    const [status, body, headers = {}] = left.length > 1 ? left.shift()! : left[0]!;
    return new Response(body === null ? null : JSON.stringify(body), { status, headers });
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

function client(seen: string[], hooks: Partial<ClientHooks> = {}): Client {
  return new Client({
    csrf: () => 'proof',
    renewCsrf: async () => false,
    onExpired: () => seen.push('expired'),
    onPasswordNeeded: () => seen.push('password'),
    onReachable: (reachable) => seen.push(reachable ? 'up' : 'down'),
    ...hooks,
  });
}

const headersOf = (fetched: ReturnType<typeof vi.fn>, call = 0): unknown => fetched.mock.calls[call]![1].headers;

afterEach(() => vi.unstubAllGlobals());

describe('client', () => {
  it('leaves it to the browser to say who we are', async () => {
    const fetched = server([200, { bbox: null }]);
    await client([]).city();
    expect(fetched.mock.calls[0]).toEqual(['/api/city', { credentials: 'same-origin', method: 'GET', headers: {} }]);
  });

  it('proves that a change comes from our page', async () => {
    const fetched = server([200, { ok: true }]);
    expect(await client([]).ask('/api/x', { method: 'POST', body: { a: 1 } })).toEqual({ ok: true });
    expect(headersOf(fetched)).toEqual({ 'x-csrf-token': 'proof', 'content-type': 'application/json' });
    expect(fetched.mock.calls[0]![1].body).toBe('{"a":1}');
  });

  it('sends a log-in as a form', async () => {
    const fetched = server([200, { username: 'a' }]);
    expect(await client([], { csrf: () => null }).logIn('a', 'b&c')).toEqual({ username: 'a' });
    expect(String(fetched.mock.calls[0]![1].body)).toBe('username=a&password=b%26c');
    expect(headersOf(fetched)).toEqual({});
  });

  it('tries a refused change once more when the proof was an old one', async () => {
    let proof = 'old';
    const renewCsrf = async (): Promise<boolean> => ((proof = 'new'), true);
    const fetched = server([403, { title: 'no' }], [204, null]);
    expect(await client([], { csrf: () => proof, renewCsrf }).ask('/api/x', { method: 'DELETE' })).toBeNull();
    expect(headersOf(fetched, 1)).toEqual({ 'x-csrf-token': 'new' });
  });

  it('does not repeat what is truly forbidden', async () => {
    const fetched = server([403, { title: 'no' }]);
    await expect(client([]).ask('/api/x', { method: 'POST' })).rejects.toMatchObject({ status: 403 });
    await expect(client([], { renewCsrf: async () => true }).ask('/api/x')).rejects.toMatchObject({ status: 403 });
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('reports an ended session and rejects', async () => {
    const seen: string[] = [];
    server([401, { title: 'Not logged in' }]);
    await expect(client(seen).city()).rejects.toEqual(new ApiError(401, 'Not logged in'));
    expect(seen).toEqual(['up', 'expired']);
  });

  it('does not call a wrong password an ended session', async () => {
    const seen: string[] = [];
    server([401, {}]);
    await expect(client(seen).logIn('a', 'b')).rejects.toBeInstanceOf(ApiError);
    expect(seen).toEqual(['up']);
  });

  it('takes a session that has ended already as logged out', async () => {
    const seen: string[] = [];
    server([401, {}]);
    await client(seen).logOut();
    server([500, {}]);
    await expect(client(seen).logOut()).rejects.toMatchObject({ status: 500 });
    expect(seen).toEqual(['up', 'up']);
  });

  it('reports that the password must be changed first', async () => {
    const seen: string[] = [];
    server([403, { type: 'urn:citygrid:problem:password-change-needed' }]);
    await expect(client(seen).city()).rejects.toMatchObject({ kind: 'password-change-needed' });
    expect(seen).toEqual(['up', 'password']);
  });

  it('knows how long a locked log-in waits', async () => {
    server([429, {}, { 'retry-after': '42' }]);
    await expect(client([]).logIn('a', 'b')).rejects.toMatchObject({ status: 429, wait_s: 42 });
  });

  it('reports an unreachable server', async () => {
    const seen: string[] = [];
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('failed'))));
    await expect(client(seen).me()).rejects.toMatchObject({ status: 0 });
    expect(seen).toEqual(['down']);
  });
});

describe('pieces', () => {
  it('leaves empty parameters out of a query', () => {
    expect(query({ q: '知春路 76', datum: null, category: '', limit: 10 })).toBe('q=%E7%9F%A5%E6%98%A5%E8%B7%AF+76&limit=10');
  });

  it('prefers the reason of the first field, then detail, then title', () => {
    expect(problemText({ title: 'a', detail: 'b', errors: [{ where: 'lon', reason: 'c' }] }, 422)).toBe('c');
    expect(problemText({ title: 'a', detail: 'b' }, 422)).toBe('b');
    expect(problemText({}, 500)).toBe('HTTP 500');
  });

  it.each([
    ['120', 120],
    ['0', 1],
    ['Thu, 08 Oct 2026 00:01:30 GMT', 90],
    ['soon', null],
    [null, null],
    ['', null],
  ])('reads Retry-After %s as %s seconds', (header, seconds) =>
    expect(waitOf(header, Date.parse('2026-10-08T00:00:00Z'))).toBe(seconds),
  );
});
