import { defineConfig } from 'vite';

export default defineConfig({
  base: '/',
  build: {
    outDir: '../webdist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Data URIs would be legal under our policy but cannot be cached or counted.
    assetsInlineLimit: 0,
    manifest: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // MapLibre alone is about 1 MB before compression; the budget is kept by a test.
    chunkSizeWarningLimit: 1400,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'maplibre', test: /node_modules\/(maplibre-gl|@maplibre|@mapbox)/ }] } },
    },
  },
  worker: { format: 'es' },
});
