import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { areaOf_m2 } from '../../geo/plane';
import { language, pickName } from '../../i18n';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { selected, type ToolName } from '../state/drawing';
import { canEdit, operate, plan } from '../state/plan';
import { town } from '../state/town';
import { people, written } from '../state/people';
import { depth, known, parentsFor, tree } from '../state/tree';
import { goToUnit } from '../state/view';
import { suggest } from '../tools/suggest';
import { take } from '../tools/tools';
import type { Leaf, Operation, Person, Unit } from '../wire';
import { area, say, sayIf } from '../words';
import { TOOL_ICONS, zoomIcon } from './icons';
import { panelStyles } from './panel-styles';
import './people';

type Form = 'rename' | 'recode' | 'migrate' | 'retire' | 'assign';

/** The selected unit: what it is, and everything that can be done with it without drawing. */
class UnitCard extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    .title {
      font-size: 17px;
    }
    .facts {
      display: grid;
      font-size: 13px;
      grid-template-columns: auto 1fr;
      gap: 4px 14px;
    }
    dt {
      color: var(--ink-3);
    }
    .actions {
      display: grid;
      grid-template-columns: 1fr 1fr;
      gap: 6px;
    }
    .actions .button {
      justify-content: flex-start;
    }
    form {
      padding: 12px;
      border: 1px solid var(--accent);
      border-radius: 10px;
    }
    .welcome {
      padding: 20px 20px;
      gap: 14px;
    }
    .welcome li {
      display: flex;
      gap: 10px;
    }
    .welcome b {
      display: inline-grid;
      width: 22px;
      height: 22px;
      flex: none;
      border-radius: 50%;
      background: var(--accent-weak);
      color: var(--accent-strong);
      font-size: 12px;
      place-items: center;
    }
  `];

  #form: Form | null = null;
  #formFor = '';
  /** Where the unit may be moved to, once that is known. */
  #parents: readonly Leaf[] | null = null;
  #chosen: readonly Person[] = [];

  constructor() {
    super();
    new Redraw(this, selected, town, tree, depth, people, plan, language);
  }

  protected override render(): TemplateResult {
    const [first, ...others] = selected.current;
    if (!first) return welcome();
    if (others.length) return this.#several();
    const unit = town.current.units.get(first);
    const leaf = known().leaves.get(first);
    return unit || leaf ? this.#one(first, unit ?? null, (unit ?? leaf)!) : html`<p class="empty">${say('unit.elsewhere')}</p>`;
  }

  #several(): TemplateResult {
    return html`<div class="pad stack">
      <h2>${say('unit.several', { n: selected.current.length })}</h2>
      <ul class="stack">${selected.current.map((id) => html`<li>${nameOf(id)}</li>`)}</ul>
      ${canEdit()
        ? html`<button class="button primary" @click=${() => take('merge')}>${say('tool.merge.what')}</button>
            <button class="button" id="suggest-even" @click=${() => void suggest(selected.current)}>${say('suggest.even')}</button>`
        : nothing}
    </div>`;
  }

  #one(id: string, unit: Unit | null, about: Unit | Leaf): TemplateResult {
    if (this.#formFor !== id) this.#form = null;
    this.#formFor = id;
    return html`<div class="pad stack">
      <div class="row">
        <h2 class="title grow" id="unit-name">${pickName(about)}</h2>
        <button class="icon-button" title=${say('unit.zoom')} aria-label=${say('unit.zoom')} @click=${() => void goToUnit({ id })}>${zoomIcon}</button>
      </div>
      <dl class="facts">
        <dt>${say('unit.code')}</dt>
        <dd class="mono" id="unit-code">${about.code ?? say('unit.noCode')}</dd>
        <dt>${say('unit.parent')}</dt>
        <dd>${about.parent ? nameOf(about.parent) : '—'}</dd>
        ${unit?.polygons.length ? html`<dt>${say('unit.area')}</dt><dd>${area(areaOf_m2(unit.polygons))}</dd>` : nothing}
        ${unit ? html`<dt>${say('unit.people')}</dt><dd>${peopleOf(unit)}</dd>` : nothing}
      </dl>
      ${canEdit() ? this.#actions(id, about) : html`<p class="note">${say('unit.locked')}</p>`}
    </div>`;
  }

  #actions(id: string, about: Unit | Leaf): TemplateResult {
    const isBase = !depth.current || about.level === depth.current;
    return html`${isBase ? html`<h3>${say('unit.onMap')}</h3><div class="actions">${(['vertex', 'split', 'cut', 'transfer', 'merge'] as const).map(toolButton)}
          <button class="button slim" id="suggest-split" @click=${() => void suggest([id])}>${say('suggest.split')}</button></div>` : nothing}
      <h3>${say('unit.records')}</h3>
      <div class="actions">
        ${this.#formButton('rename')} ${this.#formButton('recode')} ${about.level > 1 ? this.#formButton('migrate') : nothing}
        ${isBase ? html`${this.#formButton('assign')} ${this.#formButton('retire')}` : nothing}
      </div>
      ${this.#form ? this.#formOf(this.#form, id, about) : nothing}`;
  }

  #formButton(form: Form): TemplateResult {
    return html`<button class="button slim ${form === 'retire' ? 'danger' : ''}" id="act-${form}" aria-expanded=${this.#form === form ? 'true' : 'false'} @click=${() => this.#open(form)}>
      ${say(`op.${form}`)}…
    </button>`;
  }

  #open(form: Form): void {
    this.#form = this.#form === form ? null : form;
    const id = this.#formFor;
    const about = town.current.units.get(id) ?? known().leaves.get(id);
    if (this.#form === 'migrate' && about) void this.#readParents(about);
    if (this.#form === 'assign') this.#chosen = town.current.units.get(id)?.people ?? [];
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('form input, form select')?.focus());
  }

  async #readParents(about: Leaf): Promise<void> {
    this.#parents = null;
    const read = await parentsFor(about).catch(() => []);
    if (this.#formFor !== about.id) return;
    this.#parents = read;
    this.requestUpdate();
  }

  #formOf(form: Form, id: string, about: Unit | Leaf): TemplateResult {
    return html`<form class="stack" aria-label=${say(`op.${form}`)} @submit=${(event: SubmitEvent) => void this.#send(event, form, id)}>
      ${this.#fields(form, about, id)}
      <div class="row">
        <span class="push"></span>
        <button type="button" class="button slim" @click=${() => this.#open(form)}>${say('sketch.cancel')}</button>
        <button class="button slim primary" id="save-${form}">${say(`op.${form}`)}</button>
      </div>
    </form>`;
  }

  #fields(form: Form, about: Unit | Leaf, id: string): TemplateResult {
    if (form === 'assign') return html`<cg-people-form .chosen=${this.#chosen} near=${about.code ?? ''} @chosen=${(event: CustomEvent<readonly Person[]>) => (this.#chosen = event.detail)}></cg-people-form>`;
    if (form !== 'migrate') return FIELDS[form](about, id);
    const options = this.#parents?.map((one) => html`<option value=${one.id}>${pickName(one)} ${one.code ?? ''}</option>`);
    return html`<label>${say('unit.newParent')}<select name="parent" required>${options ?? html`<option value="">…</option>`}</select></label>`;
  }

  async #send(event: SubmitEvent, form: Form, id: string): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    if (await operate(operationOf(form, id, this.#chosen, (name) => String(fields.get(name) ?? '').trim()))) {
      this.#form = null;
      this.requestUpdate();
    }
  }
}

const FIELDS: Readonly<Record<Exclude<Form, 'migrate' | 'assign'>, (about: Unit | Leaf, id: string) => TemplateResult>> = {
  rename: (about) => html`<label>${say('unit.name')}<input name="name" required maxlength="80" .value=${about.name} autocomplete="off" /></label>
    <label>${say('unit.nameEn')}<input name="name_en" maxlength="120" .value=${about.name_en} autocomplete="off" /></label>`,
  recode: (about) => html`<p class="note small">${say('unit.recodeHint')}</p>
    <label>${say('unit.code')}<input name="code" required maxlength="24" .value=${about.code ?? ''} autocomplete="off" class="mono" /></label>`,
  retire: (_, id) => html`<p class="caution">${say('unit.retireHint')}</p>
    <label>${say('unit.heir')}<select name="to">
      <option value="">${say('unit.heirLongest')}</option>
      ${town.current.topology.neighbours(id).map((one) => html`<option value=${one}>${nameOf(one)}</option>`)}
    </select></label>`,
};

function operationOf(form: Form, id: string, chosen: readonly Person[], text: (name: string) => string): Operation {
  switch (form) {
    case 'rename':
      return { op: 'rename', unit: id, name: text('name'), ...(text('name_en') ? { name_en: text('name_en') } : {}) };
    case 'recode':
      return { op: 'recode', unit: id, code: text('code') };
    case 'migrate':
      return { op: 'migrate', units: [id], parent: text('parent') };
    case 'retire':
      return text('to') ? { op: 'retire', unit: id, to: text('to') } : { op: 'retire', unit: id };
    case 'assign':
      return { op: 'assign', unit: id, people: chosen.map((one) => [one.worker_id, one.role]) };
  }
}

function toolButton(name: ToolName): TemplateResult {
  return html`<button class="button slim" @click=${() => take(name)}>${TOOL_ICONS[name]}${say(`tool.${name}`)}</button>`;
}

function nameOf(id: string): string {
  const leaf = town.current.units.get(id) ?? known().leaves.get(id);
  return leaf ? `${pickName(leaf)} ${leaf.code ?? ''}` : id;
}

function peopleOf(unit: Unit): string {
  if (!unit.people.length) return say('unit.nobody');
  return unit.people.map(({ worker_id, role }) => `${sayIf(`role.${role}`)} ${written(worker_id)}`).join('、');
}

function welcome(): TemplateResult {
  if (!canEdit()) return html`<p class="empty">${say('unit.look')}</p>`;
  return html`<div class="welcome stack">
    <h2>${say('welcome.heading')}</h2>
    <ol class="stack">
      ${([1, 2, 3, 4] as const).map((n) => html`<li><b>${n}</b><span>${say(`welcome.${n}`)}</span></li>`)}
    </ol>
    <p class="calm">${say('help.safe')}</p>
  </div>`;
}

customElements.define('cg-unit-card', UnitCard);
