import { say as toast } from '../../state/app';
import * as api from '../api';
import { draft, EMPTY, proposal, remark } from '../state/drawing';
import { complain, plan } from '../state/plan';
import { polygonsOf } from '../wire';
import { say } from '../words';
import { take } from './tools';

/** Asks the server for a way to split a unit or to even several out, and lays it on the drawing board. */
export async function suggest(units: readonly string[]): Promise<void> {
  const now = plan.current;
  if (!now) return;
  take('select');
  toast(say('suggest.busy'));
  try {
    const suggestion = await api.suggest(now.id, units);
    if (!suggestion.operations.length) return remark.set(say('suggest.none'));
    draft.set({ ...EMPTY, parts: suggestion.parts.flatMap((part) => polygonsOf(part.geometry)) });
    proposal.set({ kind: 'suggested', suggestion });
  } catch (error) {
    complain(error);
  }
}
