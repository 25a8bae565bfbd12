// SPDX-License-Identifier: MPL-2.0
// A screen as it must be: no violation that axe-core finds (WCAG A and AA up to 2.2, best practices), nothing wider than a phone,
// and valid HTML, which the Nu checker judges once for all the screens.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axeSource, vnuJar } from './browsers.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const DESK = { width: 1280, height: 900 };
const PHONES = [{ width: 390, height: 844 }, { width: 320, height: 640 }];

export async function folds(page, open) {
  await page.evaluate((on) => {
    for (const fold of document.querySelectorAll('details')) {
      if (on && !fold.open) fold.dataset.opened = 'yes';
      if (on || fold.dataset.opened) fold.open = on;
    }
  }, open);
}

async function axe(page, where) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async (tags) => {
    const result = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    return result.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  }, TAGS);
  return found.map((line) => `${where}: ${line}`);
}

async function tooWide(page, where) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return null;
    const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > room + 0.5);
    return out.slice(-3).map((e) => `${e.tagName.toLowerCase()}.${e.className}`).join(', ');
  });
  return wide === null ? [] : [`${where}: wider than the screen: ${wide}`];
}

// Where the person's own colours replace ours, what we draw with ours is gone: a list must look like one by itself, and the filter
// that is on must have a mark.
async function forcedColours(page) {
  await page.emulateMedia({ forcedColors: 'active' });
  const bare = await page.evaluate(() => [...document.querySelectorAll('select')].filter((e) => getComputedStyle(e).appearance === 'none').map((e) => e.id));
  const same = await page.evaluate(() => [...document.querySelectorAll('.puces-nav a[aria-current]')].filter((e) => getComputedStyle(e).outlineStyle === 'none').map((e) => e.innerText));
  await page.emulateMedia({ forcedColors: 'none' });
  return [...bare.map((id) => `forced colours: the list ${id} has no arrow`), ...same.map((words) => `forced colours: the current filter « ${words} » has no mark`)];
}

// What answers the person is said aloud: at once when it refuses, else when the reader pauses.
async function unsaid(page) {
  const found = await page.evaluate(() => [...document.querySelectorAll('#message')].filter((e) => e.getAttribute('role') !== (e.matches('.message--erreur') ? 'alert' : 'status')).map((e) => e.innerText));
  return found.map((words) => `nobody hears « ${words} »`);
}

// Folds closed and open on a desk, open on a phone.
export async function audit(page) {
  await page.setViewportSize(DESK);
  const faults = [...(await axe(page, '1280 px')), ...(await forcedColours(page)), ...(await unsaid(page))];
  await folds(page, true);
  faults.push(...(await axe(page, '1280 px, folds open')));
  for (const phone of PHONES) {
    await page.setViewportSize(phone);
    faults.push(...(await tooWide(page, `${phone.width} px, folds open`)));
    if (phone.width === 390) faults.push(...(await axe(page, '390 px, folds open')));
  }
  await folds(page, false);
  for (const phone of PHONES) {
    await page.setViewportSize(phone);
    faults.push(...(await tooWide(page, `${phone.width} px`)));
  }
  await page.setViewportSize(DESK);
  return faults;
}

export function keep(folder, name, html) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.html`), html);
}

// One line a fault, by the name of the screen.
export function validate(folder) {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const done = spawnSync('java', ['-jar', vnuJar, '--format', 'json', '--stdout', ...files], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status === null || done.stdout === '') throw new Error(`vnu did not run: ${done.error ?? done.stderr}`);
  const faults = new Map();
  for (const m of JSON.parse(done.stdout).messages) {
    if (m.type !== 'error' && m.subType !== 'warning') continue;
    const name = m.url.split('/').pop().replace('.html', '');
    faults.set(name, [...(faults.get(name) ?? []), `line ${m.lastLine}: ${m.message}: ${m.extract ?? ''}`]);
  }
  return { faults, count: files.length };
}
