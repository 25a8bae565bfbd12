// SPDX-License-Identifier: MPL-2.0
// Pictures of every screen, to be looked at beside the mock-ups: `node shots.mjs DEMO.JSON FOLDER`.
// Plays the same story as the test, so the instance must be staged (README.md) and not played yet.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browsers } from './browsers.mjs';
import { story } from './story.mjs';
import { Watch } from './watch.mjs';

const [, , description, folder] = process.argv;
const demo = JSON.parse(readFileSync(description, 'utf8'));
const browsers = new Browsers(demo);
const watch = new Watch();
mkdirSync(folder, { recursive: true });

async function see(name, page) {
  for (const [width, height, device] of [[390, 844, 'telephone'], [1280, 900, 'bureau']]) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(folder, `${name}-${device}.png`), fullPage: true });
  }
}
see.frozen = see;

async function step(name, act) {
  try {
    await act();
    console.log(name);
  } catch (fault) {
    console.log(`${name}: ${fault.message}`);
  }
}

try {
  await story({ demo, browsers, watch, see, step });
} finally {
  await browsers.end();
}
