import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { ApiError } from '../../api/errors';
import { formatWaitWords } from '../../geo/time';
import { language } from '../../i18n';
import { tell } from '../../i18n/account';
import { client } from '../../state/session';
import { Redraw } from '../../state/value';
import { eyeIcon, phoneIcon, warnIcon } from '../icons';
import { shared } from '../shared';
import { clearStyles } from './clear-styles';
import { formStyles } from './form-styles';

/** How long a value stays in clear on the screen. */
const SHOWN_S = 60;
const REASONS = ['dispatch', 'emergency', 'verify', 'other'] as const;
type Reason = (typeof REASONS)[number];

/** What of a person can be asked for. */
export type Field = 'phone' | 'name';

type State = 'masked' | 'asking' | 'waiting' | 'clear';

/** Shows a person's name and phone in clear for a minute, to whoever says why; the server keeps a record of it. */
class ClearValue extends LitElement {
  static override readonly properties = { worker: { type: Number }, fields: { attribute: false } };
  static override readonly styles = [shared, formStyles, clearStyles];

  declare worker: number;
  /** What is masked of this person. */
  declare fields: readonly Field[];
  #state: State = 'masked';
  #reason: Reason = 'dispatch';
  #values: Partial<Record<Field, string>> = {};
  #problem = '';
  #said = '';
  #until_ms = 0;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.worker = 0;
    this.fields = [];
    new Redraw(this, language);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('worker')) this.#forget();
  }

  protected override render(): TemplateResult {
    return html`${this.#body()}
      <p class="visually-hidden" role="status">${this.#said}</p>
      <div role="alert">${this.#problem ? html`<p class="message">${warnIcon}<span>${this.#problem}</span></p>` : nothing}</div>`;
  }

  #body(): TemplateResult {
    if (this.#state === 'masked') {
      return html`<button class="button show" @click=${() => this.#ask()}>${eyeIcon}${tell('clear.show')}</button>`;
    }
    return this.#state === 'clear' ? this.#clear() : this.#form();
  }

  #form(): TemplateResult {
    const waiting = this.#state === 'waiting';
    return html`<form
      @submit=${(event: SubmitEvent) => void this.#submit(event)}
      @keydown=${(event: KeyboardEvent) => this.#escape(event)}
    >
      <fieldset>
        <legend>${tell('clear.why')}</legend>
        ${REASONS.map((reason) => this.#choice(reason))}
      </fieldset>
      <label class="field">
        ${tell('clear.detail')}
        <input
          name="detail"
          maxlength="200"
          autocomplete="off"
          ?required=${this.#reason === 'other'}
          placeholder=${this.#reason === 'other' ? tell('clear.detailNeeded') : tell('clear.detailOptional')}
        />
      </label>
      <div class="actions">
        <button type="button" class="button" @click=${() => this.#cancel()}>${tell('clear.cancel')}</button>
        <button class="button primary" ?disabled=${waiting}>${waiting ? tell('clear.busy') : tell('clear.submit')}</button>
      </div>
      <p class="record">${tell('clear.record')}</p>
    </form>`;
  }

  #choice(reason: Reason): TemplateResult {
    const choose = (): void => {
      this.#reason = reason;
      this.requestUpdate();
    };
    return html`<label class="check">
      <input type="radio" name="reason" value=${reason} .checked=${reason === this.#reason} @change=${choose} />
      ${tell(`clear.reason.${reason}`)}
    </label>`;
  }

  #clear(): TemplateResult {
    const { name, phone } = this.#values;
    return html`<div class="clear" tabindex="-1">
      ${name ? html`<strong>${name}</strong>` : nothing}
      ${phone
        ? html`<a class="mono" href="tel:${phone.replace(/[^\d+]/g, '')}" aria-label=${tell('clear.call', { number: phone })}>
            ${phoneIcon}${phone}
          </a>`
        : nothing}
      <p>
        <span>${tell('clear.shown')}</span>
        <span class="left">${tell('clear.left', { n: this.#left_s() })}</span>
        <button class="link" @click=${() => this.#hide()}>${tell('clear.hide')}</button>
      </p>
    </div>`;
  }

  #ask(): void {
    this.#problem = '';
    this.#said = '';
    this.#become('asking', 'input:checked');
    // On a phone the sheet is lower than the form.
    void this.updateComplete.then(() => this.renderRoot.querySelector('form')?.scrollIntoView({ block: 'nearest' }));
  }

  #cancel(): void {
    this.#problem = '';
    this.#become('masked', '.show');
  }

  #escape(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    // Here Escape leaves the question; the panel stays.
    event.preventDefault();
    event.stopPropagation();
    this.#cancel();
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const detail = String(new FormData(event.target as HTMLFormElement).get('detail') ?? '').trim();
    const reason = [tell(`clear.reason.${this.#reason}`), detail].filter(Boolean).join(': ');
    const { worker } = this;
    this.#problem = '';
    this.#become('waiting');
    try {
      for (const field of this.fields) {
        const body = { field, reason };
        const { value } = await client.ask<{ value: string }>(`/api/workers/${worker}/reveal`, { method: 'POST', body });
        // While the answer was on its way another person may have been chosen.
        if (worker !== this.worker || !this.isConnected) return;
        this.#values = { ...this.#values, [field]: value };
      }
    } catch (error) {
      this.#problem = wordsOf(error);
    }
    this.#show();
  }

  #show(): void {
    if (Object.keys(this.#values).length === 0) return this.#become('masked', '.show');
    this.#until_ms = Date.now() + SHOWN_S * 1000;
    this.#clock = setInterval(() => (this.#left_s() > 0 ? this.requestUpdate() : this.#hide()), 500);
    this.#said = tell('clear.shown');
    this.#become('clear', '.clear');
  }

  #left_s(): number {
    return Math.max(0, Math.ceil((this.#until_ms - Date.now()) / 1000));
  }

  #hide(): void {
    const hadFocus = this.shadowRoot?.activeElement != null;
    this.#forget();
    this.#said = tell('clear.hidden');
    this.#become('masked', hadFocus ? '.show' : undefined);
  }

  #forget(): void {
    clearInterval(this.#clock);
    this.#values = {};
    this.#problem = '';
    this.#state = 'masked';
    this.#reason = 'dispatch';
  }

  #become(state: State, focus?: string): void {
    this.#state = state;
    this.requestUpdate();
    if (focus) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(focus)?.focus());
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return tell('clear.failed', { reason: String(error) });
  if (error.status === 403) return tell('clear.forbidden');
  if (error.status === 404) return tell('clear.missing');
  if (error.status !== 429) return tell('clear.failed', { reason: error.message });
  return error.wait_s ? tell('clear.tooMany', { time: formatWaitWords(error.wait_s, language.current) }) : tell('clear.tooManyUnknown');
}

customElements.define('cg-clear-value', ClearValue);
