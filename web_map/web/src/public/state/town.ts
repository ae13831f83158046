import { start, type Start } from '../api';
import { Value } from '../../state/value';

/** What the page begins with; null until it is there. */
export const town = new Value<Start | null>(null);
export const townError = new Value<unknown>(null);
const TICKET_MS = 12 * 3600 * 1000;
/** The server takes nothing sooner: only a program fills a page in within two seconds. */
const LEAST_MS = 2100;
let asked_ms = 0;

export async function loadTown(): Promise<void> {
  townError.set(null);
  try {
    town.set(await start());
    asked_ms = Date.now();
  } catch (error) {
    townError.set(error);
  }
}

/** Gives a ticket that is good: a page that lay open for half a day asks for another one; a new one has to wait. */
export async function ticket(renew = false): Promise<string> {
  if (renew || !town.current || Date.now() - asked_ms > TICKET_MS) {
    town.set(await start());
    asked_ms = Date.now();
  }
  await new Promise((resolve) => setTimeout(resolve, asked_ms + LEAST_MS - Date.now()));
  return town.current?.ticket ?? '';
}
