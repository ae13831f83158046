import { css, html, LitElement, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { Redraw } from '../../state/value';
import { dialogStyles } from '../../ui/dialog-styles';
import { closeIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { TOOLS } from '../state/drawing';
import { say, type Word } from '../words';
import { panelStyles } from './panel-styles';
import { TOOL_KEYS } from './tool-bar';

export const HELP_EVENT = 'citygrid-editor-help';

const KEYS: ReadonlyArray<readonly [string, Word]> = [
  ['S', 'key.snap'],
  ['T', 'key.trace'],
  ['Enter', 'key.finish'],
  ['Backspace', 'key.back'],
  ['Esc', 'key.escape'],
  ['Ctrl Z', 'key.undo'],
  ['Ctrl Shift Z', 'key.redo'],
  ['Shift', 'key.add'],
  ['/', 'key.find'],
  ['?', 'key.help'],
];

/** The keyboard, and what fingers do, on one page. */
class HelpDialog extends LitElement {
  static override readonly styles = [shared, dialogStyles, panelStyles, css`
    .body {
      display: grid;
      padding: 0 24px 24px;
      gap: 14px;
    }
    dl {
      display: grid;
      align-items: center;
      grid-template-columns: auto 1fr auto 1fr;
      gap: 6px 14px;
    }
    kbd {
      padding: 1px 7px;
      border: 1px solid #b9c2cb;
      border-bottom-width: 2px;
      border-radius: 5px;
      background: var(--surface-2);
      font: 12px/1.5 var(--mono);
      white-space: nowrap;
    }
    dd {
      font-size: 13px;
    }
    @media (max-width: 560px) {
      dl {
        grid-template-columns: auto 1fr;
      }
    }
  `];

  readonly #show = (): void => this.renderRoot.querySelector('dialog')?.showModal();

  constructor() {
    super();
    new Redraw(this, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener(HELP_EVENT, this.#show);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener(HELP_EVENT, this.#show);
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @keydown=${(event: KeyboardEvent) => event.stopPropagation()}>
      <header>
        <h2 id="heading">${say('help.heading')}</h2>
        <button class="icon-button" aria-label=${say('close')} @click=${() => this.renderRoot.querySelector('dialog')?.close()}>${closeIcon}</button>
      </header>
      <div class="body">
        <dl>
          ${TOOLS.map((name) => html`<dt><kbd>${TOOL_KEYS[name]}</kbd></dt><dd>${say(`tool.${name}.what`)}</dd>`)}
          ${KEYS.map(([key, word]) => html`<dt><kbd>${key}</kbd></dt><dd>${say(word)}</dd>`)}
        </dl>
        <p class="note">${say('help.map')}</p>
        <p class="note">${say('help.touch')}</p>
        <p class="calm">${say('help.safe')}</p>
      </div>
    </dialog>`;
  }
}

customElements.define('cg-help-dialog', HelpDialog);
