import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { length_m } from '../../geo/plane';
import { withoutMark } from '../../geo/names';
import { language, pickName } from '../../i18n';
import { LOADING } from '../../state/app';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { SIDES, type Side } from '../map/paint';
import { conflicts, loadConflicts, lookedAt } from '../state/compare';
import { written } from '../state/people';
import { act, canEdit, plan } from '../state/plan';
import { known } from '../state/tree';
import { fit } from '../state/view';
import type { Clash, Collection, Leaf, Person } from '../wire';
import { figure, say } from '../words';
import { panelStyles } from './panel-styles';

/** What was published over a plan, border by border: as it was, as the plan has it, as it is in force; one chooses. */
class ConflictList extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    form {
      padding: 10px 12px;
      border: 1px solid var(--bad);
      border-radius: 10px;
    }
    fieldset {
      padding: 10px 0 0;
      border: 0;
      border-top: 1px solid var(--line);
      margin: 0;
    }
    legend {
      float: left;
      width: 100%;
      font-size: 13px;
      font-weight: 600;
    }
    .sides {
      display: flex;
      gap: 4px;
    }
    .sides button[aria-pressed="true"] {
      border-color: var(--accent);
      background: var(--accent-weak);
    }
    .dot {
      width: 14px;
      height: 4px;
      border-radius: 2px;
    }
    .base {
      background: #8f97a3;
    }
    .mine {
      background: #f0a030;
    }
    .published {
      background: #0f5ea8;
    }
    table {
      width: 100%;
      border-collapse: collapse;
      font-size: 12px;
      table-layout: fixed;
    }
    th,
    td {
      padding: 3px 4px;
      border-bottom: 1px solid var(--line);
      font-weight: 400;
      overflow-wrap: anywhere;
      text-align: left;
      vertical-align: top;
    }
    thead th {
      color: var(--ink-3);
    }
    th:first-child {
      width: 44px;
      color: var(--ink-3);
    }
    .differs {
      font-weight: 600;
    }
  `];

  constructor() {
    super();
    new Redraw(this, conflicts, lookedAt, plan, language);
  }

  #stop: (() => void) | null = null;
  #seen = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = plan.watch(() => this.#follow());
    this.#follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#seen = '';
  }

  // A step, or its undoing, may bring conflicts or take them away.
  #follow(): void {
    const now = plan.current;
    const seen = `${now?.id} ${now?.etag} ${now?.newest_version ?? ''}`;
    if (!now || seen === this.#seen) return;
    this.#seen = seen;
    conflicts.set(LOADING);
    void loadConflicts();
  }

  protected override render(): TemplateResult | typeof nothing {
    const read = conflicts.current;
    const clashes = read.state === 'ready' ? read.value : [];
    if (clashes.length) return this.#form(clashes);
    if (!plan.current?.is_behind || read.state !== 'ready') return nothing;
    return html`<div class="caution row"><span class="grow">${say('conflict.behind')}</span>${canEdit() ? html`<button class="button slim" id="do-rebase" @click=${() => void act('rebase')}>${say('verb.rebase')}</button>` : nothing}</div>`;
  }

  #form(clashes: readonly Clash[]): TemplateResult {
    return html`<form class="stack" id="conflicts" @submit=${choose}>
      <strong class="alarm">${say('conflict.some', { n: clashes.length })}</strong>
      ${clashes.map((clash, index) => this.#clash(clash, index + 1))}
      ${canEdit() ? html`<button class="button primary" id="do-rebase">${say('verb.rebase')}</button>` : html`<p class="note small">${say('conflict.returnFirst')}</p>`}
    </form>`;
  }

  #clash(clash: Clash, n: number): TemplateResult {
    const names = clash.units.map((unit) => pickName((unit.published ?? unit.mine ?? unit.base)!)).map(withoutMark);
    return html`<fieldset class="stack" data-clash=${clash.id}>
      <legend>${n}. ${names.join('、')}</legend>
      <div class="sides" role="group" aria-label=${say('conflict.show')}>
        ${this.#side(clash, null)} ${SIDES.map((side) => this.#side(clash, side))}
      </div>
      ${rows(clash)}
      <label class="line"><input type="radio" name=${clash.id} value="mine" ?disabled=${!canEdit()} />${say('conflict.mine')}</label>
      <label class="line"><input type="radio" name=${clash.id} value="theirs" checked ?disabled=${!canEdit()} />${say('conflict.theirs')}</label>
    </fieldset>`;
  }

  #side(clash: Clash, side: Side | null): TemplateResult {
    const { id, side: shown } = lookedAt.current;
    return html`<button type="button" class="button slim" data-side=${side ?? 'all'} aria-pressed=${id === clash.id && shown === side ? 'true' : 'false'} @click=${() => look(clash, side)}>
      ${side ? html`<i class="dot ${side}"></i>` : nothing}${say(side ? `side.${side}` : 'side.all')}
    </button>`;
  }
}

function look(clash: Clash, side: Side | null): void {
  lookedAt.set({ id: clash.id, side });
  if (clash.bbox) fit(clash.bbox);
}

/** What differs, three ways: the borders, and of every unit its name, code, parent and people. */
function rows(clash: Clash): TemplateResult {
  const head = html`<thead><tr><th></th>${SIDES.map((side) => html`<th scope="col">${say(`side.${side}`)}</th>`)}</tr></thead>`;
  const borders = SIDES.map((side) => clash[side].features.length);
  const lines = borders.some(Boolean) ? row(say('conflict.borders'), SIDES.map((side) => course(clash[side]))) : nothing;
  return html`<table>${head}<tbody>${lines}${clash.units.flatMap((unit) => FIELDS.map(([word, write]) => {
    const values = SIDES.map((side) => (unit[side] ? write(unit[side]) : say('conflict.gone')));
    return new Set(values).size > 1 ? row(say(word), values) : nothing;
  }))}</tbody></table>`;
}

function row(title: string, [base, ...others]: readonly string[]): TemplateResult {
  return html`<tr><th scope="row">${title}</th><td>${base}</td>${others.map((one) => html`<td class=${one === base ? '' : 'differs'}>${one}</td>`)}</tr>`;
}

const FIELDS: ReadonlyArray<readonly [Parameters<typeof say>[0], (leaf: Leaf) => string]> = [
  ['unit.name', (leaf) => withoutMark(pickName(leaf))],
  ['unit.code', (leaf) => leaf.code ?? say('unit.noCode')],
  ['unit.parent', (leaf) => parentName(leaf.parent)],
  ['unit.people', (leaf) => ((leaf as { people?: readonly Person[] }).people ?? []).map((one) => written(one.worker_id)).join('、') || say('unit.nobody')],
];

function parentName(id: string | null): string {
  const leaf = id ? known().leaves.get(id) : undefined;
  return leaf ? withoutMark(pickName(leaf)) : (id ?? '—');
}

function course({ features }: Collection): string {
  const metres = features.reduce((sum, { geometry }) => sum + (geometry?.type === 'LineString' ? length_m(geometry.coordinates) : 0), 0);
  return features.length ? say('conflict.course', { n: features.length, metres: figure(metres) }) : say('conflict.same');
}

function choose(event: SubmitEvent): void {
  event.preventDefault();
  const choices = Object.fromEntries(new FormData(event.target as HTMLFormElement));
  void act('rebase', { choices }).then(() => loadConflicts());
}

customElements.define('cg-conflict-list', ConflictList);
