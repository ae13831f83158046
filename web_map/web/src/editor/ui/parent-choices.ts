import { html, type TemplateResult } from 'lit';
import { pickName } from '../../i18n';
import { baseLevel, town } from '../state/town';
import { tree } from '../state/tree';
import type { Leaf } from '../wire';

/** Options for the unit above: that of a unit which lies there first. */
export function parentChoices(near: string | null): TemplateResult[] {
  const own = near ? (town.current.units.get(near)?.parent ?? null) : null;
  return parents().map((one) => html`<option value=${one.id} ?selected=${one.id === own}>${pickName(one)} ${one.code ?? ''}</option>`);
}

function parents(): readonly Leaf[] {
  const read = tree.current;
  if (read.state === 'ready') return [...read.value.leaves.values()].filter((leaf) => leaf.level === read.value.base - 1);
  return [...town.current.units.values()].filter((unit) => unit.level === baseLevel() - 1);
}
