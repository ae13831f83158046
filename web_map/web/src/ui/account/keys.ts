import { client } from '../../state/session';

export type Scope = 'all' | 'read' | 'field';

/** A way into the account: a log-in, a key of a program, or a key of a device. */
export interface Key {
  readonly id: number;
  readonly kind: 'session' | 'token' | 'device';
  readonly name: string;
  readonly scope: Scope;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly address: string | null;
  readonly agent: string | null;
  readonly expires_at: string;
  /** It is the one this page came with. */
  readonly current: boolean;
}

/** A key just made, with its secret, which nobody can read again. */
export interface NewKey {
  readonly id: number;
  readonly token: string;
}

export async function listKeys(): Promise<readonly Key[]> {
  return inOrder((await client.ask<{ keys: readonly Key[] }>('/api/me/keys')).keys);
}

export function makeKey(name: string, days: number, scope: Scope): Promise<NewKey> {
  return client.ask('/api/me/keys', { method: 'POST', body: { name, days, scope } });
}

export function revokeKey(id: number): Promise<void> {
  return client.ask(`/api/me/keys/${id}`, { method: 'DELETE' });
}

/** Puts the key in use first, then the others from the latest used to the longest unused. */
export function inOrder(keys: readonly Key[]): readonly Key[] {
  const used = (key: Key): number => Date.parse(key.last_used_at ?? key.created_at);
  return [...keys].sort((a, b) => Number(b.current) - Number(a.current) || used(b) - used(a));
}
