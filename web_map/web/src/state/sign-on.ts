import { isMessageKey, type MessageKey } from '../i18n';

const PARAMETER = 'login_error';
/** Codes of the server that come to the same for whoever logs in. */
const SAME_WORDS: Readonly<Record<string, string>> = { code: 'provider', token: 'provider' };

/** Reads why single sign-on failed from a query string; null when it says nothing. */
export function readLoginError(search: string): MessageKey | null {
  const code = new URLSearchParams(search).get(PARAMETER);
  if (code === null) return null;
  const key = `login.error.${SAME_WORDS[code] ?? code}`;
  return isMessageKey(key) ? key : 'login.error.other';
}

/** Returns the query string without the reason, so that neither a reload nor a copied link repeats it. */
export function withoutLoginError(search: string): string {
  const kept = new URLSearchParams(search);
  kept.delete(PARAMETER);
  return kept.size ? `?${kept}` : '';
}

/** Returns where single sign-on starts, so that it comes back to this view. */
export function signOnAddress(url: string, here: Pick<Location, 'pathname' | 'search' | 'hash'>): string {
  const next = here.pathname + withoutLoginError(here.search) + here.hash;
  return `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams({ next })}`;
}
