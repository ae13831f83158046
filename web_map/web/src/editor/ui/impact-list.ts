import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pickName } from '../../i18n';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { select } from '../state/drawing';
import { tell } from '../state/changes';
import { diff, impact, reread } from '../state/plan';
import { goToUnit } from '../state/view';
import type { Figure, Impact, LimitKept, Portrait, UnitImpact } from '../wire';
import { figure, say, sayIf } from '../words';
import { panelStyles } from './panel-styles';

/** What people look at first. */
const ORDER = ['area_m2', 'households', 'people', 'buildings', 'places', 'components', 'events_open', 'events_year', 'on_duty', 'compactness'];

/** Before → after of every unit that the plan touches. */
class ImpactList extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    section {
      padding: 12px 16px;
      border-bottom: 1px solid var(--line);
    }
    h3 button {
      padding: 0;
      border: 0;
      background: none;
      color: var(--ink);
      font-weight: 600;
      text-align: left;
    }
    h3 button:hover {
      color: var(--accent);
      text-decoration: underline;
    }
    table {
      width: 100%;
      margin-top: 6px;
      border-collapse: collapse;
      font-size: 13px;
      font-variant-numeric: tabular-nums;
    }
    th,
    td {
      padding: 2px 0;
      font-weight: 400;
      text-align: right;
    }
    th:first-child {
      color: var(--ink-2);
      text-align: left;
    }
    thead th {
      color: var(--ink-3);
      font-size: 12px;
    }
    .less {
      color: var(--bad);
    }
    .more {
      color: var(--good);
    }
  `];

  constructor() {
    super();
    new Redraw(this, impact, diff, language);
  }

  protected override render(): TemplateResult {
    const read = impact.current;
    if (read.state === 'loading') return html`<p class="empty"><i class="spinner"></i> ${say('impact.busy')}</p>`;
    if (read.state === 'failed') return html`<div class="pad stack"><p class="alarm">${read.reason}</p><button class="button slim" @click=${() => void reread()}>${say('again')}</button></div>`;
    const { units, quarrels } = read.value;
    if (!units.length) return html`<p class="empty">${say('impact.none')}</p>`;
    const real = new Set(tell(diff.current).map((one) => one.id));
    const touched = units.filter((unit) => real.has(unit.id));
    const others = units.length - touched.length;
    return html`<p class="pad note">${say('impact.what', { n: touched.length })}${others ? ` ${say('impact.others', { n: others })}` : ''}</p>
      ${quarrels ? quarrelNote(quarrels) : nothing} ${touched.map(unitTable)}`;
  }
}

function quarrelNote({ a_year_before: before, a_year_after: after }: NonNullable<Impact['quarrels']>): TemplateResult {
  const look = after > before + 0.05 ? 'less' : after < before - 0.05 ? 'more' : '';
  return html`<section><div class="row"><span class="grow">${say('impact.quarrels')}</span><strong class=${look}>${figure(before, 1)} → ${figure(after, 1)}</strong></div></section>`;
}

function unitTable(unit: UnitImpact): TemplateResult {
  const before = unit.before && figuresOf(unit.before);
  const after = unit.after && figuresOf(unit.after);
  return html`<section>
    <h3 class="row">
      <button class="grow cut" @click=${() => show(unit)}>${pickName({ name: unit.name, name_en: unit.name_en ?? null }) || unit.code}</button>
      ${unit.before === null ? html`<span class="badge good">${say('impact.new')}</span>` : nothing}
      ${unit.after === null ? html`<span class="badge bad">${say('impact.gone')}</span>` : nothing}
    </h3>
    <table>
      <thead><tr><th></th><th>${say('impact.before')}</th><th>${say('impact.after')}</th><th>${say('impact.change')}</th></tr></thead>
      <tbody>${namesOf(before, after).map((name) => row(name, before?.[name] ?? null, after?.[name] ?? null, unit.limits.find((one) => one.rule === name)))}</tbody>
    </table>
  </section>`;
}

function figuresOf(portrait: Portrait): Record<string, Figure> {
  return { area_m2: portrait.area_m2, ...portrait.figures, compactness: portrait.polsby_popper };
}

function show(unit: UnitImpact): void {
  select(unit.id);
  void goToUnit({ id: unit.id });
}

function namesOf(...both: ReadonlyArray<Record<string, Figure> | null>): string[] {
  const names = new Set(both.flatMap((figures) => Object.keys(figures ?? {})));
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

// Green and red speak of limits; a figure without one is only more or less.
function row(name: string, before: Figure, after: Figure, limit: LimitKept | undefined): TemplateResult {
  const change = (after ?? 0) - (before ?? 0);
  const digits = name === 'compactness' ? 2 : 0;
  const small = Math.abs(change) < (digits ? 0.005 : 0.5);
  const look = limit?.after === false ? 'less' : limit?.before === false && limit.after ? 'more' : '';
  return html`<tr>
    <th scope="row">${sayIf(`figure.${name}`, name)}</th>
    <td>${before === null ? '—' : figure(before, digits)}</td>
    <td class=${look} title=${limit ? limitText(limit) : nothing}>${after === null ? '—' : figure(after, digits)}${look ? (look === 'less' ? ' ✗' : ' ✓') : ''}</td>
    <td class="note">${small ? '' : `${change > 0 ? '+' : '−'}${figure(Math.abs(change), digits)}`}</td>
  </tr>`;
}

function limitText({ least, most }: LimitKept): string {
  return say('impact.limit', { least: least === null ? '—' : figure(least), most: most === null ? '—' : figure(most) });
}

customElements.define('cg-impact-list', ImpactList);
