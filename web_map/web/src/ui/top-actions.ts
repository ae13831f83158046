import { css, html, LitElement, type TemplateResult } from 'lit';
import { language, switchLanguage, t } from '../i18n';
import { Redraw } from '../state/value';
import './account-menu';
import { languageIcon } from './icons';
import { shared } from './shared';

/** Language and account, in the corner. */
class TopActions extends LitElement {
  static override readonly styles = [shared, css`
    :host {
      position: relative;
      z-index: 1;
    }
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
    .button:hover {
      background: var(--surface-2);
      color: var(--ink);
    }
    cg-account-menu {
      padding-left: 3px;
      border-left: 1px solid var(--line);
      margin-left: 3px;
    }
    @media (max-width: 640px) {
      .card {
        flex-direction: column;
      }
      .text {
        display: none;
      }
      .button {
        width: 38px;
        min-height: 38px;
        padding: 0;
      }
      cg-account-menu {
        padding: 3px 0 0;
        border: 0;
        border-top: 1px solid var(--line);
        margin: 3px 0 0;
      }
    }
  `];

  constructor() {
    super();
    new Redraw(this, language);
  }

  protected override render(): TemplateResult {
    const other = language.current === 'zh' ? 'en' : 'zh';
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
      <cg-account-menu></cg-account-menu>
    </div>`;
  }
}

customElements.define('cg-top-actions', TopActions);
