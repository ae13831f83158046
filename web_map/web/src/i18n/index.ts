import type { Bilingual } from '../api/types';
import { withoutMark } from '../geo/names';
import { en } from './en';
import { chooseLanguage, language, STORAGE_KEY, translator, type Language } from './translator';
import { zh, type MessageKey } from './zh';

export { chooseLanguage, language, type Language, type MessageKey };

/** Says a sentence of the page itself; dialogs that come later bring tables of their own. */
export const t = translator<MessageKey>({ zh, en });

/** Reads the remembered language and keeps the document's `lang` in step from then on. */
export function startLanguage(): void {
  language.watch(tellDocument);
  language.set(chooseLanguage(localStorage.getItem(STORAGE_KEY), navigator.language));
  tellDocument(language.current);
}

export function switchLanguage(next: Language): void {
  localStorage.setItem(STORAGE_KEY, next);
  language.set(next);
}

function tellDocument(current: Language): void {
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
  document.title = `${t('app.title')} · ${t('app.subtitle')}`;
}

/** Tells whether a made-up key such as `state.${x}` is one of ours. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(zh, key);
}

/** Chooses between the two languages of a text that came with the data; Chinese fills in for a missing English. */
export function pick(inChinese: string | null | undefined, inEnglish: string | null | undefined): string {
  return (language.current === 'en' ? inEnglish || inChinese : inChinese || inEnglish) ?? '';
}

/** Chooses a name and drops its "(generated)", for places that show the badge instead. */
export function pickName(item: { readonly name: string | null; readonly name_en?: string | null }): string {
  return withoutMark(pick(item.name, item.name_en));
}

export function pickBilingual(text: Bilingual | null | undefined): string {
  return pick(text?.zh, text?.en);
}
