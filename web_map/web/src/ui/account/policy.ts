// The rules of spatial/people/passwords.py, told while one types. They are hints: the server decides.
const MIN_LENGTH = 10;
const LONG = 16;
const KINDS = 3;
const MIN_DIFFERENT = 5;

export const RULES = ['length', 'kinds', 'different', 'name', 'common'] as const;
export type Rule = (typeof RULES)[number];

/** met, not (yet) met, or for the server alone to say. */
export type Tick = 'met' | 'open' | 'server';

/** Checks a password as it stands against every rule; nothing is met by an empty one. */
export function checkPassword(password: string, username: string): Readonly<Record<Rule, Tick>> {
  const signs = [...password];
  const folded = password.toLowerCase();
  const tick = (met: boolean): Tick => (met && password !== '' ? 'met' : 'open');
  return {
    length: tick(signs.length >= MIN_LENGTH),
    kinds: tick(signs.length >= LONG || new Set(signs.map(kindOf)).size >= KINDS),
    different: tick(new Set(folded).size >= MIN_DIFFERENT),
    name: tick(username.length <= 2 || !folded.includes(username.toLowerCase())),
    common: 'server',
  };
}

// A Chinese character has no case and counts as an upper-case letter.
function kindOf(sign: string): string {
  if (/\p{Nd}/u.test(sign)) return 'digit';
  if (/\p{L}/u.test(sign)) return /\p{Ll}/u.test(sign) ? 'lower' : 'upper';
  return 'sign';
}

const WORDS_OF_RULE: Readonly<Record<Rule, RegExp>> = {
  length: /fewer than \d+ characters/,
  kinds: /needs \d+ of/,
  different: /different characters/,
  name: /user name/,
  common: /commonest/,
};

/** Finds the rule that a reason of the server is about; null when it is about something else. */
export function ruleOf(reason: string): Rule | null {
  return RULES.find((rule) => WORDS_OF_RULE[rule].test(reason)) ?? null;
}
