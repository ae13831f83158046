import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { snapping, tool, TOOLS, tracing, type ToolName } from '../state/drawing';
import { canEdit, plan } from '../state/plan';
import { take } from '../tools/tools';
import { say } from '../words';
import { snapIcon, TOOL_ICONS, traceIcon } from './icons';

/** The key of each tool. */
export const TOOL_KEYS: Readonly<Record<ToolName, string>> = {
  select: 'V',
  vertex: 'E',
  border: 'B',
  split: 'C',
  cut: 'H',
  draw: 'N',
  merge: 'M',
  transfer: 'G',
};

/** The tools, with their names: nobody has to guess what a picture means. */
class ToolBar extends LitElement {
  static override readonly styles = [shared, css`
    :host {
      position: fixed;
      z-index: 4;
      top: 68px;
      left: calc(var(--left) + 12px);
    }
    .card {
      display: grid;
      width: 76px;
      padding: 4px;
      gap: 2px;
    }
    button {
      display: grid;
      width: 100%;
      min-height: 50px;
      align-content: center;
      justify-items: center;
      padding: 3px 0;
      border: 0;
      border-radius: 8px;
      background: transparent;
      color: var(--ink-2);
      font-size: 12px;
      line-height: 1.3;
    }
    button:hover {
      background: var(--surface-2);
      color: var(--ink);
    }
    button[aria-pressed="true"] {
      background: var(--accent);
      color: #fff;
    }
    .toggle[aria-pressed="true"] {
      background: var(--good-weak);
      color: var(--good);
    }
    hr {
      width: 80%;
      margin: 3px auto;
      border: 0;
      border-top: 1px solid var(--line);
    }
    @media (max-height: 700px) {
      button {
        min-height: 42px;
      }
    }
    @media (max-width: 720px) {
      :host {
        top: auto;
        right: 8px;
        bottom: calc(var(--below) + 30px);
        left: 8px;
      }
      .card {
        display: flex;
        width: auto;
        overflow-x: auto;
      }
      button {
        min-width: 58px;
      }
      hr {
        display: none;
      }
    }
  `];

  constructor() {
    super();
    new Redraw(this, tool, snapping, tracing, plan, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!canEdit()) return nothing;
    return html`<div class="card" role="toolbar" aria-label=${say('tools.label')} aria-orientation="vertical">
      ${TOOLS.map((name) => this.#tool(name))}
      <hr />
      ${this.#toggle('snap', snapping.current, 'S', snapIcon, () => snapping.set(!snapping.current))}
      ${this.#toggle('trace', tracing.current, 'T', traceIcon, () => tracing.set(!tracing.current))}
    </div>`;
  }

  #tool(name: ToolName): TemplateResult {
    const title = `${say(`tool.${name}.what`)} (${TOOL_KEYS[name]})`;
    return html`<button id="tool-${name}" aria-pressed=${tool.current === name ? 'true' : 'false'} title=${title} @click=${() => take(name)}>
      ${TOOL_ICONS[name]}<span>${say(`tool.${name}`)}</span>
    </button>`;
  }

  #toggle(name: 'snap' | 'trace', on: boolean, key: string, icon: TemplateResult, act: () => void): TemplateResult {
    const title = `${say(`${name}.what`)} (${key})`;
    return html`<button class="toggle" id="toggle-${name}" aria-pressed=${on ? 'true' : 'false'} title=${title} @click=${act}>
      ${icon}<span>${say(on ? `${name}.on` : `${name}.off`)}</span>
    </button>`;
  }
}

customElements.define('cg-tool-bar', ToolBar);
