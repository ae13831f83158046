import { html, type TemplateResult } from 'lit';
import { pickName } from '../../i18n';
import { baseLevel, town } from '../state/town';
import type { Leaf } from '../wire';

/** Options for the unit above: that of a unit which lies there first. */
export function parentChoices(near: string | null): TemplateResult[] {
  const own = near ? (town.current.units.get(near)?.parent ?? null) : null;
  return parents().map((one) => html`<option value=${one.id} ?selected=${one.id === own}>${pickName(one)} ${one.code ?? ''}</option>`);
}

// A new unit lies in the window, and so do those that it may belong to.
function parents(): readonly Leaf[] {
  return [...town.current.units.values()].filter((unit) => unit.level === baseLevel() - 1);
}
