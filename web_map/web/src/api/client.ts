import type { BBox, Datum, LonLat } from '../geo/coordinates';
import { completeCity } from './city';
import { ApiError, errorOf, isAbort } from './errors';
import type { Card, CardKind, Category, City, LayerInfo, LocateAnswer, LogInMethods, Me, SearchAnswer } from './types';

/** Builds a query string, leaving out what is null or empty. */
export function query(parameters: Readonly<Record<string, string | number | null>>): string {
  const pairs = Object.entries(parameters).filter(([, value]) => value !== null && value !== '');
  return new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
}

/** What a request carries; a body goes as a form when it is `URLSearchParams` or `FormData`, else as JSON. */
export interface Request {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: URLSearchParams | FormData | Readonly<Record<string, unknown>>;
  /** The etag that the thing to be changed must still have; 412 when it has another. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

export interface ClientHooks {
  /** The value that proves to the server that a change comes from our own page; null when not logged in. */
  readonly csrf: () => string | null;
  /** Asks for that value again; tells whether it has changed, as it does when another tab logs in. */
  readonly renewCsrf: () => Promise<boolean>;
  /** Called when the server no longer accepts our session. */
  readonly onExpired: () => void;
  /** Called when the server answers nothing more until the password is changed. */
  readonly onPasswordNeeded: () => void;
  /** Called with the reachability seen by each request. */
  readonly onReachable: (reachable: boolean) => void;
}

const LOG_IN = '/api/auth/session';

/**
 * Speaks the JSON API; every method rejects with `ApiError`, or with an abort when superseded.
 * The browser itself adds the session's cookie, which no script can read.
 */
export class Client {
  readonly #hooks: ClientHooks;

  constructor(hooks: ClientHooks) {
    this.#hooks = hooks;
  }

  /** Starts a session; a 401 says that name or password are wrong. */
  async logIn(username: string, password: string): Promise<Me> {
    const response = await this.#send(LOG_IN, { method: 'POST', body: new URLSearchParams({ username, password }) });
    if (!response.ok) throw await errorOf(response);
    return (await response.json()) as Me;
  }

  /** Ends the session on the server; one that has ended already is as good. */
  async logOut(): Promise<void> {
    const response = await this.#proven(LOG_IN, { method: 'DELETE' });
    if (!response.ok && response.status !== 401) throw await errorOf(response);
  }

  methods(): Promise<LogInMethods> {
    return this.ask('/api/auth/methods');
  }

  me(): Promise<Me> {
    return this.ask('/api/me');
  }

  async city(): Promise<City> {
    return completeCity(await this.ask('/api/city'));
  }

  async layers(): Promise<readonly LayerInfo[]> {
    return (await this.ask<{ layers: readonly LayerInfo[] }>('/api/layers')).layers;
  }

  /** Returns the box around what we may see of a layer; null when that is nothing. */
  async extent(layer: string): Promise<BBox | null> {
    return (await this.ask<{ bbox: BBox | null }>(`/api/layers/${encodeURIComponent(layer)}/extent`)).bbox;
  }

  async categories(): Promise<readonly Category[]> {
    return (await this.ask<{ categories: readonly Category[] }>('/api/categories')).categories;
  }

  locate(point: LonLat, category: string, signal: AbortSignal): Promise<LocateAnswer> {
    const { lon, lat } = point;
    return this.ask(`/api/grids/locate?${query({ lon, lat, datum: 'wgs84', category })}`, { signal });
  }

  search(text: string, datum: Datum, signal?: AbortSignal): Promise<SearchAnswer> {
    return this.ask(`/api/search?${query({ q: text, datum, limit: 10 })}`, signal ? { signal } : {});
  }

  card(kind: CardKind, id: string, signal: AbortSignal): Promise<Card> {
    return this.ask(`/api/${kind}/${encodeURIComponent(id)}`, { signal });
  }

  /** Sends a request of any kind and returns the JSON of its answer; null when there is none. */
  async ask<T>(path: string, request: Request = {}): Promise<T> {
    const response = await this.#proven(path, request);
    if (response.ok) return (await response.json().catch(() => null)) as T;
    const error = await errorOf(response);
    if (error.status === 401) this.#hooks.onExpired();
    if (error.kind === 'password-change-needed') this.#hooks.onPasswordNeeded();
    throw error;
  }

  // Another tab may have logged in meanwhile: the cookie is then a new one, and so is its proof.
  async #proven(path: string, request: Request): Promise<Response> {
    const response = await this.#send(path, request);
    const refused = response.status === 403 && isUnsafe(request);
    return refused && (await this.#hooks.renewCsrf()) ? this.#send(path, request) : response;
  }

  async #send(path: string, request: Request): Promise<Response> {
    try {
      const response = await fetch(path, { credentials: 'same-origin', ...initOf(request, this.#hooks.csrf()) });
      this.#hooks.onReachable(response.status < 502 || response.status > 504);
      return response;
    } catch (error) {
      if (isAbort(error)) throw error;
      this.#hooks.onReachable(false);
      throw new ApiError(0, String(error));
    }
  }
}

function isUnsafe({ method = 'GET' }: Request): boolean {
  return method !== 'GET';
}

function initOf(request: Request, csrf: string | null): RequestInit {
  const { method = 'GET', body, ifMatch, signal } = request;
  const headers: Record<string, string> = ifMatch ? { 'if-match': ifMatch } : {};
  if (isUnsafe(request) && csrf) headers['x-csrf-token'] = csrf;
  const isForm = body instanceof URLSearchParams || body instanceof FormData;
  if (body && !isForm) headers['content-type'] = 'application/json';
  const content = isForm ? body : JSON.stringify(body);
  return { method, headers, ...(body ? { body: content } : {}), ...(signal ? { signal } : {}) };
}
