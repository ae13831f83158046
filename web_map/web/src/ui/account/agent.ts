// The first that fits wins: Edge calls itself Chrome as well, Chrome calls itself Safari, and all of them Mozilla.
const PROGRAMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/MicroMessenger\/(\d+)/, 'WeChat'],
  [/Edg\w*\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)/, 'Opera'],
  [/Firefox\/(\d+)/, 'Firefox'],
  [/Chrom(?:e|ium)\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).*Safari\//, 'Safari'],
];

const SYSTEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/HarmonyOS|OpenHarmony/i, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

/** Names the program and the system behind a User-Agent header, such as "Chrome 140 · Windows"; '' for none. */
export function describeAgent(agent: string | null): string {
  const text = agent?.trim() ?? '';
  if (!text) return '';
  const system = SYSTEMS.find(([pattern]) => pattern.test(text))?.[1];
  return [programOf(text), system].filter(Boolean).join(' · ');
}

function programOf(agent: string): string {
  const qgis = /QGIS\/(\d)(\d\d)(\d\d)/.exec(agent);
  if (qgis) return `QGIS ${qgis.slice(1).map(Number).join('.')}`;
  for (const [pattern, name] of PROGRAMS) {
    const found = pattern.exec(agent);
    if (found) return `${name} ${found[1]}`;
  }
  const [first = ''] = agent.split(/\s/, 1);
  return first.replace('/', ' ').slice(0, 40);
}
