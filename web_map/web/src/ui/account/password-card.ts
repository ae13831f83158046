import { css, html, LitElement, type TemplateResult } from 'lit';
import { language, switchLanguage, t } from '../../i18n';
import { tell } from '../../i18n/account';
import { say } from '../../state/app';
import { logOut, start } from '../../state/session';
import { Redraw } from '../../state/value';
import { doorStyles } from '../door-styles';
import { languageIcon, logoutIcon, markIcon } from '../icons';
import { shared } from '../shared';
import { PASSWORD_CHANGED } from './password-form';
import './password-form';

/** Stands before the city until a password that somebody else made has been changed. */
class PasswordCard extends LitElement {
  static override readonly styles = [shared, doorStyles, css`
    .card {
      width: min(440px, 100%);
    }
    .why {
      margin-bottom: 18px;
      color: var(--ink-2);
    }
  `];

  constructor() {
    super();
    new Redraw(this, language);
    this.addEventListener(PASSWORD_CHANGED, () => void start());
  }

  protected override async firstUpdated(): Promise<void> {
    const form = this.renderRoot.querySelector<LitElement>('cg-password-form');
    await form?.updateComplete;
    form?.focus();
  }

  protected override render(): TemplateResult {
    return html`<main class="card" aria-labelledby="heading">
      <header>${markIcon}<h1 id="heading">${tell('password.forcedHeading')}</h1></header>
      <p class="why">${tell('password.forcedText')}</p>
      <cg-password-form></cg-password-form>
      <footer>
        <button class="button plain" @click=${() => void logOut().catch(() => say(t('top.logoutFailed')))}>
          ${logoutIcon}${t('top.logout')}
        </button>
        <button
          class="button plain"
          lang=${language.current === 'zh' ? 'en' : 'zh-CN'}
          aria-label=${t('top.languageLabel')}
          @click=${() => switchLanguage(language.current === 'zh' ? 'en' : 'zh')}
        >
          ${languageIcon}${t('top.language')}
        </button>
      </footer>
    </main>`;
  }
}

customElements.define('cg-password-card', PasswordCard);
