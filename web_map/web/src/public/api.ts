import { ApiError, errorOf, isAbort } from '../api/errors';
import type { BBox, LonLat } from '../geo/coordinates';
import { formatWaitWords } from '../geo/time';
import { language, say } from './words';

export interface Both {
  readonly zh: string;
  readonly en: string;
}

export interface Kind {
  readonly key: string;
  readonly title: string;
  readonly title_en: string;
  readonly colour: string;
}

export interface Matter {
  readonly key: string;
  readonly theme: string;
  readonly title: string;
  readonly title_en: string;
  readonly hint: string;
  readonly hint_en: string;
}

export interface Start {
  readonly bbox: BBox | null;
  readonly name: Both | null;
  readonly kinds: readonly Kind[];
  readonly matters: readonly Matter[];
  readonly ticket: string;
  readonly most_photos: number;
  readonly attribution: readonly string[];
}

export interface Place extends LonLat {
  readonly kind: string;
  readonly name: string;
  readonly name_en: string | null;
  readonly address: string | null;
  readonly distance_m: number;
  readonly opening_hours: string | null;
  readonly is_open: boolean | null;
  readonly changes_at: string | null;
  readonly wheelchair: 'yes' | 'no' | 'limited' | null;
  readonly fee: 'yes' | 'no' | null;
  readonly generated: boolean;
  readonly hours_generated: boolean;
}

export interface Found extends LonLat {
  readonly title: string;
  readonly title_en: string;
  readonly kind: string;
  readonly generated: boolean;
}

export interface SpotTold {
  readonly inside: boolean;
  readonly address: string | null;
  readonly distance_m: number | null;
  readonly generated: boolean;
}

export interface Step {
  readonly stage: string;
  readonly says: Both;
  readonly at: string | null;
}

export interface Followed {
  readonly stage: string;
  readonly says: Both;
  readonly matter: Both;
  readonly joined: boolean;
  readonly reported_at: string;
  readonly steps: readonly Step[];
  readonly photos: number;
}

export interface ReportSent extends LonLat {
  readonly ticket: string;
  readonly client_id: string;
  readonly matter: string;
  readonly text: string;
  readonly where: string;
  readonly name: string;
  readonly phone: string;
  readonly website: string;
  readonly language: 'zh' | 'en';
  readonly accuracy_m?: number;
}

export interface Taken {
  readonly code: string;
  /** False when the report had come before, whatever was sent this time. */
  readonly created: boolean;
}

/** Asks a door of the public; rejects with `ApiError`, status 0 for no connection. */
async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    // Nobody is logged in here: a session of the same browser has nothing to do with it.
    response = await fetch(`/api/public/${path}`, { credentials: 'omit', ...init });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, String(error));
  }
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as T;
}

export const start = (): Promise<Start> => ask('start');

export async function nearest(at: LonLat, kinds: readonly string[], signal: AbortSignal): Promise<readonly Place[]> {
  const query = new URLSearchParams({ lon: at.lon.toFixed(6), lat: at.lat.toFixed(6), limit: '30' });
  if (kinds.length) query.set('kinds', kinds.join(','));
  return (await ask<{ places: readonly Place[] }>(`places?${query}`, { signal })).places;
}

export async function find(text: string): Promise<readonly Found[]> {
  return (await ask<{ results: readonly Found[] }>(`search?${new URLSearchParams({ q: text })}`)).results;
}

export function spotOf(at: LonLat): Promise<SpotTold> {
  return ask(`spot?${new URLSearchParams({ lon: at.lon.toFixed(6), lat: at.lat.toFixed(6) })}`);
}

export function report(sent: ReportSent): Promise<Taken> {
  return ask('reports', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) });
}

export function addPhoto(code: string, photo: Blob): Promise<{ readonly photos: number }> {
  const headers = { 'content-type': photo.type };
  return ask(`reports/${encodeURIComponent(code)}/photos`, { method: 'POST', headers, body: photo });
}

export const follow = (code: string): Promise<Followed> => ask(`reports/${encodeURIComponent(code)}`);

/** Says what went wrong, in words for everybody. */
export function trouble(error: unknown): string {
  if (!(error instanceof ApiError)) return say('app.failed', { reason: String(error) });
  if (error.status === 0) return say('app.offline');
  if (error.status === 429) {
    return say('app.tooMany', { time: formatWaitWords(error.wait_s ?? 60, language.current) });
  }
  return say('app.failed', { reason: error.message });
}
