/** The address holds which plan is open and which unit is looked at, so that a reload comes back to the same place. */

export function readPart(hash: string, key: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get(key);
}

/** Returns the hash with one part set or, for null, removed; MapLibre's own `map=` part stays as it is. */
export function writePart(hash: string, key: string, value: string | null): string {
  const parts = hash.replace(/^#/, '').split('&').filter((part) => part && !part.startsWith(`${key}=`));
  if (value) parts.push(`${key}=${encodeURIComponent(value)}`);
  return parts.length ? `#${parts.join('&')}` : '';
}

export function remember(key: string, value: string | null): void {
  history.replaceState(history.state, '', location.pathname + location.search + writePart(location.hash, key, value));
}

export function remembered(key: string): string | null {
  return readPart(location.hash, key);
}
