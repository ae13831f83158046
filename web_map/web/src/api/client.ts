import type { Datum, LonLat } from '../geo/coordinates';
import { completeCity } from './city';
import type { Card, CardKind, Category, City, LayerInfo, LocateAnswer, Me, SearchAnswer } from './types';

/** A request that was refused (`status` from the server) or never answered (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** Tells whether an error only says that a newer request took this one's place. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: ReadonlyArray<{ readonly where: string; readonly reason: string }>;
}

/** Takes the most helpful sentence out of a problem+json body. */
export function problemText(problem: Problem, status: number): string {
  const reason = problem.errors?.[0]?.reason;
  return reason || problem.detail || problem.title || `HTTP ${status}`;
}

/** Builds a query string, leaving out what is null or empty. */
export function query(parameters: Readonly<Record<string, string | number | null>>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== null && value !== '');
  return new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
}

/** Tells whether a URL is one of ours that wants the token: same origin, tiles or JSON API. */
export function wantsToken(url: string, origin: string): boolean {
  const target = new URL(url, origin);
  return target.origin === origin && /^\/(tiles|api)\//.test(target.pathname);
}

export interface ClientHooks {
  readonly token: () => string | null;
  /** Called when the server no longer accepts the token. */
  readonly onExpired: () => void;
  /** Called with the reachability seen by each request. */
  readonly onReachable: (reachable: boolean) => void;
}

/** Speaks the JSON API; every method rejects with `ApiError`, or with an abort when superseded. */
export class Client {
  readonly #hooks: ClientHooks;

  constructor(hooks: ClientHooks) {
    this.#hooks = hooks;
  }

  async logIn(username: string, password: string): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'password', username, password });
    const response = await this.#send('/api/auth/token', { method: 'POST', body });
    return ((await this.#read(response)) as { access_token: string }).access_token;
  }

  me(): Promise<Me> {
    return this.#get('/api/me');
  }

  async city(): Promise<City> {
    return completeCity(await this.#get('/api/city'));
  }

  async layers(): Promise<readonly LayerInfo[]> {
    return (await this.#get<{ layers: readonly LayerInfo[] }>('/api/layers')).layers;
  }

  async categories(): Promise<readonly Category[]> {
    return (await this.#get<{ categories: readonly Category[] }>('/api/categories')).categories;
  }

  locate(point: LonLat, category: string, signal: AbortSignal): Promise<LocateAnswer> {
    const { lon, lat } = point;
    return this.#get(`/api/grids/locate?${query({ lon, lat, datum: 'wgs84', category })}`, signal);
  }

  search(text: string, datum: Datum, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.#get(`/api/search?${query({ q: text, datum, limit: 10 })}`, signal);
  }

  card(kind: CardKind, id: string, signal: AbortSignal): Promise<Card> {
    return this.#get(`/api/${kind}/${encodeURIComponent(id)}`, signal);
  }

  async #get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const token = this.#hooks.token();
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const response = await this.#send(path, { headers, ...(signal ? { signal } : {}) });
    if (response.status === 401) this.#hooks.onExpired();
    return (await this.#read(response)) as T;
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    try {
      const response = await fetch(path, { credentials: 'same-origin', ...init });
      this.#hooks.onReachable(response.status < 502 || response.status > 504);
      return response;
    } catch (error) {
      if (isAbort(error)) throw error;
      this.#hooks.onReachable(false);
      throw new ApiError(0, String(error));
    }
  }

  async #read(response: Response): Promise<unknown> {
    const body: unknown = await response.json().catch(() => ({}));
    if (!response.ok) throw new ApiError(response.status, problemText((body ?? {}) as Problem, response.status));
    return body;
  }
}
