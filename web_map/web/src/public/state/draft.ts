import { problemAt, type Spot } from './spot';

/** What somebody has filled in and not sent yet. Who they are is never kept, and photos only as long as the page. */
export interface Draft {
  readonly client_id: string;
  readonly matter: string;
  readonly text: string;
  readonly where: string;
  /** What was sent first, when no answer came: the city may have it. */
  readonly tried?: string;
}

interface Kept extends Draft {
  readonly spot: Spot | null;
}

/** A code of this device, so that nobody has to write it down. */
export interface MyReport {
  readonly code: string;
  readonly matter: string;
  readonly at: string;
}

const DRAFT = 'citygrid.public.draft';
const MINE = 'citygrid.public.mine';
const MOST_MINE = 20;

/** Draws 128 bits by lot: sent again under this name, a report is the same report. */
export function clientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const emptyDraft = (): Draft => ({ client_id: clientId(), matter: '', text: '', where: '' });

export const isEmpty = (draft: Draft): boolean => !draft.matter && !draft.text && !draft.where;

/** Names what a draft says: to tell whether it was changed since it was sent. */
export function contentOf(draft: Draft, spot: Spot | null): string {
  return JSON.stringify([draft.matter, draft.text.trim(), draft.where.trim(), spot?.lon, spot?.lat]);
}

/** The same content as a report of its own. */
export function anew({ matter, text, where }: Draft): Draft {
  return { client_id: clientId(), matter, text, where };
}

/** Keeps a draft in this browser; without storage it lasts as long as the page. */
export function keepDraft(draft: Draft): void {
  write(DRAFT, isEmpty(draft) && !problemAt.current ? null : { ...draft, spot: problemAt.current });
}

export function foundDraft(): Draft | null {
  const kept = read<Kept>(DRAFT);
  if (!kept || typeof kept.client_id !== 'string') return null;
  problemAt.set(kept.spot ?? null);
  return { client_id: kept.client_id, matter: kept.matter ?? '', text: kept.text ?? '', where: kept.where ?? '', ...(typeof kept.tried === 'string' ? { tried: kept.tried } : {}) };
}

export function forgetDraft(): void {
  write(DRAFT, null);
  problemAt.set(null);
}

export const myReports = (): readonly MyReport[] => read<MyReport[]>(MINE) ?? [];

export function keepReport(mine: MyReport): void {
  const others = myReports().filter((each) => each.code !== mine.code);
  write(MINE, [mine, ...others].slice(0, MOST_MINE));
}

export function forgetReport(code: string): void {
  write(MINE, myReports().filter((each) => each.code !== code));
}

function write(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A private window may have no storage.
  }
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as T | null;
  } catch {
    return null;
  }
}
