import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { area_m2, insidePoint, type Polygon } from '../../geo/plane';
import { withoutMark } from '../../geo/names';
import { language, pick, pickName } from '../../i18n';
import { zoom } from '../../state/app';
import { Redraw } from '../../state/value';
import { shared } from '../../ui/shared';
import { warnIcon } from '../../ui/icons';
import { draft, proposal, remark, selected, tool, type Proposal } from '../state/drawing';
import { liveCount, liveFigures } from '../state/live';
import { canEdit, operate, plan, refusal, saving } from '../state/plan';
import { town, townTrouble, WORK_ZOOM } from '../state/town';
import { escape, take, theTool } from '../tools/tools';
import type { Operation, Suggestion } from '../wire';
import { area, figure, say } from '../words';
import { panelStyles } from './panel-styles';
import { parentChoices } from './parent-choices';

const nameOf = (id: string): string => {
  const unit = town.current.units.get(id);
  return unit ? `${pickName(unit)}${unit.code ? ` ${unit.code.slice(-3)}` : ''}` : id;
};

/** Says at every moment what to do next with the tool in hand, and asks for what cannot be drawn. */
class TaskCard extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    :host {
      position: fixed;
      z-index: 4;
      bottom: 44px;
      left: calc((100vw + var(--left) - var(--right)) / 2);
      width: min(520px, calc(100vw - var(--left) - var(--right) - 220px));
      transform: translateX(-50%);
    }
    .card {
      padding: 12px 16px;
      border: 1px solid var(--line);
    }
    .card.asks {
      border-color: var(--accent);
    }
    ol {
      display: flex;
      flex-wrap: wrap;
      color: var(--ink-3);
      font-size: 13px;
      gap: 4px 14px;
    }
    ol li {
      display: flex;
      align-items: center;
      gap: 6px;
    }
    ol li b {
      display: inline-grid;
      width: 18px;
      height: 18px;
      border-radius: 50%;
      background: var(--surface-2);
      font-size: 11px;
      place-items: center;
    }
    ol li[aria-current] {
      color: var(--ink);
      font-weight: 600;
    }
    ol li[aria-current] b {
      background: var(--accent);
      color: #fff;
    }
    .warn {
      display: flex;
      align-items: center;
      margin-top: 8px;
      color: var(--bad);
      font-size: 13px;
      gap: 6px;
    }
    form {
      margin-top: 10px;
    }
    .live {
      margin-top: 8px;
      font-size: 13px;
      font-variant-numeric: tabular-nums;
    }
    fieldset {
      display: grid;
      padding: 0;
      border: 0;
      margin: 0;
      gap: 6px;
    }
    legend {
      padding: 0 0 6px;
      color: var(--ink-2);
      font-size: 13px;
    }
    .pair {
      display: grid;
      align-items: center;
      grid-template-columns: auto 1fr;
      gap: 6px 10px;
    }
    @media (max-width: 1000px) {
      :host {
        left: 50%;
        width: calc(100vw - 24px);
      }
    }
    @media (max-width: 720px) {
      :host {
        top: 62px;
        bottom: auto;
      }
      .card {
        max-height: 42vh;
        padding: 8px 12px;
        overflow-y: auto;
      }
    }
  `];

  constructor() {
    super();
    new Redraw(this, tool, draft, proposal, remark, refusal, selected, town, townTrouble, plan, saving, zoom, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!plan.current || !canEdit()) return nothing;
    const asked = proposal.current;
    return html`<section class="card ${asked ? 'asks' : ''}" aria-label=${say('task.label')} id="task">
      ${this.#steps()}
      <div role="alert">${this.#warning()}</div>
      ${this.#live()}
      ${asked ? this.#form(asked) : this.#buttons()}
    </section>`;
  }

  #steps(): TemplateResult {
    const name = tool.current;
    const list = say(`tool.${name}.steps`).split('|');
    const at = Math.min(this.#phase(), list.length - 1);
    return html`<ol>
      ${list.map((words, index) => html`<li aria-current=${index === at ? 'step' : nothing}><b>${index + 1}</b>${words}</li>`)}
    </ol>`;
  }

  #phase(): number {
    if (proposal.current) return 2;
    const drawn = draft.current.line.length;
    if (tool.current === 'vertex') return selected.current.length ? 1 : 0;
    if (tool.current === 'merge' || tool.current === 'select') return Math.min(1, selected.current.length);
    return drawn > 0 ? 1 : 0;
  }

  #warning(): TemplateResult | typeof nothing {
    const isFar = zoom.current > 0 && zoom.current < WORK_ZOOM;
    const words = remark.current || refusal.current || townTrouble.current || (isFar ? say('map.far') : '');
    return words ? html`<p class="warn" id="remark">${warnIcon}<span>${words}</span></p>` : nothing;
  }

  // Households before and after in the units whose common border is being moved.
  #live(): TemplateResult | typeof nothing {
    const { courses, faults } = draft.current;
    const figures = faults.length ? [] : liveFigures(courses, 'households').filter((one) => Math.abs(one.after - one.before) >= 0.5);
    if (!figures.length) return nothing;
    return html`<ul class="live">${figures.map((one) => html`<li>${nameOf(one.unit)}：${say('live.households', { before: figure(one.before), after: figure(one.after) })}</li>`)}</ul>`;
  }

  #buttons(): TemplateResult | typeof nothing {
    if (!draft.current.line.length) return nothing;
    return html`<div class="row">
      <span class="push"></span>
      <button class="button slim" @click=${() => theTool().back?.()}>${say('sketch.back')}</button>
      <button class="button slim" @click=${escape}>${say('sketch.cancel')}</button>
      <button class="button slim primary" id="finish" @click=${() => theTool().finish?.()}>${say('sketch.finish')}</button>
    </div>`;
  }

  #form(asked: Proposal): TemplateResult {
    return html`<form class="stack" @submit=${(event: SubmitEvent) => void this.#send(event, asked)}>
      ${this.#fields(asked)}
      <div class="row">
        <span class="push"></span>
        <button type="button" class="button" @click=${() => take(tool.current)}>${say('sketch.cancel')}</button>
        <button class="button primary" id="do" ?disabled=${saving.current === 'saving'}>${say(`do.${asked.kind}`)}</button>
      </div>
    </form>`;
  }

  #fields(asked: Proposal): TemplateResult {
    if (asked.kind === 'split') return splitFields(asked, this.#keeps ?? largest(asked.parts), (part) => this.#choose(part));
    if (asked.kind === 'suggested') return suggestionFields(asked.suggestion);
    if (asked.kind === 'merge') return mergeFields(asked.units);
    if (asked.kind === 'transfer') return transferFields(asked);
    const over = asked.kind === 'draw' ? asked.over : [asked.unit];
    return html`<p class="note">${over.length ? say('ask.takes', { names: over.map(nameOf).join('、') }) : say('ask.takesNothing')}</p>
      <label>${say('ask.name')}<input name="name" required maxlength="80" autocomplete="off" /></label>
      ${asked.kind === 'draw' ? html`<label>${say('ask.parent')}<select name="parent" required>${parentChoices(over[0] ?? null)}</select></label>` : nothing}`;
  }

  protected override updated(): void {
    const first = this.renderRoot.querySelector<HTMLElement>('form input:not([type="radio"]), form input:checked, form select');
    if (first && !this.#asked) first.focus({ preventScroll: true });
    this.#asked = first !== null;
    if (!first) this.#keeps = null;
  }

  #asked = false;
  /** The part that keeps the identity, once somebody has chosen. */
  #keeps: number | null = null;

  #choose(part: number): void {
    this.#keeps = part;
    this.requestUpdate();
  }

  async #send(event: SubmitEvent, asked: Proposal): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const operations = asked.kind === 'suggested' ? asked.suggestion.operations : [operationOf(asked, fields)];
    for (const operation of operations) if (!(await operate(operation))) return;
    take('select');
  }
}

function largest(parts: readonly Polygon[]): number {
  return parts.reduce((best, part, index) => (area_m2(part) > area_m2(parts[best]!) ? index : best), 0);
}

/** `keeps` is the part that stays the same grid: it keeps its name too, so only the others are asked for one. */
function splitFields(asked: Proposal & { kind: 'split' }, keeps: number, choose: (part: number) => void): TemplateResult {
  return html`<fieldset>
    <legend>${say('ask.keeps', { name: nameOf(asked.unit) })}</legend>
    ${asked.parts.map(
      (part, index) => html`<div class="pair">
        <label class="line">
          <input type="radio" name="keeps" value=${index} .checked=${index === keeps} @change=${() => choose(index)} />
          ${say('ask.part', { n: index + 1, area: area(area_m2(part)) })}${households(part)}
        </label>
        ${index === keeps
          ? html`<span class="note">${say('ask.stays')}</span>`
          : html`<input name="name-${index}" aria-label=${say('ask.partName', { n: index + 1 })} placeholder=${say('ask.partNameHint')} maxlength="80" autocomplete="off" />`}
      </div>`,
    )}
  </fieldset>`;
}

function households(part: Polygon): string {
  const found = liveCount([part], 'households');
  return found === null ? '' : ` · ${say('live.count', { n: figure(found) })}`;
}

function mergeFields(units: readonly string[]): TemplateResult {
  return html`<fieldset>
    <legend>${say('ask.into', { n: units.length })}</legend>
    ${units.map(
      (id, index) => html`<label class="line"><input type="radio" name="into" value=${id} ?checked=${index === 0} />${nameOf(id)}</label>`,
    )}
  </fieldset>`;
}

function transferFields(asked: Proposal & { kind: 'transfer' }): TemplateResult {
  return html`<p class="note">${say('ask.transfer', { name: nameOf(asked.from), area: area(asked.area_m2) })}</p>
    <label>${say('ask.to')}
      <select name="to" required>${asked.to.map((id) => html`<option value=${id}>${nameOf(id)}</option>`)}</select>
    </label>`;
}

function suggestionFields({ parts, reasons, target }: Suggestion): TemplateResult {
  return html`<p class="note">${say('suggest.what', { target: figure(target) })}</p>
    <ul class="live">${parts.map((part, index) => html`<li>${index + 1}. ${part.name ? withoutMark(part.name) : say('impact.new')}：${say('live.count', { n: figure(part.load) })}</li>`)}</ul>
    <ul class="note">${reasons.map((reason) => html`<li>· ${pick(reason.text, reason.text_en)}</li>`)}</ul>`;
}

function operationOf(asked: Exclude<Proposal, { kind: 'suggested' }>, fields: FormData): Operation {
  const text = (name: string): string => String(fields.get(name) ?? '').trim();
  switch (asked.kind) {
    case 'split':
      return splitOperation(asked, Number(text('keeps')), text);
    case 'merge':
      return { op: 'merge', units: asked.units, into: text('into') };
    case 'transfer':
      return { op: 'transfer', from: asked.from, to: text('to'), polygon: { type: 'Polygon', coordinates: [asked.ring] } };
    case 'cut':
      return { op: 'cut', unit: asked.unit, polygon: { type: 'Polygon', coordinates: [asked.ring] }, name: text('name') };
    case 'draw':
      return { op: 'draw', polygon: { type: 'Polygon', coordinates: [asked.ring] }, name: text('name'), parent: text('parent') };
  }
}

function splitOperation(asked: Proposal & { kind: 'split' }, keeps: number, text: (name: string) => string): Operation {
  const place = insidePoint(asked.parts[keeps] ?? []);
  const named = asked.parts.map((part, index) => ({ west: insidePoint(part)?.[0] ?? 0, name: text(`name-${index}`) }));
  const names = named.filter((_, index) => index !== keeps).sort((a, b) => a.west - b.west).map(({ name }) => name);
  return { op: 'split', unit: asked.unit, line: asked.line, names, ...(place ? { keeps: place } : {}) };
}

customElements.define('cg-task-card', TaskCard);
