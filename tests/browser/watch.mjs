// SPDX-License-Identifier: MPL-2.0
// What a page must never do, listened to from its birth: an error in the console, a report of the content policy, a script that breaks.
export class Watch {
  constructor() {
    this.faults = [];
    this.html = new Map(); // page -> the promise of the last document as the server sent it
    this.expected = 200;
  }

  async page(context) {
    const page = await context.newPage();
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (e) => console.error(`content policy: ${e.violatedDirective} ${e.blockedURI}`));
    });
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // Chromium itself says so of a page whose status is an error: the story asks for some.
      if (/the server responded with a status of (403|404|422)/.test(message.text()) && message.location().url === page.url()) return;
      this.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on('response', (response) => {
      const request = response.request();
      const type = response.headers()['content-type'] ?? '';
      if (!request.isNavigationRequest() || response.status() < 200 || (response.status() >= 300 && response.status() < 400)) return;
      if (type.startsWith('text/html')) this.html.set(page, response.text().catch(() => ''));
    });
    return page;
  }
}
