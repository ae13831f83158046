import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { tell } from '../../i18n/account';
import { me } from '../../state/session';
import { Redraw } from '../../state/value';
import { copyIcon, plusIcon, warnIcon } from '../icons';
import { shared } from '../shared';
import { formStyles } from './form-styles';
import { keyFormStyles } from './key-form-styles';
import { makeKey, type Scope } from './keys';

/** Sent up when a key has been made. */
export const KEY_MADE = 'key-made';

const DAYS = [7, 30, 90, 180, 365] as const;
const USUAL_DAYS = 90;

interface Made {
  readonly name: string;
  readonly token: string;
}

/** Makes a key for QGIS and shows it, once, with what to do with it. */
export class KeyForm extends LitElement {
  static override readonly styles = [shared, formStyles, keyFormStyles];

  #open = false;
  #waiting = false;
  #problem = '';
  #made: Made | null = null;
  #copied = false;
  #said = '';

  constructor() {
    super();
    new Redraw(this, language);
  }

  /** Warns of a key that would be lost now; tells whether there is one. */
  warnOfLoss(): boolean {
    if (!this.#made || this.#copied) return false;
    this.#set({ said: tell('key.notCopied') });
    this.#focus('.copy-key');
    return true;
  }

  protected override render(): TemplateResult {
    if (this.#made) return this.#result(this.#made);
    if (this.#open) return this.#form();
    return html`<button class="button open" @click=${() => this.#show()}>${plusIcon}${tell('key.new')}</button>`;
  }

  #form(): TemplateResult {
    return html`<form
      class="box"
      aria-label=${tell('key.new')}
      @submit=${(event: SubmitEvent) => void this.#submit(event)}
      @keydown=${(event: KeyboardEvent) => this.#escape(event)}
    >
      <p>${tell('key.newText')}</p>
      <label class="field">${tell('key.name')}<input name="name" value="QGIS" maxlength="100" required autocomplete="off" /></label>
      <div class="pair">
        <label class="field">
          ${tell('key.days')}
          <select name="days">
            ${DAYS.map((n) => html`<option value=${n} ?selected=${n === USUAL_DAYS}>${tell('key.daysValue', { n })}</option>`)}
          </select>
        </label>
        <label class="field">
          ${tell('key.scope')}
          <select name="scope">
            <option value="read" selected>${tell('key.scope.read')}</option>
            <option value="all">${tell('key.scope.all')}</option>
          </select>
        </label>
      </div>
      <div role="alert">${this.#problem ? html`<p class="message">${warnIcon}<span>${this.#problem}</span></p>` : nothing}</div>
      <div class="actions">
        <button type="button" class="button" @click=${() => this.#close()}>${tell('keys.cancel')}</button>
        <button class="button primary" ?disabled=${this.#waiting}>${this.#waiting ? tell('key.busy') : tell('key.submit')}</button>
      </div>
    </form>`;
  }

  #result({ name, token }: Made): TemplateResult {
    const username = me.current?.username ?? '';
    return html`<section class="box made" aria-labelledby="made">
      <h4 id="made" tabindex="-1">${tell('key.madeHeading', { name })}</h4>
      <p class="message calm">${warnIcon}<span>${tell('key.once')}</span></p>
      ${this.#readable('key.value', 'token', token, 'key.copy', true)}
      ${this.#readable('key.url', 'url', `${location.origin}/ogc`, 'key.copyUrl', false)}
      <p class="said" role="status">${this.#said}</p>
      <ol>
        <li>${tell('key.step1')}</li>
        <li>${tell('key.step2', { username })}</li>
      </ol>
      <div class="actions"><button class="button primary done" @click=${() => this.#finish()}>${tell('key.done')}</button></div>
    </section>`;
  }

  #readable(
    label: 'key.value' | 'key.url',
    name: string,
    value: string,
    copyLabel: 'key.copy' | 'key.copyUrl',
    isKey: boolean,
  ): TemplateResult {
    return html`<div class="readable">
      <label class="field">${tell(label)}
        <input
          class="mono"
          name=${name}
          readonly
          .value=${value}
          @focus=${(event: FocusEvent) => (event.target as HTMLInputElement).select()}
          @copy=${() => isKey && (this.#copied = true)}
        />
      </label>
      <button class="button ${isKey ? 'primary copy-key' : ''}" @click=${() => void this.#copy(name, isKey)}>
        ${copyIcon}${tell(copyLabel)}
      </button>
    </div>`;
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const name = String(fields.get('name')).trim();
    this.#set({ problem: '', waiting: true });
    try {
      const { token } = await makeKey(name, Number(fields.get('days')), String(fields.get('scope')) as Scope);
      this.#made = { name, token };
      this.#copied = false;
      this.#set({ waiting: false, said: '' });
      this.#focus('#made');
      void this.updateComplete.then(() => this.renderRoot.querySelector('.box')?.scrollIntoView());
      this.dispatchEvent(new Event(KEY_MADE, { bubbles: true, composed: true }));
    } catch (error) {
      this.#set({ waiting: false, problem: tell('key.failed', { reason: error instanceof Error ? error.message : String(error) }) });
    }
  }

  // A page without TLS has no clipboard; the old way still copies what is selected.
  async #copy(name: string, isKey: boolean): Promise<void> {
    const input = this.renderRoot.querySelector<HTMLInputElement>(`[name=${name}]`);
    if (!input) return;
    input.select();
    const written = await (navigator.clipboard?.writeText(input.value).then(() => true) ?? Promise.resolve(false)).catch(() => false);
    const done = written || document.execCommand('copy');
    if (isKey && done) this.#copied = true;
    this.#set({ said: done ? tell('key.copied') : tell('key.copyFailed') });
  }

  #show(): void {
    this.#open = true;
    this.#focus('[name=name]');
  }

  #close(): void {
    this.#open = false;
    this.#problem = '';
    this.#focus('.open');
  }

  #finish(): void {
    if (this.warnOfLoss()) return void (this.#copied = true);
    this.#made = null;
    this.#close();
  }

  #escape(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    this.#close();
  }

  #set(change: { problem?: string; waiting?: boolean; said?: string }): void {
    this.#problem = change.problem ?? this.#problem;
    this.#waiting = change.waiting ?? this.#waiting;
    this.#said = change.said ?? this.#said;
    this.requestUpdate();
  }

  #focus(selector: string): void {
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(selector)?.focus());
  }
}

customElements.define('cg-key-form', KeyForm);
