import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startService } from '../support/service.ts';

/** Where Debian and others put it; `CHROMIUM` names another place. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Opens `/docs` in a real browser, wide and narrow, light and dark, with no network but the page itself.
 * Throws for an error on the console, for a request to anywhere, and for a page that does not show. The
 * folder given gets screenshots.
 */
export async function run([folder]: readonly string[]): Promise<void> {
  const executablePath = [process.env.CHROMIUM ?? '', ...PLACES].find((path) => existsSync(path));
  if (executablePath === undefined) {
    process.stdout.write('Skipped: there is no Chromium here (apt-get install chromium).\n');
    return;
  }
  const service = await startService();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const troubles: string[] = [];
  try {
    for (const [name, width, colorScheme] of [
      ['wide', 1280, 'light'],
      ['dark', 1280, 'dark'],
      ['narrow', 400, 'light'],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') {
          troubles.push(`${name}: console: ${message.text()}`);
        }
      });
      page.on('pageerror', (error) => troubles.push(`${name}: ${error.message}`));
      page.on('request', (request) => {
        const url = request.url();
        if (url !== `${service.url}/docs` && !url.startsWith('data:')) {
          troubles.push(`${name}: asks for ${url}`);
        }
      });
      await page.goto(`${service.url}/docs`, { waitUntil: 'load' });
      const sections = await page.locator('section.op').count();
      const heading = await page.locator('h1').textContent();
      const overflows = await page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      process.stdout.write(`${name}: "${heading}", ${sections} sections\n`);
      if (sections < 40) troubles.push(`${name}: only ${sections} sections`);
      if (overflows) troubles.push(`${name}: is wider than its window`);
      await page.locator('nav a[href="#putOutput"]').click();
      const top = await page
        .locator('#putOutput')
        .evaluate(
          (section: { getBoundingClientRect(): { top: number } }) =>
            section.getBoundingClientRect().top,
        );
      if (top < -1 || top > 450) troubles.push(`${name}: a link of the list does not lead there`);
      if (folder !== undefined) {
        await page.screenshot({ path: `${folder}/docs-${name}-operation.png` });
        await page.goto(`${service.url}/docs`);
        await page.screenshot({ path: `${folder}/docs-${name}.png` });
      }
      await page.close();
    }
  } finally {
    await browser.close();
    await service.stop();
  }
  if (troubles.length > 0) throw new Error(troubles.join('\n'));
}
