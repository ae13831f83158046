import { translator } from '../../i18n/translator';
import { en } from './en';
import { zh, type Word } from './zh';

export type { Word };

/** Says a sentence about a network. */
export const say = translator<Word>({ zh, en });
