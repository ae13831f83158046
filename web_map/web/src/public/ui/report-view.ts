import { html, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../../api/errors';
import { Redraw } from '../../state/value';
import { report, trouble, type Matter, type ReportSent, type Taken } from '../api';
import { smaller } from '../photo';
import { anew, clientId, contentOf, emptyDraft, forgetDraft, foundDraft, isEmpty, keepDraft, keepReport, type Draft } from '../state/draft';
import { problemAt, type Spot } from '../state/spot';
import { ticket, town } from '../state/town';
import { isWord, language, pick, say, type Word } from '../words';
import { PublicElement } from './element';
import { cameraIcon, closeIcon } from './icons';
import './sent-card';
import './where-picker';

const THEMES = ['clean', 'road', 'facility', 'order'] as const;
const PHONE = /^[0-9+() -]{5,20}$/;

interface Photo {
  readonly blob: Blob;
  readonly url: string;
}

/** What is wrong, where, a photo: a report without an account. */
export class ReportView extends PublicElement {
  #draft: Draft = emptyDraft();
  #theme: string = THEMES[0];
  #photos: readonly Photo[] = [];
  #problems: Readonly<Record<string, string>> = {};
  #message = '';
  #found = false;
  #busy = false;
  #preparing = false;
  #sent: { readonly code: string; readonly photos: readonly Blob[]; readonly unchanged: boolean; readonly spot: Spot } | null = null;
  /** Who was named when it was sent first: never kept beyond the page. */
  #triedWho: string | null = null;
  #stop: (() => void) | null = null;

  constructor() {
    super();
    new Redraw(this, language, town, problemAt);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const found = foundDraft();
    if (found) [this.#draft, this.#found] = [found, true];
    const matter = this.#matter();
    if (matter) this.#theme = matter.theme;
    this.#stop = problemAt.watch(() => this.#changed({}));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
  }

  protected override render(): TemplateResult {
    if (this.#sent) {
      return html`<cg-sent-card .code=${this.#sent.code} .photos=${this.#sent.photos} .unchanged=${this.#sent.unchanged}
        @again=${() => this.#again()} @anew=${() => this.#anew()}></cg-sent-card>`;
    }
    return html`<h1>${say('report.heading')}</h1>
      <p class="dim">${say('report.lead')}</p>
      ${this.#found && !isEmpty(this.#draft) ? this.#foundNote() : nothing}
      <form class="report" novalidate @submit=${(event: Event) => void this.#submit(event)}>
        ${this.#whatPart()} ${this.#wherePart()} ${this.#photoPart()} ${this.#wordsPart()} ${this.#trap()}
        <p class="message bad" id="trouble" role="alert" ?hidden=${!this.#message}>${this.#message}</p>
        <button type="submit" class="main send" ?disabled=${this.#busy || this.#preparing}>
          ${this.#busy ? say('report.sending') : say('report.send')}
        </button>
      </form>`;
  }

  #foundNote(): TemplateResult {
    return html`<p class="message" role="status">${say('report.draftFound')}
      <button type="button" class="plain" @click=${() => this.#again()}>${say('report.discard')}</button></p>`;
  }

  #whatPart(): TemplateResult {
    const matters = (town.current?.matters ?? []).filter((each) => each.theme === this.#theme);
    const chosen = this.#matter();
    return html`<fieldset class="card" aria-describedby="matter-problem">
      <legend>${say('report.what')}</legend>
      <div class="themes" role="group" aria-label=${say('report.what')}>${THEMES.map((name) => this.#themeButton(name))}</div>
      <div class="chips matters">${matters.map((each) => this.#matterChoice(each))}</div>
      ${chosen && pick({ zh: chosen.hint, en: chosen.hint_en }) ? html`<p class="dim hint">${pick({ zh: chosen.hint, en: chosen.hint_en })}</p>` : nothing}
      <p class="dim"><a href="tel:12345">${say('report.none')}</a></p>
      ${this.#problem('matter')}
    </fieldset>`;
  }

  #themeButton(name: string): TemplateResult {
    const word = `report.theme.${name}`;
    return html`<button type="button" aria-pressed=${this.#theme === name} data-theme=${name} @click=${() => this.#show(name)}>
      ${isWord(word) ? say(word) : name}</button>`;
  }

  #matterChoice(matter: Matter): TemplateResult {
    return html`<label class="chip"><input type="radio" name="matter" value=${matter.key}
      .checked=${this.#draft.matter === matter.key} @change=${() => this.#changed({ matter: matter.key })} />
      <span>${pick({ zh: matter.title, en: matter.title_en })}</span></label>`;
  }

  #wherePart(): TemplateResult {
    return html`<fieldset class="card">
      <legend>${say('report.where')}</legend>
      <cg-where-picker name="report" .spot=${problemAt} .checks=${true}></cg-where-picker>
      ${this.#problem('spot')}
      ${this.#field('where', 'report.whereMore', html`<input id="where" name="where" maxlength="200" autocomplete="off"
        placeholder=${say('report.whereHint')} .value=${this.#draft.where} @input=${(event: Event) => this.#changed({ where: valueOf(event) })} />`)}
    </fieldset>`;
  }

  #photoPart(): TemplateResult {
    const most = town.current?.most_photos ?? 5;
    return html`<fieldset class="card">
      <legend>${say('report.photo')}</legend>
      <div class="photos">
        ${this.#photos.map((photo, at) => this.#photo(photo, at))}
        ${this.#photos.length < most
          ? html`<label class="add">${cameraIcon}<span>${say('report.addPhoto')}</span>
              <input type="file" class="sr" accept="image/*" multiple @change=${(event: Event) => void this.#add(event, most)} /></label>`
          : nothing}
      </div>
      <p class="dim">${this.#preparing ? say('report.photoBusy') : say('report.photoHint', { n: most })}</p>
      ${this.#problem('photo')}
    </fieldset>`;
  }

  #photo(photo: Photo, at: number): TemplateResult {
    const n = at + 1;
    return html`<div class="photo"><img src=${photo.url} alt=${say('report.photoAlt', { n })} />
      <button type="button" aria-label=${say('report.removePhoto', { n })} @click=${() => this.#remove(photo)}>${closeIcon}</button></div>`;
  }

  #wordsPart(): TemplateResult {
    return html`<div class="card">
        ${this.#field('text', 'report.text', html`<textarea id="text" name="text" rows="3" maxlength="1000"
          placeholder=${say('report.textHint')} .value=${this.#draft.text} @input=${(event: Event) => this.#changed({ text: valueOf(event) })}></textarea>`)}
      </div>
      <details class="card" ?open=${Boolean(this.#problems['phone'])}>
        <summary>${say('report.contact')}</summary>
        <p class="dim">${say('report.contactHint')}</p>
        ${this.#field('name', 'report.name', html`<input id="name" name="name" maxlength="40" autocomplete="name" />`)}
        ${this.#field('phone', 'report.phone', html`<input id="phone" name="phone" type="tel" maxlength="20" autocomplete="tel"
          aria-describedby="phone-problem" />`)}
        ${this.#problem('phone')}
      </details>`;
  }

  /** Nobody sees this field: what is in it was filled in by a program. */
  #trap(): TemplateResult {
    return html`<div class="trap" aria-hidden="true"><label for="website">${say('report.website')}</label>
      <input id="website" name="website" tabindex="-1" autocomplete="off" /></div>`;
  }

  #field(id: string, word: Word, input: TemplateResult): TemplateResult {
    return html`<div class="field"><label for=${id}>${say(word)}</label>${input}</div>`;
  }

  #problem(name: string): TemplateResult {
    const text = this.#problems[name] ?? '';
    return html`<p class="message bad" id=${`${name}-problem`} ?hidden=${!text}>${text}</p>`;
  }

  #matter(): Matter | undefined {
    return town.current?.matters.find((each) => each.key === this.#draft.matter);
  }

  #show(theme: string): void {
    this.#theme = theme;
    this.requestUpdate();
  }

  #changed(change: Partial<Draft>): void {
    this.#draft = { ...this.#draft, ...change };
    if (!this.#sent) keepDraft(this.#draft);
    this.#problems = {};
    this.requestUpdate();
  }

  async #add(event: Event, most: number): Promise<void> {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])].slice(0, most - this.#photos.length);
    input.value = '';
    this.#preparing = true;
    this.#problems = {};
    this.requestUpdate();
    for (const file of files) {
      try {
        const blob = await smaller(file);
        this.#photos = [...this.#photos, { blob, url: URL.createObjectURL(blob) }];
      } catch {
        this.#problems = { photo: say('report.photoBad') };
      }
    }
    this.#preparing = false;
    this.requestUpdate();
  }

  #remove(photo: Photo): void {
    URL.revokeObjectURL(photo.url);
    this.#photos = this.#photos.filter((each) => each !== photo);
    this.requestUpdate();
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    // A double tap is one report; so is a second try after a lost answer.
    if (this.#busy) return;
    const form = new FormData(this.querySelector('form.report') as HTMLFormElement);
    const said = (name: string): string => String(form.get(name) ?? '').trim();
    this.#problems = this.#missing(said('phone'));
    this.#message = '';
    const first = Object.keys(this.#problems)[0];
    if (first) return this.#point(first);
    this.#busy = true;
    this.requestUpdate();
    try {
      await this.#send({ name: said('name'), phone: said('phone'), website: said('website') });
    } catch (error) {
      this.#message = this.#refusal(error);
    }
    this.#busy = false;
    this.requestUpdate();
  }

  async #send(who: Pick<ReportSent, 'name' | 'phone' | 'website'>): Promise<void> {
    const { client_id, matter, text, where } = this.#draft;
    const spot = problemAt.current;
    if (!spot) return;
    const { lon, lat, accuracy_m } = spot;
    const body = { client_id, matter, text: text.trim(), where: where.trim(), lon, lat, language: language.current, ...who };
    const more = accuracy_m === null ? {} : { accuracy_m };
    const isFirst = this.#draft.tried === undefined;
    const named = JSON.stringify([who.name, who.phone]);
    if (isFirst) this.#try(contentOf(this.#draft, spot), named);
    const unchanged = this.#draft.tried !== contentOf(this.#draft, spot) || (this.#triedWho ?? named) !== named;
    const { code, created } = await this.#sendWith({ ...body, ...more }).catch((error: unknown) => {
      // It was refused and not lost: the city does not have it.
      if (isFirst && error instanceof ApiError && error.status >= 400 && error.status < 500) this.#try(undefined, null);
      throw error;
    });
    const photos = this.#photos.map((photo) => photo.blob);
    this.#sent = { code, photos, unchanged: !created && unchanged, spot };
    keepReport({ code, matter, at: new Date().toISOString() });
    forgetDraft();
    scrollTo(0, 0);
  }

  #try(tried: string | undefined, who: string | null): void {
    const { tried: _, ...draft } = this.#draft;
    this.#draft = tried === undefined ? draft : { ...draft, tried };
    this.#triedWho = who;
    keepDraft(this.#draft);
  }

  /** A ticket that is too old, or of before the key was changed, is renewed once. */
  async #sendWith(body: Omit<ReportSent, 'ticket'>): Promise<Taken> {
    try {
      return await report({ ...body, ticket: await ticket() });
    } catch (error) {
      if (!(error instanceof ApiError && error.reasons[0]?.where === 'ticket')) throw error;
      return report({ ...body, ticket: await ticket(true) });
    }
  }

  #missing(phone: string): Record<string, string> {
    return {
      ...(this.#draft.matter ? {} : { matter: say('report.needMatter') }),
      ...(problemAt.current ? {} : { spot: say('report.needWhere') }),
      ...(phone && !PHONE.test(phone) ? { phone: say('report.badPhone') } : {}),
    };
  }

  #point(name: string): void {
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const problem = this.querySelector(`#${name}-problem`);
      problem?.scrollIntoView({ block: 'center' });
      problem?.closest('fieldset, details')?.querySelector<HTMLElement>('button, input')?.focus({ preventScroll: true });
    });
  }

  #refusal(error: unknown): string {
    if (!(error instanceof ApiError)) return trouble(error);
    if (error.status === 0) return `${say('report.notSent')} ${say('report.draftKept')}`;
    const where = error.reasons[0]?.where;
    if (error.status === 422 && (where === 'lon' || where === 'lat')) return say('where.outside');
    if (error.status === 429) return `${trouble(error)} ${say('report.draftKept')}`;
    return say('report.refused', { reason: error.message });
  }

  /** What was changed after the city had it becomes a report of its own. */
  #anew(): void {
    if (!this.#sent) return;
    const { spot } = this.#sent;
    [this.#draft, this.#sent, this.#triedWho] = [anew(this.#draft), null, null];
    problemAt.set(spot);
    keepDraft(this.#draft);
    this.requestUpdate();
    scrollTo(0, 0);
  }

  #again(): void {
    this.#triedWho = null;
    forgetDraft();
    for (const photo of this.#photos) URL.revokeObjectURL(photo.url);
    [this.#draft, this.#photos, this.#sent, this.#found] = [{ ...emptyDraft(), client_id: clientId() }, [], null, false];
    this.#message = '';
    this.requestUpdate();
  }
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLTextAreaElement).value;
}

customElements.define('cg-report-view', ReportView);
