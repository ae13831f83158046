import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { me } from '../../state/session';
import { Redraw } from '../../state/value';
import { plusIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { loadPlans, openPlan, plans } from '../state/plan';
import { showChanges } from '../state/view';
import type { Plan } from '../wire';
import { moment, say } from '../words';
import { NEW_PLAN_EVENT } from './plan-form';
import { panelStyles } from './panel-styles';
import { STREETS_EVENT } from './street-preview';

const OPEN_STATES = ['draft', 'returned'];

/** The plans: one's own, those that wait for a review, and what has come of others. */
class PlanList extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      display: flex;
      min-height: 0;
      flex: 1;
      flex-direction: column;
    }
    .scroll {
      flex: 1;
      padding: 0 12px 16px;
      overflow-y: auto;
    }
    .new {
      width: calc(100% - 24px);
      margin: 0 12px 4px;
    }
    h3 {
      padding: 14px 4px 6px;
    }
    li button {
      display: grid;
      width: 100%;
      padding: 9px 10px;
      border: 1px solid var(--line);
      border-radius: 8px;
      margin-bottom: 6px;
      background: var(--surface);
      gap: 3px;
      text-align: left;
    }
    li button:hover {
      border-color: var(--accent);
      background: var(--surface-2);
    }
    .mono {
      flex: none;
    }
    .what {
      padding: 4px 16px 12px;
      color: var(--ink-2);
      font-size: 13px;
    }
  `];

  constructor() {
    super();
    new Redraw(this, plans, me, language);
  }

  protected override render(): TemplateResult {
    return html`<p class="what">${say('plans.what')}</p>
      <button class="button primary new" id="new-plan" @click=${() => dispatchEvent(new Event(NEW_PLAN_EVENT))}>${plusIcon}${say('plans.new')}</button>
      <button class="button new" id="streets" @click=${() => dispatchEvent(new Event(STREETS_EVENT))}>${say('streets.heading')}</button>
      <div class="scroll">${this.#lists()}</div>`;
  }

  #lists(): TemplateResult {
    const read = plans.current;
    if (read.state === 'loading') return html`<p class="empty"><i class="spinner"></i></p>`;
    if (read.state === 'failed') return html`<p class="alarm">${read.reason}</p><button class="button slim" @click=${() => void loadPlans()}>${say('again')}</button>`;
    const all = read.value;
    const open = all.filter((plan) => OPEN_STATES.includes(plan.status));
    return html`${list('plans.mine', open.filter(isMine), 'plans.mineEmpty')}
      ${list('plans.review', all.filter((plan) => plan.status === 'submitted'), 'plans.reviewEmpty')}
      ${list('plans.approved', all.filter((plan) => plan.status === 'approved'))}
      ${list('plans.others', open.filter((plan) => !isMine(plan)))}
      ${list('plans.done', all.filter((plan) => plan.status === 'published' || plan.status === 'withdrawn'))}`;
  }
}

function isMine(plan: Plan): boolean {
  return plan.drafter === me.current?.username;
}

function list(title: Parameters<typeof say>[0], plans: readonly Plan[], empty?: Parameters<typeof say>[0]): TemplateResult | typeof nothing {
  if (!plans.length && !empty) return nothing;
  return html`<h3>${say(title)} <span class="badge">${plans.length}</span></h3>
    ${plans.length ? nothing : html`<p class="note">${say(empty!)}</p>`}
    <ul>${plans.map((plan) => html`<li>${card(plan)}</li>`)}</ul>`;
}

function card(plan: Plan): TemplateResult {
  return html`<button data-plan=${plan.id} @click=${() => void openPlan(plan.id).then(showChanges)}>
    <span class="row"><strong class="grow cut">${plan.title}</strong><span class="badge">${say(`status.${plan.status}`)}</span></span>
    <span class="row note small"><span class="mono">${plan.no}</span><span class="push cut">${plan.drafter} · ${moment(plan.updated_at)}</span></span>
  </button>`;
}

customElements.define('cg-plan-list', PlanList);
