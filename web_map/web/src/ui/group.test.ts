import { expect, it } from 'vitest';
import { groupByClass } from './group';

const category = (code: string): Parameters<typeof groupByClass>[0][number] => ({
  code,
  name: code,
  class_code: code.slice(0, 2),
  class_name: `class ${code.slice(0, 2)}`,
});

it('groups categories by class in the order of their codes', () => {
  const groups = groupByClass(['02002', '01003', '02001', '01001'].map(category));
  expect(groups.map((group) => group.code)).toEqual(['01', '02']);
  expect(groups[1]!.categories.map(({ code }) => code)).toEqual(['02001', '02002']);
  expect(groups[0]!.name).toBe('class 01');
  expect(groupByClass([])).toEqual([]);
});
