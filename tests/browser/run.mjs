// SPDX-License-Identifier: MPL-2.0
// The suite browser: `node run.mjs DEMO.JSON`. Each step of the story and each screen is one line, PASS or FAIL.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { audit, keep, validate } from './audit.mjs';
import { Browsers } from './browsers.mjs';
import { story } from './story.mjs';
import { Watch } from './watch.mjs';

const demo = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const browsers = new Browsers(demo);
const watch = new Watch();
const screens = mkdtempSync(join(tmpdir(), 'opx-screens.'));
const seen = [];
let failed = 0;

function verdict(name, faults) {
  for (const fault of faults) console.log(`    ${fault}`);
  console.log(`${faults.length === 0 ? 'PASS' : 'FAIL'} browser.${name}`);
  if (faults.length > 0) failed += 1;
}

async function step(name, act) {
  const before = watch.faults.length;
  try {
    await act();
    verdict(name, watch.faults.slice(before));
  } catch (fault) {
    verdict(name, [fault.stack ?? String(fault), ...watch.faults.slice(before)]);
  }
}

async function see(name, page) {
  seen.push(name);
  keep(screens, name, await watch.html.get(page));
  verdict(`screen.${name}`, await audit(page));
}

// A page that reloads itself is judged as a copy that stays.
see.frozen = async (name, page) => {
  const html = await watch.html.get(page);
  const copy = await watch.page(page.context());
  const address = page.url();
  await copy.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html.replace(/<meta http-equiv="refresh"[^>]*>/, '') }));
  await copy.goto(address);
  keep(screens, name, html);
  verdict(`screen.${name}`, await audit(copy));
  await copy.close();
};

try {
  await story({ demo, browsers, watch, see, step });
  const { faults, count } = validate(screens);
  for (const [name, lines] of faults) verdict(`html.${name}`, lines);
  console.log(`    ${count} screens validated`);
  verdict('html', count < seen.length ? [`only ${count} of ${seen.length} screens were kept`] : []);
} catch (fault) {
  verdict('run', [fault.stack ?? String(fault)]);
} finally {
  await browsers.end();
  rmSync(screens, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
