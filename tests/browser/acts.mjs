// SPDX-License-Identifier: MPL-2.0
// What people do, as scripts/story/acts.py has it, with a real browser: by the words they read.
import { readdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE_MS } from './browsers.mjs';

// Looks when the condition's own page changes, not by the clock: playwright polls in the page.
export async function arrive(page, heading) {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

// The mails to this address whose text matches, newest last; each is one file of the catcher's folder.
function mails(folder, to) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml') && !name.startsWith('.')).sort();
  return names.map((name) => ({ name, text: decode(readFileSync(join(folder, name), 'utf8')) })).filter((mail) => mail.text.includes(to));
}

function decode(raw) {
  const [head, ...rest] = raw.split(/\r?\n\r?\n/);
  const body = rest.join('\n\n');
  if (/^Content-Transfer-Encoding: base64/im.test(head)) return `${head}\n\n${Buffer.from(body, 'base64').toString('utf8')}`;
  if (!/^Content-Transfer-Encoding: quoted-printable/im.test(head)) return raw;
  const bytes = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return `${head}\n\n${Buffer.from(bytes, 'latin1').toString('utf8')}`;
}

// Waits for a mail that was not there before; the folder tells when it changes.
export async function mail(demo, to, before, pattern) {
  const look = () => {
    for (const one of mails(demo.mail, to)) {
      const found = before.has(one.name) ? null : one.text.match(pattern);
      if (found) return found;
    }
    return null;
  };
  return new Promise((resolve, reject) => {
    const watcher = watch(demo.mail, () => done());
    const end = setTimeout(() => finish(reject, new Error(`no mail ${pattern} to ${to}`)), PATIENCE_MS);
    function finish(how, what) {
      clearTimeout(end);
      watcher.close();
      how(what);
    }
    function done() {
      const found = look();
      if (found) finish(resolve, found);
    }
    done();
  });
}

export const mark = (demo) => new Set(readdirSync(demo.mail));

export async function signInByCard(page, demo) {
  await page.goto(`${demo.origins.main}/connexion`);
  await page.getByRole('link', { name: 'Me connecter avec ma carte ou ma clé' }).click();
  await page.getByRole('button', { name: 'Me connecter' }).click();
  await page.waitForURL(/\/dossiers/);
}

export async function askCode(page, demo, person) {
  await page.goto(`${demo.origins.main}/connexion`);
  await page.getByLabel('Votre adresse e-mail').fill(person.mail);
  await page.getByLabel('Votre code d’accès').fill(person.means.access_code);
  const before = mark(demo);
  await page.getByRole('button', { name: 'Recevoir mon code par e-mail' }).click();
  await arrive(page, 'Entrez le code reçu par e-mail');
  return before;
}

export async function giveCode(page, demo, person, before) {
  const [, first, second] = await mail(demo, person.mail, before, /^Code : (\d{4}) (\d{4})\b/m);
  await page.getByLabel('Code à 8 chiffres').fill(`${first} ${second}`);
  await page.getByRole('button', { name: 'Continuer' }).click();
}

export async function signInByCode(page, demo, person) {
  const before = await askCode(page, demo, person);
  await giveCode(page, demo, person, before);
  await page.waitForURL(/\/dossiers/);
}

// The deposit's kind: radio buttons up to six kinds, else a list.
export async function chooseKind(page, words) {
  const list = page.locator('select[name=nature]');
  if ((await list.count()) > 0) {
    const value = await list.locator('option', { hasText: words }).first().getAttribute('value');
    await list.selectOption(value);
  } else {
    await page.locator('.choix-radio label', { hasText: words }).first().click();
  }
}

// From the filled form to the sealed receipt, which comes by itself.
export async function check(page) {
  await page.getByRole('button', { name: 'Vérifier avant de déposer' }).click();
  await arrive(page, 'Vérifiez avant de déposer');
}

export async function confirm(page) {
  await page.getByLabel(/J’ai relu mes fichiers/).check();
  await page.getByRole('button', { name: 'Déposer définitivement' }).click();
  await page.waitForURL(/\/depots\/\d+/);
  await page.locator('.sceau').waitFor();
}
