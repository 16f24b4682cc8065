import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { firstWords } from './scripts/firstwords.ts';

// The build goes where the Go side embeds it. Only files with a hash in their
// name lie under assets/, so that the server may let browsers keep them.
export default defineConfig({
  plugins: [react(), firstWords(fileURLToPath(new URL('src', import.meta.url)))],
  base: '/',
  build: {
    outDir: '../dist',
    emptyOutDir: false, // the placeholder page for builds without Node lives there
    target: 'es2022',
    assetsInlineLimit: 0, // data: URLs are refused by the content security policy
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:8090' },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
    css: false,
    testTimeout: 20000,
    pool: 'threads',
    maxWorkers: 2,
  },
});
