// Builds the pages one after another. Each has scripts of its own: a chunk that two pages share would make the
// start page fetch more than it needs. MapLibre comes out the same from every build, so a browser keeps it once.
import { build } from 'vite';

const PAGES = ['index', 'editor', 'public'];
const at = process.argv.indexOf('--outDir');
const outDir = at < 0 ? '../webdist' : process.argv[at + 1];

for (const page of PAGES) {
  const first = page === PAGES[0];
  const manifest = first ? true : `.vite/${page}.json`;
  await build({ build: { outDir, emptyOutDir: first, manifest, rolldownOptions: { input: `${page}.html` } } });
}
