import { expect, it } from 'vitest';
import { withoutMark } from './names';

it.each([
  ['001社区(生成)', '001社区'],
  ['001社区（生成）', '001社区'],
  ['Community 001 (generated)', 'Community 001'],
  ['未命名(演示)01', '未命名(演示)01'],
  ['', ''],
])('%s → %s', (name, shown) => expect(withoutMark(name)).toBe(shown));
