import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../api/client';
import { language, switchLanguage, t } from '../i18n';
import * as app from '../state/app';
import { Redraw } from '../state/value';
import { languageIcon, markIcon, warnIcon } from './icons';
import { shared } from './shared';

/** Asks for name and password; the token goes to the session only. */
class LoginCard extends LitElement {
  static override readonly styles = [shared, css`
    :host {
      position: fixed;
      z-index: 4;
      inset: 0;
      display: grid;
      overflow: auto;
      place-items: center;
      padding: 24px;
      background: rgb(246 247 248 / 0.55);
      backdrop-filter: blur(3px);
    }
    .card {
      width: min(380px, 100%);
      padding: 32px;
    }
    header {
      display: flex;
      align-items: center;
      gap: 12px;
      margin-bottom: 24px;
    }
    h1 {
      font-size: 20px;
      line-height: 1.25;
    }
    header p {
      color: var(--ink-3);
      font-size: 13px;
    }
    form {
      display: grid;
      gap: 16px;
    }
    label {
      display: grid;
      gap: 6px;
      color: var(--ink-2);
      font-size: 13px;
      font-weight: 500;
    }
    input {
      height: 42px;
      padding: 0 12px;
      border: 1px solid #c5ccd3;
      border-radius: 8px;
      background: #fff;
      color: var(--ink);
      font-size: 15px;
    }
    input:focus {
      border-color: var(--accent);
      outline: 3px solid var(--accent-weak);
    }
    .primary {
      height: 42px;
      margin-top: 4px;
      font-size: 15px;
    }
    .message {
      display: flex;
      align-items: center;
      gap: 8px;
      padding: 9px 12px;
      border-radius: 8px;
      background: var(--bad-weak);
      color: var(--bad);
      font-size: 13px;
    }
    .message.calm {
      background: var(--accent-weak);
      color: var(--accent-strong);
    }
    footer {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 12px;
      margin-top: 20px;
      color: var(--ink-3);
      font-size: 12px;
    }
    footer .button {
      border: 0;
      color: var(--ink-2);
      font-size: 13px;
    }
    .primary .spinner {
      border-color: rgb(255 255 255 / 0.4);
      border-top-color: #fff;
    }
  `];

  #problem = '';
  #waiting = false;

  constructor() {
    super();
    new Redraw(this, app.notice, language);
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
        ${this.#form()}
        <footer>
          <span>${t('login.hint')}</span>
          <button
            class="button"
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
      <div role="alert">${this.#message()}</div>
      <button class="button primary" ?disabled=${this.#waiting}>
        ${this.#waiting ? html`<i class="spinner"></i>${t('login.busy')}` : t('login.submit')}
      </button>
    </form>`;
  }

  #message(): TemplateResult | typeof nothing {
    if (this.#problem) return html`<p class="message">${warnIcon}${this.#problem}</p>`;
    if (app.notice.current) return html`<p class="message calm">${t(app.notice.current)}</p>`;
    return nothing;
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    this.#show('', true);
    try {
      app.logIn(await app.client.logIn(String(fields.get('username')), String(fields.get('password'))));
    } catch (error) {
      this.#show(reasonOf(error), false);
    }
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
  return error.status === 0 ? t('login.unreachable') : t('login.failed', { reason: error.message });
}

customElements.define('cg-login-card', LoginCard);
