import { t } from '../i18n';
import { say } from '../state/app';

/** Puts a text on the clipboard and says so; an intranet page without TLS has no clipboard and says that. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(t('app.copied', { text: text.length > 40 ? '' : text }).trim());
  } catch {
    say(t('app.copyFailed'));
  }
}
