import type { Category } from '../api/types';

export interface CategoryClass {
  readonly code: string;
  readonly name: string;
  readonly categories: readonly Category[];
}

/** Groups categories by their class, both in the order of their codes. */
export function groupByClass(categories: readonly Category[]): CategoryClass[] {
  const byClass = new Map<string, Category[]>();
  for (const category of [...categories].sort((a, b) => a.code.localeCompare(b.code))) {
    byClass.set(category.class_code, [...(byClass.get(category.class_code) ?? []), category]);
  }
  return [...byClass]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, members]) => ({ code, name: members[0]?.class_name ?? '', categories: members }));
}
