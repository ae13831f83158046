import { describe, expect, it } from 'vitest';
import { checkPassword, ruleOf, type Rule } from './policy';

const open = (password: string, username = 'zhang.san'): Rule[] =>
  Object.entries(checkPassword(password, username))
    .filter(([, tick]) => tick === 'open')
    .map(([rule]) => rule as Rule);

describe('password rules', () => {
  it.each([
    ['', ['length', 'kinds', 'different', 'name']],
    ['abc', ['length', 'kinds', 'different']],
    ['abcdefghij', ['kinds']],
    ['abcdefghijklmnop', []],
    ['Abcdefgh12', []],
    ['abcdefg12!', []],
    ['网格abcdefg1', []],
    ['aaaaaaaaaaaaaaaa', ['different']],
    ['aAaAaAaA1!', ['different']],
    ['Zhang.San-2026', ['name']],
  ])('%s leaves open %j', (password, rules) => expect(open(password)).toEqual(rules));

  it('does not mind a user name too short to matter', () => expect(open('Abcdefgh12', 'ab')).toEqual([]));

  it('leaves common passwords to the server', () => expect(checkPassword('x', 'y').common).toBe('server'));

  it.each([
    ['has fewer than 10 characters', 'length'],
    ['needs 3 of: lower case, upper case, digits, signs; or at least 16 characters', 'kinds'],
    ['has fewer than 5 different characters', 'different'],
    ['contains the user name', 'name'],
    ['is among the commonest passwords', 'common'],
    ['is the same as before', null],
  ])('knows what "%s" is about', (reason, rule) => expect(ruleOf(reason)).toBe(rule));
});
