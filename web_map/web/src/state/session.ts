import { Client } from '../api/client';
import { ApiError } from '../api/errors';
import type { Me } from '../api/types';
import type { MessageKey } from '../i18n';
import { Value } from './value';

/** Not yet known, not logged in, logged in but only for a new password, or in. */
export type Standing = 'asking' | 'out' | 'must-change' | 'in';

/** Something to say above the log-in form. */
export interface Notice {
  readonly key: MessageKey;
  readonly bad: boolean;
}

// Says only that this tab was logged in, so that a reload can tell "ended" from "not yet". The session
// itself is a cookie that no script can read.
const WAS_IN = 'citygrid.was-in';

export const standing = new Value<Standing>('asking');
export const me = new Value<Me | null>(null);
/** Why the log-in card is shown, if there is something to say. */
export const notice = new Value<Notice | null>(null);
export const reachable = new Value(true);
/** Why it is not known who we are; empty when it is. */
export const trouble = new Value('');

export const client = new Client({
  csrf: () => me.current?.csrf ?? null,
  renewCsrf: () => renew().catch(() => false),
  onExpired: () => expire(),
  onPasswordNeeded: () => void start(),
  onReachable: (isReachable) => reachable.set(isReachable),
});

/** Asks the server who we are. */
export async function start(): Promise<void> {
  trouble.set('');
  try {
    admit(await client.me());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    trouble.set(error instanceof Error ? error.message : String(error));
  }
}

/** Takes the page in as the account that the server has named. */
export function admit(account: Me): void {
  sessionStorage.setItem(WAS_IN, '1');
  notice.set(null);
  me.set(account);
  standing.set(account.must_change_password ? 'must-change' : 'in');
}

/** Ends the session on the server; rejects, and stays logged in, when the server could not be told. */
export async function logOut(): Promise<void> {
  await client.logOut();
  leave({ key: 'login.loggedOut', bad: false });
}

/** Returns to the log-in card because the server no longer knows us; harmless when already there. */
export function expire(): void {
  if (standing.current === 'out') return;
  leave(notice.current ?? (sessionStorage.getItem(WAS_IN) ? { key: 'login.expired', bad: false } : null));
}

/**
 * Looks whether the session is still ours: another tab may have ended it or begun one for somebody else,
 * and then nothing on this page may be believed.
 */
export async function check(): Promise<void> {
  if (standing.current !== 'in') return;
  await renew().catch(() => undefined);
}

async function renew(): Promise<boolean> {
  const before = me.current;
  const now = await client.me();
  if (before && now.username !== before.username) location.reload();
  me.set(now);
  return now.csrf !== before?.csrf;
}

function leave(words: Notice | null): void {
  sessionStorage.removeItem(WAS_IN);
  notice.set(words);
  trouble.set('');
  me.set(null);
  standing.set('out');
}
