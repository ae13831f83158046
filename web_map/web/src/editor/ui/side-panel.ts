import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { Value, Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { issues, plan } from '../state/plan';
import { say } from '../words';
import './bulk-panel';
import './unit-card';
import './issue-list';
import './impact-list';
import './step-list';
import './review-card';
import { panelStyles } from './panel-styles';

const TABS = ['unit', 'issues', 'impact', 'steps', 'bulk', 'review'] as const;
export type Tab = (typeof TABS)[number];

export const tab = new Value<Tab>('unit');

export function showTab(name: Tab): void {
  tab.set(name);
}

/** Everything about the plan beside the map, one matter at a time. */
class SidePanel extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      position: fixed;
      z-index: 5;
      top: 56px;
      right: 0;
      bottom: 0;
      display: flex;
      width: var(--right);
      flex-direction: column;
      border-left: 1px solid var(--line);
      background: var(--surface);
    }
    @media (max-width: 720px) {
      :host {
        top: auto;
        left: 0;
        width: auto;
        height: var(--below);
        border-top: 1px solid var(--line);
      }
    }
    [role="tablist"] {
      display: flex;
      padding: 0 8px;
      border-bottom: 1px solid var(--line);
    }
    [role="tab"] {
      position: relative;
      min-height: 44px;
      flex: 1;
      padding: 0 4px;
      border: 0;
      background: none;
      color: var(--ink-2);
      font-size: 13px;
      white-space: nowrap;
    }
    [role="tab"][aria-selected="true"] {
      color: var(--accent);
      font-weight: 600;
    }
    [role="tab"][aria-selected="true"]::after {
      position: absolute;
      right: 6px;
      bottom: -1px;
      left: 6px;
      height: 3px;
      border-radius: 3px 3px 0 0;
      background: var(--accent);
      content: "";
    }
    .count {
      display: inline-block;
      min-width: 18px;
      padding: 0 5px;
      border-radius: 9px;
      background: var(--bad);
      color: #fff;
      font-size: 11px;
      line-height: 18px;
    }
    .count.warning {
      background: #a85f00;
    }
    [role="tabpanel"] {
      min-height: 0;
      flex: 1;
      overflow-y: auto;
    }
  `];

  constructor() {
    super();
    new Redraw(this, tab, plan, issues, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!plan.current) return nothing;
    return html`<div role="tablist" aria-label=${say('panel.label')} @keydown=${(event: KeyboardEvent) => this.#key(event)}>
        ${TABS.map((name) => this.#tab(name))}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby="tab-${tab.current}">${PANELS[tab.current]()}</div>`;
  }

  #tab(name: Tab): TemplateResult {
    const chosen = tab.current === name;
    return html`<button
      role="tab"
      id="tab-${name}"
      aria-controls="panel"
      aria-selected=${chosen ? 'true' : 'false'}
      tabindex=${chosen ? 0 : -1}
      @click=${() => tab.set(name)}
    >
      ${say(`tab.${name}`)} ${name === 'issues' ? issueCount() : nothing}
    </button>`;
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(tab.current) + step + TABS.length) % TABS.length]!;
    tab.set(next);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#tab-${next}`)?.focus());
  }
}

const PANELS: Readonly<Record<Tab, () => TemplateResult>> = {
  unit: () => html`<cg-unit-card></cg-unit-card>`,
  issues: () => html`<cg-issue-list></cg-issue-list>`,
  impact: () => html`<cg-impact-list></cg-impact-list>`,
  steps: () => html`<cg-step-list></cg-step-list>`,
  bulk: () => html`<cg-bulk-panel></cg-bulk-panel>`,
  review: () => html`<cg-review-card></cg-review-card>`,
};

function issueCount(): TemplateResult | typeof nothing {
  const read = issues.current;
  if (read.state !== 'ready') return nothing;
  const open = read.value.filter((issue) => issue.blocks);
  const worst = open.some((issue) => issue.severity === 'error') ? 'error' : 'warning';
  return open.length ? html`<span class="count ${worst}">${open.length}</span>` : nothing;
}

customElements.define('cg-side-panel', SidePanel);
