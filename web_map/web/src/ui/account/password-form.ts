import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../../api/errors';
import { formatWaitWords } from '../../geo/time';
import { language } from '../../i18n';
import { tell } from '../../i18n/account';
import { client, me } from '../../state/session';
import { Redraw } from '../../state/value';
import { checkIcon, warnIcon } from '../icons';
import { shared } from '../shared';
import { formStyles } from './form-styles';
import { checkPassword, ruleOf, RULES, type Rule } from './policy';

/** The server's words for a new password that is none. */
const SAME = 'is the old one';

/** Sent up when the server has taken the new password. */
export const PASSWORD_CHANGED = 'password-changed';

/** Changes the password; tells the rules before one types and ticks them off meanwhile. */
class PasswordForm extends LitElement {
  static override readonly styles = [shared, formStyles, css`
    .rules {
      padding: 10px 12px;
      border-radius: 8px;
      background: var(--surface-2);
      color: var(--ink-2);
      font-size: 13px;
    }
    .rules li {
      display: grid;
      align-items: start;
      margin-top: 4px;
      gap: 7px;
      grid-template-columns: 16px 1fr;
    }
    .rules i,
    .rules svg {
      margin: 3px 0 0;
    }
    .rules i {
      width: 11px;
      height: 11px;
      border: 1.5px solid #97a3ae;
      border-radius: 50%;
      margin: 4px 2px 0;
    }
    .rules .server i {
      border-style: dashed;
    }
    .rules .met {
      color: var(--good);
    }
    .rules .refused {
      color: var(--bad);
    }
  `];

  #typed = { old: '', new: '', again: '' };
  #shown = false;
  #waiting = false;
  #problem = '';
  #refused: ReadonlySet<Rule> = new Set();

  constructor() {
    super();
    new Redraw(this, language);
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLInputElement>('[name=old]')?.focus();
  }

  protected override render(): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => void this.#submit(event)}>
      <input hidden name="username" autocomplete="username" .value=${me.current?.username ?? ''} readonly />
      ${this.#field('old', 'current-password')}
      ${this.#rules()}
      ${this.#field('new', 'new-password')} ${this.#field('again', 'new-password')}
      <label class="check">
        <input type="checkbox" .checked=${this.#shown} @change=${() => this.#set({ shown: !this.#shown })} />
        ${tell('password.show')}
      </label>
      <div role="alert">
        ${this.#problem ? html`<p class="message">${warnIcon}<span>${this.#problem}</span></p>` : nothing}
      </div>
      <button class="button primary" ?disabled=${this.#waiting}>
        ${this.#waiting ? html`<i class="spinner"></i>${tell('password.busy')}` : tell('password.submit')}
      </button>
    </form>`;
  }

  #field(name: 'old' | 'new' | 'again', autocomplete: 'current-password' | 'new-password'): TemplateResult {
    const type = (event: InputEvent): void => {
      this.#typed = { ...this.#typed, [name]: (event.target as HTMLInputElement).value };
      this.#refused = new Set();
      this.requestUpdate();
    };
    return html`<label class="field">
      ${tell(`password.${name}`)}
      <input
        name=${name}
        type=${this.#shown ? 'text' : 'password'}
        autocomplete=${autocomplete}
        autocapitalize="none"
        spellcheck="false"
        maxlength="1000"
        aria-describedby=${name === 'new' ? 'rules' : nothing}
        aria-invalid=${name === 'new' && this.#refused.size ? 'true' : 'false'}
        required
        .value=${this.#typed[name]}
        @input=${type}
      />
    </label>`;
  }

  #rules(): TemplateResult {
    const ticks = checkPassword(this.#typed.new, me.current?.username ?? '');
    const met = RULES.filter((rule) => ticks[rule] === 'met').length;
    return html`<div class="rules" id="rules">
      <p>${tell('password.rules')}</p>
      <ul>${RULES.map((rule) => this.#rule(rule, ticks[rule]))}</ul>
      <p class="visually-hidden" role="status">
        ${this.#typed.new ? tell('password.progress', { n: met, all: RULES.length - 1 }) : ''}
      </p>
    </div>`;
  }

  #rule(rule: Rule, tick: 'met' | 'open' | 'server'): TemplateResult {
    const state = this.#refused.has(rule) ? 'refused' : tick;
    const sign = { met: checkIcon, refused: warnIcon, open: html`<i></i>`, server: html`<i></i>` }[state];
    const spoken = state === 'met' ? tell('password.met') : state === 'refused' ? tell('password.open') : '';
    return html`<li class=${state}>
      ${sign}<span>${tell(`password.rule.${rule}`)}<span class="visually-hidden"> ${spoken}</span></span>
    </li>`;
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.#typed.new !== this.#typed.again) return this.#set({ problem: tell('password.mismatch') });
    this.#set({ problem: '', waiting: true });
    try {
      const body = { old: this.#typed.old, new: this.#typed.new };
      await client.ask('/api/me/password', { method: 'POST', body });
      this.#typed = { old: '', new: '', again: '' };
      this.#set({ waiting: false, shown: false });
      this.dispatchEvent(new Event(PASSWORD_CHANGED, { bubbles: true, composed: true }));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    const reasons = error instanceof ApiError ? error.reasons : [];
    const rules = reasons.filter(({ where }) => where === 'new').map(({ reason }) => ruleOf(reason));
    this.#refused = new Set(rules.filter((rule) => rule !== null));
    const allKnown = this.#refused.size > 0 && rules.every((rule) => rule !== null);
    this.#set({ waiting: false, problem: allKnown ? tell('password.refused') : wordsOf(error) });
  }

  #set(change: { problem?: string; waiting?: boolean; shown?: boolean }): void {
    this.#problem = change.problem ?? this.#problem;
    this.#waiting = change.waiting ?? this.#waiting;
    this.#shown = change.shown ?? this.#shown;
    this.requestUpdate();
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return tell('password.failed', { reason: String(error) });
  if (error.reasons[0]?.where === 'old') return tell('password.wrong');
  if (error.reasons[0]?.reason === SAME) return tell('password.same');
  if (error.status === 429) return tell('password.tooMany', { time: formatWaitWords(error.wait_s ?? 60, language.current) });
  return tell('password.failed', { reason: error.message });
}

customElements.define('cg-password-form', PasswordForm);
