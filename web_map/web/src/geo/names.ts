/** What the demo writes behind a name that a program made up. */
export const GENERATED_MARKS: readonly string[] = ['(生成)', '（生成）', ' (generated)'];

/** Drops the mark of a generated name; everything else stays as it is. */
export function withoutMark(name: string): string {
  const mark = GENERATED_MARKS.find((ending) => name.endsWith(ending));
  return mark ? name.slice(0, -mark.length) : name;
}
