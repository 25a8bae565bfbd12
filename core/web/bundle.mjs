// SPDX-License-Identifier: MPL-2.0
// Bundles js/src into js/dist, always the same bytes for the same lock file: `npm ci && node bundle.mjs [folder]`.
// The result is committed, so that a demo needs no npm; a test bundles again and compares.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const out = process.argv[2] ?? 'js/dist';
await build({
  entryPoints: ['js/src/depot.js', 'js/src/empreinte.js', 'js/src/confort.js'],
  outdir: out,
  bundle: true,
  format: 'esm',
  target: ['es2020'],
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
});
const notices = ['tus-js-client', '@noble/hashes'].map((name) => {
  const text = readFileSync(join('node_modules', name, 'LICENSE'), 'utf8');
  return `${name}\n\n${text.trim()}\n`;
});
writeFileSync(join(out, 'LICENCES.txt'), notices.join('\n----\n\n'));
