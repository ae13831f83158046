import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language, pickBilingual } from '../../i18n';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { select } from '../state/drawing';
import { canEdit, issues, operate, plan, reread, waive } from '../state/plan';
import { fit, goTo } from '../state/view';
import type { Issue } from '../wire';
import { figure, say, sayIf } from '../words';
import { panelStyles } from './panel-styles';

const ALL = '*';

/** Every issue of the plan: a click goes there, a button puts it right, a reason lets a warning pass. */
class IssueList extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    li {
      padding: 12px 16px;
      border-bottom: 1px solid var(--line);
    }
    li.waived {
      opacity: 0.7;
    }
    .where {
      display: flex;
      width: 100%;
      align-items: baseline;
      padding: 0;
      border: 0;
      background: none;
      gap: 8px;
      text-align: left;
    }
    .where:hover strong {
      color: var(--accent);
      text-decoration: underline;
    }
    .text {
      display: block;
    }
    .dot {
      position: relative;
      top: 1px;
    }
    .all {
      padding-top: 0;
    }
    .fixes .button {
      height: auto;
      white-space: normal;
      text-align: left;
    }
    .fixes {
      padding: 8px 0 0 18px;
    }
    form {
      padding: 8px 0 0 18px;
    }
  `];

  #waiving = '';

  constructor() {
    super();
    new Redraw(this, issues, plan, language);
  }

  protected override render(): TemplateResult {
    const read = issues.current;
    if (read.state === 'loading') return html`<p class="empty"><i class="spinner"></i> ${say('issues.busy')}</p>`;
    if (read.state === 'failed') return html`<div class="pad stack"><p class="alarm">${read.reason}</p><button class="button slim" @click=${() => void reread()}>${say('again')}</button></div>`;
    if (!read.value.length) return html`<div class="pad"><p class="calm">${say('issues.none')}</p></div>`;
    const open = read.value.filter((issue) => issue.blocks);
    const errors = open.filter((issue) => issue.severity === 'error').length;
    return html`<p class="pad note">${say('issues.sum', { errors: figure(errors), warnings: figure(open.length - errors) })}${open.length ? html`<br />${say('issues.must')}` : nothing}</p>
      ${canEdit() && open.length - errors > 1 ? this.#all(open) : nothing}
      <ul>${[...read.value].sort(byWeight).map((issue) => this.#issue(issue))}</ul>`;
  }

  #all(open: readonly Issue[]): TemplateResult {
    const warnings = open.filter((issue) => issue.severity === 'warning');
    const opened = this.#waiving === ALL;
    return html`<div class="pad all">
      <button class="button slim" id="waive-all" aria-expanded=${opened ? 'true' : 'false'} @click=${() => this.#openWaiver(ALL)}>${say('issues.waiveAll', { n: warnings.length })}…</button>
      ${opened ? this.#waiver(warnings.map((issue) => issue.id)) : nothing}
    </div>`;
  }

  #issue(issue: Issue): TemplateResult {
    return html`<li class=${issue.blocks ? '' : 'waived'} data-issue=${issue.id}>
      <button class="where" title=${say('issues.go')} @click=${() => this.#go(issue)}>
        <i class="dot ${issue.severity}"></i>
        <span class="grow">
          <strong>${issue.title ? pickBilingual(issue.title) : sayIf(`rule.${issue.rule}`, issue.rule)}</strong>
          <span class="badge ${issue.severity === 'error' ? 'bad' : 'warn'}">${say(`severity.${issue.severity}`)}</span>
          <span class="note text">${pickBilingual(issue.text)}</span>
        </span>
      </button>
      ${issue.standing && issue.waived === null ? html`<p class="note small fixes">${say('issues.standing')}</p>` : nothing}
      ${issue.waived === null ? this.#ways(issue) : html`<p class="note small fixes">${say('issues.waived', { reason: issue.waived })}</p>`}
    </li>`;
  }

  #ways(issue: Issue): TemplateResult | typeof nothing {
    if (!canEdit()) return nothing;
    const waivable = issue.severity === 'warning' && issue.blocks;
    return html`<div class="row wrap fixes">
        ${issue.fixes.map((fix) => html`<button class="button slim" @click=${() => void operate(fix.operation)}>${pickBilingual(fix.title)}</button>`)}
        ${waivable ? html`<button class="button slim" aria-expanded=${this.#waiving === issue.id ? 'true' : 'false'} @click=${() => this.#openWaiver(issue.id)}>${say('issues.waive')}…</button>` : nothing}
      </div>
      ${this.#waiving === issue.id ? this.#waiver([issue.id]) : nothing}`;
  }

  #waiver(ids: readonly string[]): TemplateResult {
    return html`<form class="stack" @submit=${(event: SubmitEvent) => void this.#waive(event, ids)}>
      <label>${say('issues.why')}<input name="reason" required minlength="3" maxlength="200" autocomplete="off" /></label>
      <div class="row"><span class="push"></span><button class="button slim primary" id="waive">${say('issues.waive')}</button></div>
    </form>`;
  }

  #openWaiver(id: string): void {
    this.#waiving = this.#waiving === id ? '' : id;
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('form input')?.focus());
  }

  async #waive(event: SubmitEvent, ids: readonly string[]): Promise<void> {
    event.preventDefault();
    const reason = String(new FormData(event.target as HTMLFormElement).get('reason')).trim();
    if (await waive(ids, reason)) this.#openWaiver(this.#waiving);
  }

  #go(issue: Issue): void {
    select(...issue.units);
    const [west, south, east, north] = issue.bbox;
    if (east - west > 0.0002 || north - south > 0.0002) fit(issue.bbox);
    else goTo({ lon: issue.lon, lat: issue.lat });
  }
}

function byWeight(a: Issue, b: Issue): number {
  const weight = (issue: Issue): number => (issue.blocks ? 0 : 2) + (issue.severity === 'error' ? 0 : 1);
  return weight(a) - weight(b);
}

customElements.define('cg-issue-list', IssueList);
