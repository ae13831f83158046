import { Value } from '../../state/value';

export type View = 'near' | 'report' | 'follow';
const VIEWS: readonly string[] = ['near', 'report', 'follow'];

/** A code that the address came with, until it has been looked up. */
export const codeGiven = new Value<string>('');
export const view = new Value<View>(read());

/** Reads the address: #report, or #code=… from a QR code, which then goes from the address again. */
function read(): View {
  const text = location.hash.slice(1);
  const code = /^code=([\w-]{10,60})$/.exec(text)?.[1];
  if (code) {
    codeGiven.set(code);
    history.replaceState(null, '', '#follow');
    return 'follow';
  }
  return VIEWS.includes(text) ? (text as View) : 'near';
}

export function go(next: View): void {
  if (next !== view.current) history.pushState(null, '', `#${next}`);
  view.set(next);
}

export const forgetCode = (): void => codeGiven.set('');

addEventListener('popstate', () => view.set(read()));
addEventListener('hashchange', () => view.set(read()));
