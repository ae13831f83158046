import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../api/errors';
import type { LogInMethods } from '../api/types';
import { formatWait } from '../geo/time';
import { language, switchLanguage, t } from '../i18n';
import { admit, client, notice } from '../state/session';
import { signOnAddress } from '../state/sign-on';
import { Redraw } from '../state/value';
import { doorStyles } from './door-styles';
import { languageIcon, markIcon, warnIcon } from './icons';
import { shared } from './shared';

const PASSWORD_ONLY: LogInMethods = { password: true, oidc: null };

/** Asks for name and password; what the browser gets for them is a cookie that no script can read. */
class LoginCard extends LitElement {
  static override readonly styles = [shared, doorStyles];

  #methods = PASSWORD_ONLY;
  #problem = '';
  #waiting = false;
  /** When the server takes the next attempt; 0 when it takes one now. */
  #until_ms = 0;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    new Redraw(this, notice, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#askMethods();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector('input')?.focus();
  }

  protected override render(): TemplateResult {
    return html`
      <main class="card">
        <header>
          ${markIcon}
          <div>
            <h1>${t('app.title')}</h1>
            <p>${t('app.subtitle')}</p>
          </div>
        </header>
        <div role="alert">${this.#message()}</div>
        ${this.#methods.password ? this.#form() : nothing} ${this.#signOn()}
        <footer>
          <span>${t('login.hint')}</span>
          <button
            class="button plain"
            lang=${language.current === 'zh' ? 'en' : 'zh-CN'}
            aria-label=${t('top.languageLabel')}
            @click=${() => switchLanguage(language.current === 'zh' ? 'en' : 'zh')}
          >
            ${languageIcon}${t('top.language')}
          </button>
        </footer>
      </main>
    `;
  }

  #form(): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => void this.#submit(event)} aria-label=${t('login.heading')}>
      <label>
        ${t('login.username')}
        <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required />
      </label>
      <label>
        ${t('login.password')}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button class="button primary" ?disabled=${this.#waiting || this.#left_s() > 0}>${this.#action()}</button>
    </form>`;
  }

  #action(): TemplateResult | string {
    if (this.#waiting) return html`<i class="spinner"></i>${t('login.busy')}`;
    const left = this.#left_s();
    return left > 0 ? html`<span role="timer">${t('login.wait', { time: formatWait(left) })}</span>` : t('login.submit');
  }

  #signOn(): TemplateResult | typeof nothing {
    const { oidc, password } = this.#methods;
    if (!oidc) return nothing;
    return html`${password ? html`<p class="or"><span>${t('login.or')}</span></p>` : nothing}
      <a class="button sign-on" href=${signOnAddress(oidc.url, location)}>${t('login.signOn', { title: oidc.title })}</a>`;
  }

  #message(): TemplateResult | typeof nothing {
    if (this.#problem) return html`<p class="message">${warnIcon}<span>${this.#problem}</span></p>`;
    const words = notice.current;
    if (!words) return nothing;
    return html`<p class="message ${words.bad ? '' : 'calm'}">${words.bad ? warnIcon : nothing}<span>${t(words.key)}</span></p>`;
  }

  async #askMethods(): Promise<void> {
    this.#methods = await client.methods().catch(() => PASSWORD_ONLY);
    this.requestUpdate();
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.#waiting || this.#left_s() > 0) return;
    const fields = new FormData(event.target as HTMLFormElement);
    this.#show('', true);
    try {
      admit(await client.logIn(String(fields.get('username')), String(fields.get('password'))));
    } catch (error) {
      if (error instanceof ApiError && error.wait_s) this.#wait(error.wait_s);
      this.#show(reasonOf(error), false);
    }
  }

  #left_s(): number {
    return Math.max(0, Math.ceil((this.#until_ms - Date.now()) / 1000));
  }

  #wait(seconds: number): void {
    this.#until_ms = Date.now() + seconds * 1000;
    clearInterval(this.#clock);
    this.#clock = setInterval(() => this.#tick(), 250);
  }

  #tick(): void {
    if (this.#left_s() === 0) {
      clearInterval(this.#clock);
      this.#problem = '';
    }
    this.requestUpdate();
  }

  #show(problem: string, waiting: boolean): void {
    this.#problem = problem;
    this.#waiting = waiting;
    this.requestUpdate();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return t('login.failed', { reason: String(error) });
  if (error.status === 401) return t('login.wrong');
  if (error.status === 429) return t('login.tooMany');
  return error.status === 0 ? t('login.unreachable') : t('login.failed', { reason: error.message });
}

customElements.define('cg-login-card', LoginCard);
