import { css, html, LitElement, type TemplateResult } from 'lit';
import type { Me } from '../api/types';
import { language, switchLanguage, t } from '../i18n';
import { logOut } from '../state/app';
import { Redraw } from '../state/value';
import { languageIcon, logoutIcon } from './icons';
import { shared } from './shared';

/** Language and log-out, in the corner. */
class TopActions extends LitElement {
  static override readonly properties = { me: { attribute: false } };
  static override readonly styles = [shared, css`
    .card {
      display: flex;
      align-items: center;
      padding: 3px;
    }
    .button {
      border: 0;
      background: transparent;
      color: var(--ink-2);
      font-size: 13px;
    }
    .who {
      overflow: hidden;
      max-width: 140px;
      padding: 0 6px 0 12px;
      border-left: 1px solid var(--line);
      text-overflow: ellipsis;
      white-space: nowrap;
      font-size: 13px;
    }
    @media (max-width: 640px) {
      .card {
        flex-direction: column;
      }
      .who,
      .text {
        display: none;
      }
      .button {
        width: 38px;
        min-height: 38px;
        padding: 0;
      }
    }
  `];

  declare me: Me | null;

  constructor() {
    super();
    this.me = null;
    new Redraw(this, language);
  }

  protected override render(): TemplateResult {
    const other = language.current === 'zh' ? 'en' : 'zh';
    const name = this.me?.display_name ?? '';
    return html`<div class="card">
      <button
        class="button"
        id="language"
        lang=${other === 'zh' ? 'zh-CN' : 'en'}
        aria-label=${t('top.languageLabel')}
        @click=${() => switchLanguage(other)}
      >
        ${languageIcon}<span class="text">${t('top.language')}</span>
      </button>
      <span class="who" title=${t('top.signedInAs', { name })}>${name}</span>
      <button class="button" id="logout" aria-label=${t('top.logout')} @click=${() => logOut('login.loggedOut')}>
        ${logoutIcon}<span class="text">${t('top.logout')}</span>
      </button>
    </div>`;
  }
}

customElements.define('cg-top-actions', TopActions);
