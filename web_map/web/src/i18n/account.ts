import { accountEn } from './account-en';
import { accountZh, type AccountKey } from './account-zh';
import { translator } from './translator';

export type { AccountKey };

/** Says a sentence of the dialogs of an account. */
export const tell = translator<AccountKey>({ zh: accountZh, en: accountEn });
