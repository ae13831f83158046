import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { DATUMS, datumLabel } from '../../geo/coordinates';
import { withoutMark } from '../../geo/names';
import { language, pick } from '../../i18n';
import { Redraw } from '../../state/value';
import { closeIcon } from '../../ui/icons';
import { shared } from '../../ui/shared';
import { importTable } from '../api';
import {
  cancelImport, followImport, imports, isUnderway, loadImports, madeGrids, makeMicroGrids, picking, sendImport, shownImport, wantedGrids,
} from '../state/bulk';
import { canEdit, plan, saving } from '../state/plan';
import { coverage } from '../state/tree';
import { goTo, goToUnit } from '../state/view';
import { select } from '../state/drawing';
import type { GridParts, ImportedUnit, ImportReport, MovedPiece, PlanImport } from '../wire';
import { area, figure, moment, say, sayIf } from '../words';
import { panelStyles } from './panel-styles';

/** So many rows of a report are shown; the table has them all. */
const MOST_ROWS = 200;
const LOADS = ['households', 'people', 'buildings', 'events_year'] as const;

/** Work on many units at once: lay a file into the plan, and make micro-grids from blocks and buildings. */
class BulkPanel extends LitElement {
  static override readonly styles = [shared, panelStyles, css`
    form {
      padding: 12px;
      border: 1px solid var(--line);
      border-radius: 10px;
    }
    progress {
      width: 100%;
      accent-color: var(--accent);
    }
    table {
      width: 100%;
      border-collapse: collapse;
      font-size: 12px;
      font-variant-numeric: tabular-nums;
    }
    th,
    td {
      padding: 4px 3px;
      border-bottom: 1px solid var(--line);
      font-weight: 400;
      text-align: right;
    }
    th:first-child {
      text-align: left;
    }
    thead th {
      position: sticky;
      top: 0;
      background: var(--surface);
      color: var(--ink-3);
    }
    .go {
      padding: 0;
      border: 0;
      background: none;
      color: var(--accent);
      text-align: left;
    }
    .scroll {
      overflow: auto;
      max-height: 320px;
    }
    .chip {
      display: inline-flex;
      align-items: center;
      padding: 0 2px 0 8px;
      border-radius: 12px;
      background: var(--accent-weak);
      font-size: 12px;
    }
    summary {
      cursor: pointer;
      font-size: 13px;
    }
    a {
      color: var(--accent);
      font-size: 13px;
    }
  `];

  #trouble = '';
  #busy = false;

  constructor() {
    super();
    new Redraw(this, imports, shownImport, madeGrids, wantedGrids, picking, plan, coverage, saving, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void loadImports();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    picking.set(false);
  }

  protected override render(): TemplateResult {
    return html`<div class="pad stack">
      ${canEdit() && coverage.current?.within === 'grids' && coverage.current.levels.length === 1 ? this.#microGrids() : nothing}
      ${canEdit() ? this.#upload() : nothing}
      ${this.#past()} ${shownImport.current ? this.#import(shownImport.current, shownImport.current.report) : nothing}
    </div>`;
  }

  #upload(): TemplateResult {
    return html`<form class="stack" id="import" aria-label=${say('import.heading')} @submit=${(event: SubmitEvent) => void this.#send(event)}>
      <h2>${say('import.heading')}</h2>
      <p class="note small">${say('import.what')}</p>
      <label>${say('import.file')}<input name="file" type="file" required accept=".gpkg,.zip,.geojson,.json,.parquet,.kml,.gml" /></label>
      <label>${say('coordinates.datum')}<select name="datum">${DATUMS.map((one) => html`<option value=${one}>${datumLabel(one)}</option>`)}</select></label>
      <label class="line"><input type="checkbox" name="whole" />${say('import.whole')}</label>
      <label class="line"><input type="checkbox" name="nest" checked />${say('import.nest')}</label>
      <details>
        <summary>${say('import.more')}</summary>
        <div class="stack">${(['layer', 'crs', 'encoding', 'code', 'name', 'parent'] as const).map((name) => html`<label>${say(`import.${name}`)}<input name=${name} maxlength="80" autocomplete="off" /></label>`)}</div>
      </details>
      ${this.#trouble ? html`<p class="alarm" role="alert">${this.#trouble}</p>` : nothing}
      <button class="button primary" id="do-import" ?disabled=${this.#busy}>${say('import.do')}</button>
    </form>`;
  }

  async #send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.#tell('', true);
    await sendImport(sent(new FormData(form))).then(() => this.#tell('', false), (error: unknown) => this.#tell(error instanceof Error ? error.message : String(error), false));
  }

  #tell(trouble: string, busy: boolean): void {
    this.#trouble = trouble;
    this.#busy = busy;
    this.requestUpdate();
  }

  #past(): TemplateResult | typeof nothing {
    const read = imports.current;
    if (read.state === 'failed') return html`<p class="alarm">${read.reason}</p>`;
    if (read.state === 'loading' || !read.value.length) return nothing;
    return html`<h3>${say('import.past')}</h3>
      <ul>${read.value.map((one) => html`<li class="row"><button class="go grow cut" data-import=${one.id} @click=${() => void followImport(one.id)}>${one.filename}</button><span class="note small">${say(`import.${one.state}`)} · ${moment(one.asked_at)}</span></li>`)}</ul>`;
  }

  #import(one: PlanImport, report: ImportReport | null): TemplateResult {
    return html`<section class="stack" id="report" aria-label=${one.filename} aria-live="polite">
      <h3>${one.filename} · ${say(`import.${one.state}`)}</h3>
      ${isUnderway(one) ? html`<progress value=${one.progress} max="1" aria-label=${one.filename}></progress><p class="row note small"><span class="grow">${sayIf(`import.stage.${one.stage}`, '')}</span><button class="button slim" @click=${() => void cancelImport(one.id)}>${say('sketch.cancel')}</button></p>` : nothing}
      ${one.problems.map(({ where, reason }) => html`<p class="alarm">${where ? html`<span class="mono">${where}</span> ` : nothing}${reason}</p>`)}
      ${one.summary?.datum_suggested ? html`<p class="caution">${say('import.datum', { datum: one.summary.datum_suggested.toUpperCase() })}</p>` : nothing}
      ${one.summary ? summary(one.summary) : nothing} ${report ? this.#report(one, report) : nothing}
    </section>`;
  }

  #report(one: PlanImport, report: ImportReport): TemplateResult {
    const byMoved = [...report.units].sort((a, b) => moved(b) - moved(a));
    return html`${lists(report)}
      ${report.moved.length ? html`<h3>${say('import.moved', { n: report.moved.length })}</h3><ul>${places([...report.moved].sort((a, b) => b.area_m2 - a.area_m2))}</ul>` : nothing}
      ${report.gaps.length ? html`<h3>${say('import.gaps', { n: report.gaps.length })}</h3><ul>${places(report.gaps)}</ul>` : nothing}
      <h3>${say('import.units', { n: report.units.length })}</h3>
      <div class="scroll"><table>
        <thead><tr><th>${say('unit.name')}</th><th>${say('import.before')}</th><th>${say('import.after')}</th><th>${say('import.gained')}</th><th>${say('import.lostArea')}</th></tr></thead>
        <tbody>${byMoved.slice(0, MOST_ROWS).map(unitRow)}</tbody>
      </table></div>
      ${byMoved.length > MOST_ROWS ? html`<p class="note small">${say('import.first', { n: MOST_ROWS })}</p>` : nothing}
      <a href=${importTable(plan.current!.id, one.id)} download>${say('import.table')}</a>`;
  }

  #microGrids(): TemplateResult {
    return html`<form class="stack" id="micro" aria-label=${say('micro.heading')} @submit=${(event: SubmitEvent) => void this.#make(event)}>
      <h2>${say('micro.heading')}</h2>
      <p class="note small">${say('micro.what')}</p>
      <button type="button" class="button" id="pick-grids" aria-pressed=${picking.current ? 'true' : 'false'} @click=${() => picking.set(!picking.current)}>${say(picking.current ? 'micro.picking' : 'micro.pick')}</button>
      <div class="row wrap">${wantedGrids.current.map((code) => html`<span class="chip mono">${code}<button type="button" class="icon-button small" aria-label=${say('people.remove', { name: code })} @click=${() => wantedGrids.set(wantedGrids.current.filter((one) => one !== code))}>${closeIcon}</button></span>`)}</div>
      <label>${say('micro.codes')}<input id="grid-codes" autocomplete="off" class="mono" @change=${(event: Event) => addCodes(event.target as HTMLInputElement)} /></label>
      <label>${say('micro.by')}<select name="by">${LOADS.map((one) => html`<option value=${one}>${say(`figure.${one}`)}</option>`)}</select></label>
      <label>${say('micro.most')}<input name="most" type="number" min="1" value="60" required /></label>
      <label class="line"><input type="checkbox" name="replace" />${say('micro.replace')}</label>
      <button class="button primary" id="do-micro" ?disabled=${!wantedGrids.current.length || saving.current === 'saving'}>${say('micro.do', { n: wantedGrids.current.length })}</button>
    </form>
    ${madeGrids.current.map(madeOf)}`;
  }

  async #make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    picking.set(false);
    await makeMicroGrids(String(fields.get('by')), Number(fields.get('most')), fields.has('replace'));
  }
}

/** Leaves out what is empty, and says of every box whether it is ticked. */
function sent(given: FormData): FormData {
  const form = new FormData();
  for (const [name, value] of given) if (value !== '' && !(value instanceof File)) form.set(name, value);
  for (const name of ['whole', 'nest']) form.set(name, given.has(name) ? 'true' : 'false');
  form.set('file', given.get('file')!);
  return form;
}

function moved({ gained_m2, lost_m2 }: ImportedUnit): number {
  return Math.abs(gained_m2) + Math.abs(lost_m2);
}

function summary(sum: NonNullable<PlanImport['summary']>): TemplateResult {
  return html`<p class="note">${say('import.sum', { features: figure(sum.features), units: figure(sum.units), fresh: figure(sum.new), kept: figure(sum.kept), retired: figure(sum.retired) })}</p>
    <p class="note">${say('import.repaired', { moved: figure(sum.moved), area: area(sum.moved_m2), snapped: figure(sum.snapped_vertices), gaps: figure(sum.gaps) })}</p>`;
}

/** What of the file is not in the plan, each with its reason: nothing is lost silently. */
function lists({ invalid, lost, left_out: leftOut, retired }: ImportReport): TemplateResult {
  const list = (title: string, lines: readonly string[]): TemplateResult | typeof nothing =>
    lines.length ? html`<details><summary>${title}（${lines.length}）</summary><ul class="note small">${lines.slice(0, MOST_ROWS).map((line) => html`<li>${line}</li>`)}</ul></details>` : nothing;
  return html`${list(say('import.invalid'), invalid)} ${list(say('import.lost'), lost)}
    ${list(say('import.leftOut'), leftOut.map((one) => `${one.feature}：${one.reason}`))} ${list(say('import.retired'), retired.map((one) => `${one.name} ${area(one.area_m2)}`))}`;
}

function places(pieces: readonly MovedPiece[]): TemplateResult[] {
  return pieces.slice(0, MOST_ROWS).map((one) => html`<li class="row small"><button class="go grow" data-place=${`${one.lon},${one.lat}`} @click=${() => goTo(one)}>${sayIf(`import.${one.kind}`, one.kind)}</button><span class="note">${areaOfPiece(one)}</span></li>`);
}

function areaOfPiece({ area_m2, width_m }: MovedPiece): string {
  const wide = width_m === null ? '' : ` · ${say('import.wide', { metres: figure(width_m, 2) })}`;
  return `${figure(area_m2, area_m2 < 10 ? 2 : 0)} m²${wide}`;
}

function unitRow(one: ImportedUnit): TemplateResult {
  const name = withoutMark(one.name || one.code || '');
  return html`<tr><th scope="row">${one.unit ? html`<button class="go" @click=${() => go(one.unit!)}>${name}</button>` : name}${one.now === 'new' ? html` <span class="badge good">${say('unit.new')}</span>` : nothing}</th>
    <td>${figure(one.area_before_m2)}</td><td>${figure(one.area_after_m2)}</td><td>${figure(one.gained_m2, 1)}</td><td>${figure(one.lost_m2, 1)}</td></tr>`;
}

function go(id: string): void {
  select(id);
  void goToUnit({ id });
}

function addCodes(input: HTMLInputElement): void {
  const codes = input.value.split(/[\s,，、;；]+/).filter(Boolean);
  wantedGrids.set([...new Set([...wantedGrids.current, ...codes])]);
  input.value = '';
}

function madeOf({ grid, code, parts, reasons }: GridParts): TemplateResult {
  return html`<section class="calm stack" data-made=${code ?? grid}>
    <strong>${say('micro.made', { grid: code ?? grid, n: parts.length })}</strong>
    <ul class="small">${parts.map((part) => html`<li>${withoutMark(part.name)}：${area(part.area_m2)} · ${figure(part.load, 1)}</li>`)}</ul>
    <ul class="small">${reasons.map((reason) => html`<li>· ${pick(reason.text, reason.text_en)}</li>`)}</ul>
  </section>`;
}

customElements.define('cg-bulk-panel', BulkPanel);
