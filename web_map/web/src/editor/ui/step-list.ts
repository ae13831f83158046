import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { withoutMark } from '../../geo/names';
import { language } from '../../i18n';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { comparing, startSwipe } from '../state/compare';
import { tell, type Told } from '../state/changes';
import { select } from '../state/drawing';
import { canEdit, diff, plan, redo, steps, undo } from '../state/plan';
import { goToUnit } from '../state/view';
import { take } from '../tools/tools';
import type { Step } from '../wire';
import { area, moment, say } from '../words';
import { swipeIcon } from './icons';
import { panelStyles } from './panel-styles';
import { stepTitle } from './step-title';

/** What was done, step by step, and the comparison of before and after. */
class StepList extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    li {
      display: flex;
      align-items: center;
      padding: 8px 16px;
      border-bottom: 1px solid var(--line);
      gap: 10px;
    }
    li.undone {
      color: var(--ink-3);
      text-decoration: line-through;
    }
    li b {
      display: inline-grid;
      width: 22px;
      height: 22px;
      flex: none;
      border-radius: 50%;
      background: var(--surface-2);
      font-size: 12px;
      place-items: center;
    }
    .go {
      padding: 0;
      border: 0;
      background: none;
      text-align: left;
    }
    .go:hover {
      color: var(--accent);
      text-decoration: underline;
    }
    .legend {
      display: flex;
      flex-wrap: wrap;
      font-size: 12px;
      gap: 4px 14px;
    }
    .legend span {
      display: flex;
      align-items: center;
      gap: 6px;
    }
    .changed {
      background: #d9820f;
    }
    .made {
      background: #1b8a52;
    }
    .published {
      background: #8f97a3;
    }
  `];

  constructor() {
    super();
    new Redraw(this, steps, diff, plan, comparing, language);
  }

  protected override render(): TemplateResult {
    return html`<div class="pad stack">
        <button class="button" id="swipe" aria-pressed=${comparing.current ? 'true' : 'false'} @click=${() => swipe(!comparing.current)}>
          ${swipeIcon}${say(comparing.current ? 'swipe.end' : 'swipe.start')}
        </button>
        <div class="legend">
          <span><i class="dot changed"></i>${say('legend.changed')}</span><span><i class="dot made"></i>${say('legend.made')}</span>
          <span><i class="dot published"></i>${say('legend.published')}</span>
        </div>
      </div>
      ${changeList()}
      <h3 class="pad">${say('steps.heading')}</h3>
      ${steps.current.length ? html`<ol>${steps.current.map((step) => this.#step(step))}</ol>` : html`<p class="empty">${say('steps.none')}</p>`}`;
  }

  #step(step: Step): TemplateResult {
    const head = plan.current?.head ?? 0;
    const isLast = step.seq === head;
    const isNext = step.seq === head + 1;
    return html`<li class=${step.seq > head ? 'undone' : ''}>
      <b>${step.seq}</b>
      <span class="grow"><span>${stepTitle(step)}</span><br /><span class="note small">${step.username} · ${moment(step.at)}</span></span>
      ${canEdit() && isLast ? html`<button class="button slim" @click=${() => void undo()}>${say('history.undoShort')}</button>` : nothing}
      ${canEdit() && isNext ? html`<button class="button slim" @click=${() => void redo()}>${say('history.redoShort')}</button>` : nothing}
    </li>`;
  }
}

/** What the plan does to every unit, in words. */
function changeList(): TemplateResult | typeof nothing {
  const all = tell(diff.current);
  if (!all.length) return nothing;
  return html`<h3 class="pad">${say('changes.heading', { n: all.length })}</h3>
    <ul>${all.map((one) => html`<li><i class="dot ${one.kind === 'new' ? 'made' : one.kind === 'retired' ? 'error' : 'changed'}"></i><span class="grow"><button class="go" @click=${() => go(one.id)}>${withoutMark(one.name)}</button><br /><span class="note small">${sentence(one)}</span></span></li>`)}</ul>`;
}

function sentence(one: Told): string {
  if (one.kind === 'new') return say('changes.new');
  if (one.kind === 'retired') return say('changes.retired');
  const parts = [
    one.renamed ? say('changes.renamed', { was: withoutMark(one.was) }) : '',
    one.recoded ? say('changes.recoded') : '',
    one.moved ? say('changes.moved') : '',
    one.staffed ? say('changes.staffed') : '',
    one.area_m2 ? `${area(one.area_m2[0])} → ${area(one.area_m2[1])}` : '',
  ];
  return parts.filter(Boolean).join('；');
}

// Nothing is drawn while two maps lie on each other.
function swipe(on: boolean): void {
  if (on) {
    take('select');
    select();
  }
  startSwipe(on);
}

function go(id: string): void {
  select(id);
  void goToUnit({ id });
}

customElements.define('cg-step-list', StepList);
