import { chooseLanguage, language, STORAGE_KEY, translator, type Language } from '../../i18n/translator';
import { en } from './en';
import { zh, type Word } from './zh';

export { language, type Language, type Word };

/** Says a sentence of the public page. */
export const say = translator<Word>({ zh, en });

/** Reads the remembered language and keeps the document in step from then on. */
export function startLanguage(): void {
  language.watch(tellDocument);
  language.set(chooseLanguage(remembered(), navigator.language));
  tellDocument(language.current);
}

export function switchLanguage(): void {
  const next = language.current === 'zh' ? 'en' : 'zh';
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  language.set(next);
}

/** Chooses between the two languages of a text; Chinese fills in for a missing English. */
export function pick(text: { readonly zh: string; readonly en: string | null }): string {
  return language.current === 'en' ? text.en || text.zh : text.zh;
}

/** Takes the marks of what is made up out of a text: the page says it with a badge. */
export function plain(text: string): string {
  return text.replace(/\s?[(（](演示|生成|demo|generated)[)）]/g, '').trim();
}

/** Tells whether a made-up key is one of ours. */
export function isWord(key: string): key is Word {
  return Object.hasOwn(zh, key);
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function tellDocument(current: Language): void {
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : 'en';
  document.title = `${say('app.title')} · citygrid`;
}
