// SPDX-License-Identifier: MPL-2.0
// The whole story with a real browser. `step(name, act)` runs one part; `see(name, page)` is called at every screen on the way:
// the test judges it, shots.mjs takes its picture.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import * as acts from './acts.mjs';

const PDF = new URL('../../var/cache/pdf/', import.meta.url).pathname;
const LAWYER = { given: 'Camille', family: 'de La Rochefoucauld-Montesquieu', mail: 'c.rochefoucauld@barreau.example' };
const NOTE = 'Note n° 2 : relevés d’humidité de la façade sud et du local technique, avec la réponse aux observations des parties';

export async function story({ demo, browsers, watch, see, step }) {
  const page = async (id, options) => watch.page(await browsers.context(id, options));
  page.beside = (other) => watch.page(other.context());
  const main = demo.origins.main;
  const first = demo.dossiers[0].id;
  const at = { exchanges: `/dossiers/${first}/echanges` };

  await step('home', async () => {
    const nobody = await page('nobody');
    await nobody.goto(`${main}/`);
    await see('accueil', nobody);
    await nobody.goto(`${main}/connexion`);
    await see('connexion', nobody);
    await nobody.goto(`${main}/invitation`);
    await see('invitation', nobody);
    await nobody.goto(`${main}/nulle-part`);
    await see('erreur-404', nobody);
    await nobody.context().close();
  });

  await step('claim', () => claim(demo, page, see));
  await step('claim.approved', () => approve(demo, page, see));
  await step('claim.signs_in', () => firstSignIn(demo, page, see));

  let expert;
  await step('expert.signs_in', async () => {
    expert = await page('jeanne-ferrand');
    await acts.signInByCard(expert, demo);
    await see('mes-dossiers', expert);
    await expert.goto(`${demo.origins.card}/profil`);
    await see('profil', expert);
  });
  await step('expert.opens_dossier', () => openDossier(demo, expert, see));
  await step('expert.deposits', () => deposit(demo, expert, see, first));
  await step('lawyer.fills_a_draft', () => fillDraft(demo, page, first));
  await step('lawyer.is_signed_out', () => signedOut(demo, page, see, watch, first));
  let invitation;
  await step('expert.invites', async () => {
    invitation = await invite(demo, expert, see, watch, first);
  });
  await step('lawyer.accepts', () => accept(demo, page, see, invitation));
  let lawyer;
  await step('lawyer.signs_in', async () => {
    lawyer = await page('nobody');
    const before = await acts.askCode(lawyer, demo, invitation.person);
    await see('connexion-code', lawyer);
    await lawyer.getByLabel('Code à 8 chiffres').fill('0000 0000');
    await lawyer.getByRole('button', { name: 'Continuer' }).click();
    await lawyer.locator('#message').waitFor();
    await see('connexion-code-faux', lawyer);
    await acts.giveCode(lawyer, demo, invitation.person, before);
    await lawyer.waitForURL(/\/dossiers/);
  });
  await step('lawyer.opens_document', () => openDocument(demo, lawyer, see, at));
  await step('lawyer.restricted', async () => {
    await lawyer.goto(main + at.exchanges);
    const line = lawyer.locator('tr', { hasText: 'Secret des affaires' });
    if (await line.getByText('tarifs.pdf').count()) throw new Error('the restricted exhibit shows its name');
    await line.getByRole('link').first().click();
    await see('accuse-restreint', lawyer);
  });
  await step('expert.board', async () => {
    await expert.goto(`${demo.origins.card}/dossiers/${first}/contradictoire`);
    const card = expert.locator('section.carte', { hasText: 'Note n° 2' }).first();
    const line = card.locator('tr', { hasText: LAWYER.family });
    if (!/Le\s\d+(er)?\s.*\sà\s\d+\sh\s\d\d/.test(await line.locator('td').last().innerText())) {
      throw new Error(`the board does not say that the lawyer opened it: ${await line.innerText()}`);
    }
    await see('contradictoire', expert);
    await expert.goto(demo.origins.card + at.exchanges);
    await see('echanges', expert);
    await expert.goto(`${demo.origins.card}/dossiers/${first}`);
    await see('dossier', expert);
  });
  await step('outsider', () => outsider(demo, page, see, first));
  await step('restricted', () => refused(demo, page, see, first));
  await step('bundle', () => bundle(demo, expert, see, watch, first));
  await step('refused_card', () => refusedCard(demo, page, see));
  await step('without_script', () => withoutScript(demo, page, watch, first));
  await step('sign_out', async () => {
    await expert.goto(`${demo.origins.card}/dossiers`);
    await expert.locator('details.menu-compte summary').click();
    await expert.getByRole('button', { name: 'Se déconnecter' }).first().click();
    await expert.getByText('Vous êtes déconnecté').waitFor();
    await see('deconnecte', expert);
    await expert.goto(`${demo.origins.card}/dossiers/${first}`);
    if (!/\/connexion/.test(expert.url())) throw new Error(`signed out, and still at ${expert.url()}`);
  });
}

async function claim(demo, page, see) {
  const paul = await page('paul-delmas');
  await paul.goto(`${demo.origins.card}/connexion/demande`);
  await acts.arrive(paul, 'Demander l’accès avec ce certificat');
  await see('demande', paul);
  await choose(paul, 'Civilité', /^M\./);
  await paul.getByLabel('Prénom').fill('Paul');
  await paul.getByLabel('Nom', { exact: true }).fill('Delmas');
  await paul.getByLabel('Adresse e-mail').fill('paul.delmas@experts.example');
  await choose(paul, 'Vous êtes', /Expert/);
  await choose(paul, 'Juridiction', /Tribunal judiciaire de Grenoble/);
  await paul.getByRole('button', { name: 'Envoyer ma demande' }).click();
  await paul.getByRole('heading', { name: 'Votre demande est enregistrée' }).waitFor();
  await see('demande-enregistree', paul);
  await paul.context().close();
}

async function choose(page, label, words) {
  const list = page.getByLabel(label, { exact: false }).first();
  await list.selectOption(await list.locator('option', { hasText: words }).first().getAttribute('value'));
}

async function approve(demo, page, see) {
  const admin = await page('sylvie-arnoux');
  await acts.signInByCard(admin, demo);
  await admin.goto(`${demo.origins.card}/admin/demandes`);
  await see('demandes-acces', admin);
  await admin.getByRole('button', { name: /Ouvrir l’accès à .*Paul Delmas/ }).click();
  await admin.locator('#message').waitFor();
  await see('demandes-acces-vide', admin);
  await admin.context().close();
}

async function firstSignIn(demo, page, see) {
  const paul = await page('paul-delmas');
  await paul.goto(`${demo.origins.card}/connexion`);
  await see('connexion-carte', paul);
  await paul.getByRole('button', { name: 'Me connecter' }).click();
  await paul.waitForURL(/\/dossiers/);
  await see('mes-dossiers-vide', paul);
  await paul.context().close();
}

async function openDossier(demo, expert, see) {
  await expert.goto(`${demo.origins.card}/dossiers/nouveau`);
  await see('dossier-nouveau', expert);
  await choose(expert, 'Juridiction', /Tribunal judiciaire de Grenoble/);
  await expert.locator('[name=intitule]').fill('Désordres acoustiques, gymnase Pierre-Mendès-France');
  await expert.locator('[name=rg]').fill('26/03107');
  await expert.locator('[name=partie1]').fill('Commune de Saint-Martin-d’Hères');
  await expert.locator('[name=decision]').fill('Ordonnance de référé du 3 novembre 2026');
  await expert.locator('[name=mission]').fill('Se rendre sur les lieux.\nDécrire les désordres.');
  await expert.getByRole('button', { name: 'Créer le dossier' }).click();
  await acts.arrive(expert, 'Déposer un document');
  await see('deposer-vide', expert);
  await sendByScript(expert, join(PDF, 'debian-faq.fr.pdf'));
  await expert.locator('[name=titre]').fill('Ordonnance de désignation');
  await acts.check(expert);
  await expert.getByText('Vous seul pour l’instant').waitFor();
  await acts.confirm(expert);
  await expert.getByText('Aucun autre lecteur pour l’instant').waitFor();
  const dossier = expert.url().match(/\/dossiers\/(\d+)/)[1];
  await expert.goto(`${demo.origins.card}/dossiers/${dossier}`);
  await see('dossier-neuf', expert);
  // Each tab of a dossier whose author is alone opens: none leads to a refusal.
  const tabs = await expert.locator('nav.onglets a').evaluateAll((links) => links.map((a) => a.href));
  for (const address of tabs) {
    const answer = await expert.goto(address);
    if (answer.status() !== 200) throw new Error(`the tab ${address} answers ${answer.status()}`);
    await see(`${address.split('/').pop()}-neuf`, expert);
  }
  await expert.goto(`${demo.origins.card}/dossiers/${dossier}/echanges`);
  await expert.getByText('Aucun destinataire').waitFor();
}

// The file goes up by tus as soon as it is chosen; the hash counted in the page must be the server's.
async function sendByScript(page, path, n = 1) {
  const created = page.waitForResponse((r) => r.request().method() === 'POST' && r.url().includes('/televersement'));
  await page.locator('input[data-fichiers]').setInputFiles(path);
  if ((await created).status() !== 201) throw new Error(`tus answered ${(await created).status()}`);
  await page.getByText('Reçu, empreinte vérifiée').nth(n - 1).waitFor();
}

async function deposit(demo, expert, see, dossier) {
  await expert.goto(`${demo.origins.card}/dossiers/${dossier}`);
  await expert.getByRole('button', { name: 'Déposer un document' }).first().click();
  await acts.arrive(expert, 'Déposer un document');
  await acts.chooseKind(expert, 'Note aux parties');
  await expert.locator('[name=titre]').fill(NOTE);
  await sendByScript(expert, join(PDF, 'changes.fr.pdf'));
  await see('deposer', expert);
  await acts.check(expert);
  await see('deposer-verification', expert);
  await expert.getByRole('button', { name: 'Déposer définitivement' }).click();
  await expert.locator('#message').waitFor();
  await see('deposer-sans-case', expert);
  await acts.confirm(expert);
  await see('accuse-reception', expert);
  await printed(expert, /\b([0-9a-f]{8}\s+){7}[0-9a-f]{8}\b/, /heure de Paris/);
  await expert.goto(`${demo.origins.card}/dossiers/${dossier}/echanges`);
  await printed(expert, /Benali\s*:\s*pas/, /heure de Paris/);
}

// On paper nobody can open a fold: what it holds is there.
async function printed(page, ...wanted) {
  const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: await page.pdf({ format: 'A4' }), encoding: 'utf8' });
  for (const words of wanted) if (!words.test(text)) throw new Error(`${page.url()}, printed, has no ${words}:\n${text}`);
}

// What the page's script must not do to a person who is filling the form: ask for readers that are there already, forget what is
// typed when the next file arrives, take a file away because Enter was pressed.
async function fillDraft(demo, page, dossier) {
  const lawyer = await page('antoine-roux');
  await acts.signInByCode(lawyer, demo, browsersPerson(demo, 'antoine-roux'));
  await lawyer.goto(`${demo.origins.main}/dossiers/${dossier}`);
  await lawyer.getByRole('button', { name: 'Déposer un document' }).first().click();
  await acts.arrive(lawyer, 'Déposer un document');
  await acts.chooseKind(lawyer, 'Pièce à accès restreint');
  await lawyer.locator('aside').getByText('Mme Jeanne Ferrand').waitFor();
  await sendByScript(lawyer, join(PDF, 'debian-faq.fr.pdf'));
  const ground = lawyer.getByLabel('Pourquoi l’accès est-il restreint ?');
  await ground.fill('Secret de fabrication');
  await sendByScript(lawyer, join(PDF, 'changes.fr.pdf'), 2);
  if ((await ground.first().inputValue()) !== 'Secret de fabrication') throw new Error('the ground is forgotten when another file arrives');
  await lawyer.locator('[name=titre]').press('Enter');
  await lawyer.getByText('Dites pourquoi l’accès est restreint').waitFor();
  if ((await lawyer.locator('[data-recu-id]').count()) !== 2) throw new Error('Enter took a file away');
  await lawyer.getByRole('button', { name: 'Supprimer le brouillon' }).click();
  await lawyer.getByText('Le brouillon est supprimé').waitFor();
  await lawyer.context().close();
}

// A session that ends while somebody writes: the page says so at once and keeps what is typed, which comes back with him. Then the
// same draft in two tabs: what one has thrown away, the other says.
async function signedOut(demo, page, see, watch, dossier) {
  const lawyer = await page('antoine-roux');
  const who = browsersPerson(demo, 'antoine-roux');
  await acts.signInByCode(lawyer, demo, who);
  await lawyer.goto(`${demo.origins.main}/dossiers/${dossier}`);
  await lawyer.getByRole('button', { name: 'Déposer un document' }).first().click();
  await acts.arrive(lawyer, 'Déposer un document');
  const draft = lawyer.url();
  await acts.chooseKind(lawyer, 'Pièce à accès restreint');
  await sendByScript(lawyer, join(PDF, 'debian-faq.fr.pdf'));
  await lawyer.getByLabel('Pourquoi l’accès est-il restreint ?').waitFor();

  const cookies = await lawyer.context().cookies();
  await lawyer.context().addCookies(cookies.filter((c) => !c.name.endsWith('-retour')).map((c) => ({ ...c, value: 'x'.repeat(c.value.length) })));
  await lawyer.getByLabel('Pourquoi l’accès est-il restreint ?').fill('Secret de fabrication');
  await lawyer.locator('[name=titre]').fill('Tarifs de 2026');
  await lawyer.getByText('Ce que vous avez tapé reste dans cet onglet').waitFor();
  if ((await lawyer.locator('[data-recu-id]').count()) !== 1) throw new Error('the sign-in page took the place of the list of files');
  await see('deposer-deconnecte', lawyer);
  await lawyer.getByRole('button', { name: 'Vérifier avant de déposer' }).click();
  await lawyer.getByText('relisez ce que vous veniez d’écrire').waitFor();
  await see('connexion-deconnecte', lawyer);
  await acts.signInByCode(lawyer, demo, who);
  await acts.arrive(lawyer, 'Déposer un document');
  for (const [field, words] of [['[name=titre]', 'Tarifs de 2026'], ['[name^=motif-]', 'Secret de fabrication']]) {
    if ((await lawyer.locator(field).inputValue()) !== words) throw new Error(`${field} is forgotten when the session ends`);
  }
  await acts.check(lawyer);

  // A file that is being looked at when the page comes: the page itself says when it is done.
  await lawyer.goto(draft);
  const html = await watch.html.get(lawyer);
  const looking = html.replace('data-recu-id=', 'data-attente="oui" data-x=');
  await lawyer.route(draft, (route) => (route.request().isNavigationRequest() ? route.fulfill({ contentType: 'text/html; charset=utf-8', body: looking }) : route.continue()));
  await lawyer.goto(draft);
  await lawyer.locator('[data-recu-id]').waitFor();
  await lawyer.unroute(draft);

  const other = await page.beside(lawyer);
  await other.goto(draft);
  // The page's own saves are no other tab; what the other tab has changed is.
  await lawyer.locator('[name=titre]').fill('Tarifs de 2025');
  await lawyer.locator('[name=titre]').blur();
  await lawyer.getByLabel('Pourquoi l’accès est-il restreint ?').fill('Secret des affaires');
  await acts.check(lawyer);
  await lawyer.goto(draft);
  await other.locator('[name=titre]').fill('Tarifs de 2024');
  await other.getByRole('button', { name: 'Vérifier avant de déposer' }).click();
  await other.getByText('Ce brouillon a aussi changé dans un autre onglet').first().waitFor();
  await see('deposer-deux-onglets', other);
  await lawyer.getByRole('button', { name: 'Supprimer le brouillon' }).click();
  await lawyer.getByText('Le brouillon est supprimé').waitFor();
  await other.getByRole('button', { name: 'Garder le brouillon et sortir' }).click();
  await other.getByText('Ce brouillon a été supprimé').waitFor();
  await lawyer.context().close();
}

async function invite(demo, expert, see, watch, dossier) {
  const here = `${demo.origins.card}/dossiers/${dossier}/participants`;
  await expert.goto(here);
  await see('participants', expert);
  await choose(expert, 'En qualité de', /Avocat/);
  await choose(expert, 'Pour', /Syndicat des copropriétaires Les Tilleuls/);
  await choose(expert, 'Civilité', /^Me /);
  await expert.getByLabel('Prénom').fill(LAWYER.given);
  await expert.getByLabel('Nom, ou dénomination').fill(LAWYER.family);
  await expert.getByLabel('Adresse e-mail').fill(LAWYER.mail);
  const before = acts.mark(demo);
  await expert.getByRole('button', { name: 'Inviter', exact: true }).click();
  await expert.waitForURL(/\/lettre/);
  await see.frozen('lettre-en-cours', expert);
  const ready = expert.getByRole('link', { name: 'Télécharger la lettre' });
  await ready.waitFor();
  await see('lettre', expert);
  const [file] = await Promise.all([expert.waitForEvent('download'), ready.click()]);
  const text = execFileSync('pdftotext', ['-layout', await file.path(), '-'], { encoding: 'utf8' });
  const code = text.match(/\b([0-9A-HJKMNP-TV-Z]{4}[- ][0-9A-HJKMNP-TV-Z]{4}[- ][0-9A-HJKMNP-TV-Z]{4})\b/);
  if (!code) throw new Error(`no code in the letter:\n${text}`);
  const [, number] = await acts.mail(demo, LAWYER.mail, before, /\/invitation\/([a-z2-7]{26})/);
  await expert.goto(here);
  await see('participants-invitation', expert);
  return { path: `/invitation/${number}`, code: code[1], person: { mail: LAWYER.mail, means: {} } };
}

async function accept(demo, page, see, invitation) {
  const lawyer = await page('nobody');
  await lawyer.goto(demo.origins.main + invitation.path);
  await see('invitation-lettre', lawyer);
  await lawyer.getByLabel('Code de la lettre').fill(invitation.code);
  const before = acts.mark(demo);
  await lawyer.getByRole('button', { name: 'Continuer' }).click();
  await acts.arrive(lawyer, 'Entrez le code reçu par e-mail');
  await see('invitation-code', lawyer);
  await acts.giveCode(lawyer, demo, invitation.person, before);
  await acts.arrive(lawyer, 'Vous êtes invité');
  await see('invitation-accord', lawyer);
  await lawyer.getByRole('button', { name: 'Accepter et entrer dans le dossier' }).click();
  await acts.arrive(lawyer, 'Votre accès est ouvert');
  await see('invitation-acceptee', lawyer);
  invitation.person.means.access_code = (await lawyer.locator('.code-acces').innerText()).trim();
  await lawyer.context().close();
  const again = await page('nobody');
  await again.goto(demo.origins.main + invitation.path);
  await see('invitation-deja-servie', again);
  await again.context().close();
}

async function openDocument(demo, lawyer, see, at) {
  await lawyer.goto(demo.origins.main + at.exchanges);
  await see('echanges-avocat', lawyer);
  await lawyer.getByRole('link', { name: /Note n° 2/ }).first().click();
  await acts.arrive(lawyer, /Note n° 2/);
  await see('document', lawyer);
  const link = lawyer.getByRole('link', { name: /^Télécharger/ }).first();
  const [file] = await Promise.all([lawyer.waitForEvent('download'), link.click()]);
  if (!readFileSync(await file.path()).equals(readFileSync(join(PDF, 'changes.fr.pdf')))) throw new Error('the note is not what was deposited');
}

async function outsider(demo, page, see, dossier) {
  const fabre = await page('claude-fabre');
  await acts.signInByCode(fabre, demo, browsersPerson(demo, 'claude-fabre'));
  for (const path of ['', '/echanges', '/contradictoire', '/preuves', '/participants', '/depots/1']) {
    const answer = await fabre.goto(`${demo.origins.main}/dossiers/${dossier}${path}`);
    if (answer.status() !== 404) throw new Error(`an outsider gets ${answer.status()} at ${path}`);
  }
  await see('erreur-404-dossier', fabre);
  await fabre.context().close();
}

const browsersPerson = (demo, id) => demo.people.find((p) => p.id === id);

async function refused(demo, page, see, dossier) {
  const depositor = await page('antoine-roux');
  await acts.signInByCode(depositor, demo, browsersPerson(demo, 'antoine-roux'));
  await see('mes-dossiers-avocat', depositor);
  await depositor.goto(`${demo.origins.main}/dossiers/${dossier}/echanges`);
  const href = await depositor.getByRole('link', { name: /Tarifs des fournisseurs/ }).first().getAttribute('href');
  await depositor.context().close();
  const party = await page('robert-lemaire');
  await acts.signInByCode(party, demo, browsersPerson(demo, 'robert-lemaire'));
  await see('dossier-partie', party);
  const answer = await party.goto(demo.origins.main + href);
  if (answer.status() !== 403) throw new Error(`a reader who is left out gets ${answer.status()}`);
  if (/tarifs\.pdf|Tarifs des/.test(await party.locator('main').innerText())) throw new Error('the refusal names the file');
  await see('erreur-403', party);
  for (const tab of ['contradictoire', 'preuves', 'participants']) {
    await party.goto(`${demo.origins.main}/dossiers/${dossier}/${tab}`);
    await see(`${tab}-partie`, party);
  }
  await party.context().close();
}

async function bundle(demo, expert, see, watch, dossier) {
  await expert.goto(`${demo.origins.card}/dossiers/${dossier}/preuves`);
  const made = expert.waitForEvent('download', { timeout: 90000 });
  await expert.getByRole('button', { name: 'Préparer le dossier complet' }).click();
  await expert.waitForURL((url) => !url.pathname.endsWith('/preuves'));
  await see.frozen('preuve-en-cours', expert);
  // The waiting page reloads itself until the answer is the file.
  const file = await made;
  const head = readFileSync(await file.path()).subarray(0, 4).toString('latin1');
  if (head !== 'PK\u0003\u0004') throw new Error(`the bundle begins with ${head}`);
  if (!/\.asice$/.test(file.suggestedFilename())) throw new Error(`the bundle is called ${file.suggestedFilename()}`);
  await expert.goto(`${demo.origins.card}/dossiers/${dossier}/preuves`);
  await see('preuves', expert);
}

async function refusedCard(demo, page, see) {
  for (const [id, name] of [['carte-revoquee', 'carte-revoquee'], ['carte-expiree', 'carte-expiree']]) {
    const person = await page(id);
    const answer = await person.goto(`${demo.origins.card}/connexion`);
    if (answer.status() !== 403) throw new Error(`${id} gets ${answer.status()}`);
    await see(name, person);
    await person.context().close();
  }
}

// No script at all: the form carries the file, each button brings its page.
async function withoutScript(demo, page, watch, dossier) {
  const party = await page('nadia-benali', { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  await acts.signInByCode(party, demo, browsersPerson(demo, 'nadia-benali'));
  await party.goto(`${demo.origins.main}/dossiers/${dossier}`);
  await party.getByRole('button', { name: 'Déposer un document' }).first().click();
  await acts.arrive(party, 'Déposer un document');
  await acts.chooseKind(party, 'Courrier');
  await party.locator('[name=titre]').fill('Courrier de Mme Benali');
  await party.locator('input[type=file]').setInputFiles(join(PDF, 'debian-faq.fr.pdf'));
  await party.getByRole('button', { name: 'Ajouter ces fichiers' }).press('Enter');
  await party.getByText('debian-faq.fr.pdf').first().waitFor();
  // Who has only the keyboard goes on from his files, not from the top of the page.
  await party.keyboard.press('Tab');
  if ((await party.locator('section[aria-labelledby=fi] :focus').count()) !== 1) throw new Error('after a file is added, Tab starts again from the top');
  // The page does not load itself anew under what somebody is typing: a button asks where the check is.
  if (/http-equiv="?refresh/.test(await watch.html.get(party))) throw new Error('the form reloads itself while it is being filled');
  await acts.check(party);
  await acts.confirm(party);
  await party.context().close();
}
