import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { isAbort } from '../../api/errors';
import { language, pick } from '../../i18n';
import { failed, LOADING, ready, type Loadable } from '../../state/app';
import { Redraw } from '../../state/value';
import { closeIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import * as api from '../api';
import { findByWholeName, people, remember, written } from '../state/people';
import type { Person, Worker } from '../wire';
import { say, sayIf } from '../words';
import { panelStyles } from './panel-styles';

export const PEOPLE_ROLES = ['leader', 'worker', 'liaison'] as const;
const PAUSE_MS = 200;
const LEAST_OF_NAME = 2;

/** Chooses who leads a unit and works in it: by surname or number, near ones first; names stay masked. */
class PeopleForm extends LitElement {
  static override readonly properties = { chosen: { attribute: false }, near: {} };
  static override readonly styles = [shared, panelStyles, css`
    :host {
      display: grid;
      gap: 8px;
    }
    li {
      display: flex;
      align-items: center;
      gap: 6px;
    }
    li select {
      width: auto;
      min-height: 28px;
      padding: 0 4px;
      font-size: 13px;
    }
    .found {
      overflow-y: auto;
      max-height: 236px;
      border: 1px solid var(--line);
      border-radius: 8px;
    }
    .found button {
      display: grid;
      width: 100%;
      padding: 6px 10px;
      border: 0;
      border-bottom: 1px solid var(--line);
      background: none;
      text-align: left;
    }
    .found button:hover {
      background: var(--surface-2);
    }
    .on {
      color: var(--good);
    }
  `];

  declare chosen: readonly Person[];
  /** Code of the unit that somebody is looked for. */
  declare near: string;
  #text = '';
  #found: Loadable<readonly Worker[]> = LOADING;
  #asking: AbortController | null = null;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.chosen = [];
    this.near = '';
    new Redraw(this, people, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  protected override render(): TemplateResult {
    return html`${this.chosen.length ? html`<ul class="stack">${this.chosen.map((one) => this.#row(one))}</ul>` : html`<p class="note small">${say('unit.nobody')}</p>`}
      <label>${say('people.find')}<input id="find-person" type="search" autocomplete="off" placeholder=${say('people.hint')} @input=${(event: InputEvent) => this.#type(event)} @keydown=${stay} /></label>
      ${this.#hits()}
      ${this.#text.length >= LEAST_OF_NAME && !/[\d*]/.test(this.#text)
        ? html`<button type="button" class="button slim" id="find-whole" @click=${() => void this.#whole()}>${say('people.whole', { name: this.#text })}</button>`
        : nothing}`;
  }

  #row({ worker_id: id, role }: Person): TemplateResult {
    return html`<li>
      <span class="grow cut">${written(id)}</span>
      <select aria-label=${say('unit.role')} @change=${(event: Event) => this.#put(id, (event.target as HTMLSelectElement).value)}>
        ${PEOPLE_ROLES.map((one) => html`<option value=${one} ?selected=${one === role}>${say(`role.${one}`)}</option>`)}
      </select>
      <button type="button" class="icon-button small" aria-label=${say('people.remove', { name: written(id) })} title=${say('people.remove', { name: written(id) })} @click=${() => this.#tell(this.chosen.filter((other) => other.worker_id !== id))}>${closeIcon}</button>
    </li>`;
  }

  #hits(): TemplateResult {
    const found = this.#found;
    if (found.state === 'loading') return html`<p class="note small"><i class="spinner"></i></p>`;
    if (found.state === 'failed') return html`<p class="alarm">${found.reason}</p>`;
    if (!found.value.length) return html`<p class="note small">${say('people.nobody')}</p>`;
    return html`<ul class="found" aria-label=${say('people.find')}>${found.value.map((one) => html`<li><button type="button" data-worker=${one.id} @click=${() => this.#add(one)}>
      <span>${one.name} <span class="mono note small">${one.code}</span> ${one.on_duty ? html`<span class="small on">${say('people.onDuty')}</span>` : nothing}</span>
      <span class="note small cut">${sayIf(`job.${one.role}`, one.role)} · ${pick(one.organisation, one.organisation_en)}${one.unit_code ? ` · …${one.unit_code.slice(-6)}` : ''}</span>
    </button></li>`)}</ul>`;
  }

  #type(event: InputEvent): void {
    this.#text = (event.target as HTMLInputElement).value.trim();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#look(), PAUSE_MS);
    this.requestUpdate();
  }

  async #look(): Promise<void> {
    this.#asking?.abort();
    const mine = (this.#asking = new AbortController());
    await this.#show(api.findWorkers(this.#text, this.near, mine.signal));
  }

  #whole(): Promise<void> {
    return this.#show(findByWholeName(this.#text));
  }

  async #show(asked: Promise<readonly Worker[]>): Promise<void> {
    try {
      this.#found = ready(await asked);
    } catch (error) {
      if (isAbort(error)) return;
      this.#found = failed(error);
    }
    this.requestUpdate();
  }

  #add(one: Worker): void {
    remember(one.id, one);
    this.#put(one.id, one.role === 'grid_leader' ? 'leader' : one.role === 'liaison' ? 'liaison' : 'worker');
  }

  #put(worker_id: number, role: string): void {
    const at = this.chosen.findIndex((one) => one.worker_id === worker_id);
    this.#tell(at < 0 ? [...this.chosen, { worker_id, role }] : this.chosen.with(at, { worker_id, role }));
  }

  #tell(next: readonly Person[]): void {
    this.chosen = next;
    this.dispatchEvent(new CustomEvent('chosen', { detail: next }));
  }
}

// Enter in the search must not send the form around it.
function stay(event: KeyboardEvent): void {
  if (event.key === 'Enter') event.preventDefault();
}

customElements.define('cg-people-form', PeopleForm);
