import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import '../../ui/account-menu';
import { language, switchLanguage, t } from '../../i18n';
import { Redraw } from '../../state/value';
import { languageIcon, layersIcon, markIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { canEdit, closePlan, plan, redo, saving, undo } from '../state/plan';
import { say } from '../words';
import { backIcon, helpIcon, redoIcon, undoIcon } from './icons';
import { HELP_EVENT } from './help-dialog';
import { panelStyles } from './panel-styles';
import { showTab } from './side-panel';
import { stepTitle } from './step-title';

/** Asks for the plans or the tree where the screen is too narrow to show them always. */
export const LISTS_EVENT = 'citygrid-lists';

/** Which plan is open, whether it is saved, what can be taken back, and the way on. */
class TopBar extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      position: fixed;
      z-index: 6;
      inset: 0 0 auto;
      height: 56px;
      border-bottom: 1px solid var(--line);
      background: var(--surface);
    }
    header {
      display: flex;
      height: 100%;
      align-items: center;
      padding: 0 12px;
      gap: 10px;
    }
    a {
      display: flex;
      align-items: center;
      color: inherit;
      gap: 10px;
      text-decoration: none;
    }
    h1 {
      font-size: 16px;
      white-space: nowrap;
    }
    .plan {
      display: flex;
      min-width: 0;
      flex: 0 1 auto;
      align-items: center;
      padding-left: 10px;
      border-left: 1px solid var(--line);
      gap: 8px;
    }
    .plan strong {
      overflow: hidden;
      max-width: 260px;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .saved {
      color: var(--ink-3);
      font-size: 12px;
      white-space: nowrap;
    }
    .saved.failed {
      color: var(--bad);
    }
    .lists {
      display: none;
    }
    .step {
      max-width: 190px;
    }
    .step span {
      overflow: hidden;
      text-overflow: ellipsis;
    }
    @media (max-width: 1180px) {
      .step span,
      .no,
      h1 {
        display: none;
      }
    }
    @media (max-width: 1000px) {
      .lists {
        display: inline-grid;
      }
    }
    @media (max-width: 720px) {
      header {
        padding: 0 6px;
        gap: 4px;
      }
      .plan {
        padding: 0;
        border: 0;
      }
      .plan strong {
        max-width: 84px;
      }
      a,
      #help {
        display: none;
      }
      .saved,
      .language,
      .plan .badge {
        display: none;
      }
    }
  `];

  constructor() {
    super();
    new Redraw(this, plan, saving, language);
  }

  protected override render(): TemplateResult {
    return html`<header>
      <button class="icon-button lists" id="lists" title=${say('top.lists')} aria-label=${say('top.lists')} @click=${() => dispatchEvent(new Event(LISTS_EVENT))}>${layersIcon}</button>
      <a href="/" title=${say('top.toMap')}>${markIcon}<h1>${say('top.title')}</h1></a>
      ${plan.current ? this.#plan() : nothing}
      <span class="push"></span>
      ${plan.current ? this.#next() : nothing}
      <button class="icon-button" id="help" title=${say('help.open')} aria-label=${say('help.open')} @click=${() => dispatchEvent(new Event(HELP_EVENT))}>${helpIcon}</button>
      <button class="button slim language" id="language" aria-label=${t('top.languageLabel')} @click=${() => switchLanguage(language.current === 'zh' ? 'en' : 'zh')}>
        ${languageIcon}${t('top.language')}
      </button>
      <cg-account-menu></cg-account-menu>
    </header>`;
  }

  #plan(): TemplateResult {
    const now = plan.current!;
    return html`<div class="plan">
        <button class="icon-button" id="close-plan" title=${say('top.back')} aria-label=${say('top.back')} @click=${closePlan}>${backIcon}</button>
        <strong title=${now.title}>${now.title}</strong>
        <span class="mono muted small no">${now.no}</span>
        <span class="badge ${BADGE[now.status] ?? ''}" id="status">${say(`status.${now.status}`)}</span>
      </div>
      ${canEdit() ? this.#history() : nothing}
      <span class="saved ${saving.current}" role="status" id="saving">${say(`save.${saving.current}`)}</span>`;
  }

  #history(): TemplateResult {
    const { undo: undone, redo: redone } = plan.current!;
    return html`<div class="row" role="group" aria-label=${say('history.label')}>
      <button class="button slim step" id="undo" ?disabled=${!undone} title=${say('history.undoKey')} @click=${() => void undo()}>
        ${undoIcon}<span>${undone ? say('history.undo', { step: stepTitle(undone) }) : say('history.undoNothing')}</span>
      </button>
      <button class="button slim step" id="redo" ?disabled=${!redone} title=${say('history.redoKey')} @click=${() => void redo()}>
        ${redoIcon}<span>${redone ? say('history.redo', { step: stepTitle(redone) }) : say('history.redoNothing')}</span>
      </button>
    </div>`;
  }

  #next(): TemplateResult {
    const now = plan.current!;
    return html`<button class="button primary" id="next" @click=${() => showTab('review')}>${say(`next.${now.status}`)}</button>`;
  }
}

const BADGE: Readonly<Record<string, string>> = {
  draft: 'info',
  returned: 'warn',
  submitted: 'warn',
  approved: 'good',
  published: 'good',
};

customElements.define('cg-top-bar', TopBar);
