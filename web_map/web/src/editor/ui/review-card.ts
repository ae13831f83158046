import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { language } from '../../i18n';
import { me } from '../../state/session';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { tell } from '../state/changes';
import { act, comment, comments, counter, diff, hasOutcome, issues, plan, refusal, saving } from '../state/plan';
import type { Comment, Plan } from '../wire';
import { moment, say, sayIf } from '../words';
import './conflict-list';
import { panelStyles } from './panel-styles';
import { showTab } from './side-panel';

/** The way of a plan from draft to publication: what is missing, who decides, what was said. */
class ReviewCard extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    .way {
      display: flex;
      justify-content: space-between;
      counter-reset: stop;
    }
    .way li {
      position: relative;
      flex: 1;
      padding-top: 26px;
      color: var(--ink-3);
      counter-increment: stop;
      font-size: 12px;
      text-align: center;
    }
    .way li::before {
      position: absolute;
      z-index: 1;
      top: 0;
      left: calc(50% - 11px);
      width: 22px;
      height: 22px;
      border-radius: 50%;
      background: var(--surface-2);
      box-shadow: inset 0 0 0 1px var(--line);
      content: counter(stop);
      line-height: 22px;
    }
    .way li:not(:first-child)::after {
      position: absolute;
      top: 10px;
      right: 50%;
      width: 100%;
      height: 2px;
      background: var(--line);
      content: "";
    }
    .way li.past,
    .way li[aria-current] {
      color: var(--ink);
    }
    .way li.past::before {
      background: var(--good);
      color: #fff;
      content: "✓";
    }
    .way li[aria-current]::before {
      background: var(--accent);
      color: #fff;
    }
    .check {
      display: flex;
      align-items: center;
      font-size: 13px;
      gap: 8px;
    }
    .check button {
      padding: 0;
      border: 0;
      background: none;
      color: var(--accent);
    }
    .comment {
      padding: 8px 0;
      border-top: 1px solid var(--line);
    }
    .comment p {
      white-space: pre-wrap;
    }
  `];

  constructor() {
    super();
    new Redraw(this, plan, comments, issues, diff, saving, refusal, me, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    const now = plan.current;
    if (!now) return nothing;
    return html`<div class="pad stack">
      ${way(now)}
      <p class="note">${say(`review.${now.status}`)}</p>
      ${now.basis ? html`<p class="small">${say('plan.basis')}：${now.basis}</p>` : nothing}
      ${now.effective_at ? html`<p class="small">${say('plan.effective')}：${moment(now.effective_at)}</p>` : nothing}
      ${now.publish_problem ? html`<p class="alarm" role="alert">${say('review.publishFailed', { reason: now.publish_problem.detail ?? '' })}</p>` : nothing}
      ${refusal.current ? html`<p class="alarm" role="alert">${refusal.current}</p>` : nothing}
      <cg-conflict-list></cg-conflict-list> ${checks(now)} ${this.#decision(now)}
      <h3>${say('review.comments')}</h3>
      <div>${comments.current.map(said)}</div>
      <form class="stack" @submit=${(event: SubmitEvent) => void this.#comment(event)}>
        <label>${say('review.comment')}<textarea name="text" required maxlength="2000"></textarea></label>
        <div class="row"><span class="push"></span><button class="button slim">${say('review.send')}</button></div>
      </form>
    </div>`;
  }

  #decision(now: Plan): TemplateResult {
    const may = now.may ?? [];
    const isWaiting = now.status === 'approved' && !!now.publish_asked_at;
    const verbs = VERBS.filter((verb) => may.includes(verb));
    const asksWhy = verbs.includes('approve') || verbs.includes('return');
    return html`<div class="stack">
      ${asksWhy ? html`<label>${say('review.reason')}<textarea id="reason" maxlength="2000"></textarea></label>` : nothing}
      <div class="row wrap">
        ${verbs.map((verb) => this.#button(verb))} ${now.status === 'published' ? this.#button('counter') : nothing}
        ${isWaiting ? html`<span class="note"><i class="spinner"></i> ${say('review.publishing')}</span>` : nothing}
      </div>
      ${verbs.length || isWaiting || now.status === 'published' ? nothing : html`<p class="note small">${say('review.notYours')}</p>`}
    </div>`;
  }

  #button(verb: Verb): TemplateResult {
    const look = verb === 'withdraw' ? 'danger' : verb === 'return' ? '' : 'primary';
    return html`<button type="button" class="button ${look}" id="do-${verb}" ?disabled=${saving.current === 'saving'} @click=${() => void this.#act(verb)}>
      ${say(`verb.${verb}`)}
    </button>`;
  }

  async #act(verb: Verb): Promise<void> {
    if (verb === 'counter') return counter();
    if (verb === 'submit' && isBlocked()) {
      refusal.set(say('review.blocked'));
      return showTab('issues');
    }
    const field = this.renderRoot.querySelector<HTMLTextAreaElement>('#reason');
    const text = field?.value.trim() ?? '';
    if (verb === 'return' && !text) {
      refusal.set(say('review.reasonNeeded'));
      return field?.focus();
    }
    const now = plan.current?.id;
    const done = await act(verb, text ? { text } : {});
    if (!done) return;
    if (field) field.value = '';
    if (verb === 'publish' && now) void waitForPublication(now);
  }

  async #comment(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    if (await comment(String(new FormData(form).get('text')).trim())) form.reset();
  }
}

const VERBS = ['submit', 'approve', 'publish', 'return', 'withdraw'] as const;
type Verb = (typeof VERBS)[number] | 'counter';

const STOPS = ['draft', 'submitted', 'approved', 'published'] as const;

function way(now: Plan): TemplateResult {
  const at = STOPS.indexOf((now.status === 'returned' ? 'draft' : now.status) as (typeof STOPS)[number]);
  return html`<ol class="way" aria-label=${say('review.way')}>
    ${STOPS.map((stop, index) => html`<li class=${index < at || now.status === 'published' ? 'past' : ''} aria-current=${index === at && now.status !== 'published' ? 'step' : nothing}>${say(`stop.${stop}`)}</li>`)}
  </ol>`;
}

function checks(now: Plan): TemplateResult | typeof nothing {
  if (now.status === 'published' || now.status === 'withdrawn') return nothing;
  const read = issues.current;
  const open = read.state === 'ready' ? read.value.filter((issue) => issue.blocks) : [];
  const errors = open.filter((issue) => issue.severity === 'error').length;
  const touched = tell(diff.current).length;
  const look = errors ? 'alarm' : open.length ? 'caution' : 'calm';
  const words = read.state === 'loading' ? say('issues.busy') : errors ? say('review.errors', { n: errors }) : open.length ? say('review.warnings', { n: open.length }) : say('review.clean');
  return html`<div class="check ${look}"><span class="grow">${words}</span><button @click=${() => showTab('issues')}>${say('review.see')}</button></div>
    <div class="check"><span class="grow">${say('review.touched', { n: touched })}</span><button @click=${() => showTab('impact')}>${say('review.see')}</button></div>`;
}

function isBlocked(): boolean {
  return issues.current.state === 'ready' && issues.current.value.some((issue) => issue.blocks);
}

function said(one: Comment): TemplateResult {
  const verb = one.kind === 'comment' ? '' : `${sayIf(`verb.${one.kind}`)} · `;
  return html`<div class="comment"><p class="note small">${verb}${one.username} · ${moment(one.at)}</p><p>${one.text}</p></div>`;
}

const PATIENCE_MS = 120_000;

/** Asks now and then whether the plan is in force. */
async function waitForPublication(id: number): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    await new Promise((wake) => setTimeout(wake, 1000));
    if (await hasOutcome(id)) return;
  }
}

customElements.define('cg-review-card', ReviewCard);
