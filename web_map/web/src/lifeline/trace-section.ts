import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { formatDistance } from '../geo/coordinates';
import { formatTime } from '../geo/time';
import { language } from '../i18n';
import * as app from '../state/app';
import * as camera from '../state/camera';
import { Redraw } from '../state/value';
import { fact } from '../ui/detail-sections';
import { detailStyles } from '../ui/detail-styles';
import { shared } from '../ui/shared';
import { boxOf, kindsOf, type Kind, type Near } from './networks';
import { draw } from './trace-drawing';
import * as trace from './trace';
import { say } from './words';

/** Names that are listed before only their number is told. */
const NAMED = 4;

/** Asks the networks at the selected place: what to shut, and who is cut off. */
class TraceSection extends LitElement {
  static override readonly styles = [shared, detailStyles, css`
    :host {
      display: block;
    }
    section {
      border-top: 1px solid var(--line);
    }
    .questions {
      display: grid;
      gap: 6px;
    }
    .questions .button {
      justify-content: flex-start;
      width: 100%;
    }
    .medium {
      color: var(--ink-3);
      font-size: 12px;
    }
    .valves {
      margin: 8px 0;
      border: 1px solid var(--line);
      border-radius: 8px;
    }
    .valves li {
      display: flex;
      align-items: center;
      gap: 8px;
      padding: 4px 4px 4px 10px;
      min-height: 40px;
    }
    .valves li + li {
      border-top: 1px solid var(--line);
    }
    .valves span {
      flex: 1;
      color: var(--ink-3);
      font-size: 12px;
    }
    .sum {
      margin-top: 10px;
      font-size: 16px;
      font-weight: 600;
    }
    .stamp {
      margin-top: 8px;
      color: var(--ink-3);
      font-size: 12px;
    }
    .stop {
      color: var(--bad);
    }
  `];

  #stops: Array<() => void> = [];

  constructor() {
    super();
    new Redraw(this, trace.near, trace.asked, trace.answer, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stops = [trace.follow(), trace.answer.watch(show), app.map.watch(show)];
    show();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops) stop();
    if (app.map.current) draw(app.map.current, null);
  }

  protected override render(): TemplateResult | typeof nothing {
    const near = trace.near.current;
    const answer = trace.answer.current;
    if (!near.length && !answer) return nothing;
    return html`<section id="trace">
      <h3>${say('heading')}</h3>
      <div class="questions">${near.flatMap((one) => kindsOf(one.medium).map((kind) => this.#question(one, kind)))}</div>
      <div role="status">${answer ? this.#answer(answer) : nothing}</div>
    </section>`;
  }

  #question(near: Near, kind: Kind): TemplateResult {
    const ask = (): void => {
      const point = app.selection.current?.point;
      if (point) void trace.ask({ near, kind, point, stuck: [] });
    };
    const medium = say(`medium.${near.medium}` as Parameters<typeof say>[0]);
    return html`<button class="button" data-kind=${kind} data-network=${near.network} @click=${ask}>
      ${say(kind === 'isolation' ? 'break' : kind)}<span class="medium">${medium} · ${near.network}</span>
    </button>`;
  }

  #answer(answer: app.Loadable<trace.Answer>): TemplateResult {
    if (answer.state === 'loading') return html`<p class="loading"><i class="spinner"></i>${say('asking')}</p>`;
    if (answer.state === 'failed') return html`<p class="stop" role="alert">${say('failed', { reason: answer.reason })}</p>`;
    const found = answer.value;
    return html`${found.close ? valves(found) : nothing} ${facts(found)} ${stamp(found)}`;
  }
}

function show(): void {
  const map = app.map.current;
  const answer = trace.answer.current;
  const shapes = answer?.state === 'ready' ? (answer.value.features ?? null) : null;
  if (!map) return;
  draw(map, shapes);
  // Whoever answers for what is cut off has to see all of it.
  const box = shapes && boxOf(shapes.features);
  if (box) camera.revealAll(box);
}

function valves({ close = [], passed = [], stop = [] }: trace.Answer): TemplateResult {
  const sum = close.length ? say('close', { n: close.length }) : say('close.none');
  return html`<p class="sum">${sum}</p>
    ${close.length + passed.length
      ? html`<ul class="valves">
          ${close.map(({ code, needed }) => valve(code, say(needed ? 'needed' : 'spare'), false))}
          ${passed.map(({ code }) => valve(code, say('passed'), true))}
        </ul>`
      : nothing}
    ${stop.length ? html`<p class="stop">${say('stop', { codes: stop.join(', ') })}</p>` : nothing}`;
}

// Of valves that the utility itself has down as stuck nobody here takes that back.
function valve(code: string, words: string, isPassed: boolean): TemplateResult {
  const isOurs = trace.asked.current?.stuck.includes(code) ?? false;
  const act = say(isPassed ? 'usable' : 'stuck');
  const hint = say(isPassed ? 'usable.hint' : 'stuck.hint', { code });
  return html`<li data-valve=${code}>
    <strong class="mono">${code}</strong><span>${words}</span>
    ${isPassed && !isOurs
      ? nothing
      : html`<button class="button" title=${hint} aria-label=${hint} @click=${() => trace.turn(code, !isPassed)}>${act}</button>`}
  </li>`;
}

function facts({ type, cut_off, dry, reached, customers, places, grids }: trace.Answer): TemplateResult {
  const part = (each: trace.Part): string => say('links', { n: each.links, length: formatDistance(each.length_m) });
  return html`<dl class="facts">
    ${cut_off ? fact(say('cut_off'), part(cut_off)) : nothing}
    ${dry?.links ? fact(say('dry'), part(dry)) : nothing}
    ${reached && type !== 'isolation' ? fact(say(`reached.${type}`), part(reached)) : nothing}
    ${fact(say('customers'), say('customers.value', { services: customers.services, meters: customers.meters }))}
    ${customers.people === null ? nothing : fact(say('people'), String(customers.people))}
    ${places ? fact(say('places'), listed(places.map(({ name }) => name))) : nothing}
    ${grids ? fact(say('grids'), listed(grids)) : nothing}
  </dl>`;
}

function listed(names: readonly string[]): string {
  if (!names.length) return say('none');
  const named = names.slice(0, NAMED).join(language.current === 'zh' ? '、' : ', ');
  return names.length > NAMED ? say('many', { names: named, n: names.length }) : named;
}

function stamp({ data_at, topology }: trace.Answer): TemplateResult {
  const state = topology.problems ? say('problems', { n: topology.problems }) : topology.checked ? '' : say('unchecked');
  return html`<p class="stamp">${say('data_at', { time: formatTime(data_at, language.current) })} ${state}</p>`;
}

customElements.define('cg-trace', TraceSection);
