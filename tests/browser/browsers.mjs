// SPDX-License-Identifier: MPL-2.0
// Chromium as people have it: a home for each person, whose NSS database holds the demo's authority and the person's certificate,
// and a policy that picks the certificate for the card host, since nobody can press the picker of a headless browser.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

// The packages are those of core/web: one lock file for the project.
const require = createRequire(new URL('../../core/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--lang=fr'];
const POLICIES = '/etc/chromium/policies/managed';
export const PATIENCE_MS = 45000;

export class Browsers {
  constructor(demo) {
    this.demo = demo;
    this.folder = mkdtempSync(join(tmpdir(), 'opx-browser.'));
    this.open = new Map();
    this.policy = join(POLICIES, `opx-${demo.ports.card}.json`);
    this.usesPolicy = process.getuid() === 0;
    if (this.usesPolicy) {
      const rule = JSON.stringify({ pattern: demo.origins.card, filter: {} });
      mkdirSync(POLICIES, { recursive: true });
      writeFileSync(this.policy, JSON.stringify({ AutoSelectCertificateForUrls: [rule] }));
    }
  }

  person(id) {
    const person = this.demo.people.find((p) => p.id === id);
    if (!person) throw new Error(`nobody is called ${id} in demo.json`);
    return person;
  }

  home(id) {
    const home = join(this.folder, id);
    const nss = `sql:${join(home, '.pki/nssdb')}`;
    mkdirSync(join(home, '.pki/nssdb'), { recursive: true });
    execFileSync('certutil', ['-N', '--empty-password', '-d', nss]);
    execFileSync('certutil', ['-A', '-d', nss, '-n', 'opx', '-t', 'C,,', '-i', this.demo.server_ca]);
    const means = id === 'nobody' ? {} : this.person(id).means;
    if (means.p12) execFileSync('pk12util', ['-d', nss, '-i', means.p12, '-W', means.password, '-K', ''], { stdio: 'ignore' });
    return home;
  }

  // A context of the person's browser. One without card shares the browser of "nobody", which holds no certificate.
  async context(id, options = {}) {
    const means = id === 'nobody' ? {} : this.person(id).means;
    const key = means.p12 ? id : 'nobody';
    if (!this.open.has(key)) {
      const env = { ...process.env, HOME: this.home(key), LANGUAGE: 'fr' };
      this.open.set(key, await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS, env }));
    }
    const own = { locale: 'fr-FR', viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options };
    if (means.p12 && !this.usesPolicy) {
      // An ordinary user may not write a policy: playwright's own TLS gives the certificate instead of the browser's.
      own.ignoreHTTPSErrors = true;
      own.clientCertificates = [{ origin: this.demo.origins.card, pfxPath: means.p12, passphrase: means.password }];
    }
    const context = await this.open.get(key).newContext(own);
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  }

  async end() {
    if (this.usesPolicy) rmSync(this.policy, { force: true });
    for (const browser of this.open.values()) await browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const axeSource = require('axe-core').source;
export const vnuJar = require.resolve('vnu-jar/build/dist/vnu.jar');
