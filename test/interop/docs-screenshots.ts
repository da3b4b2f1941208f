/**
 * The documentation as a browser shows it, to look at:
 * `npm run docs && node --import tsx test/interop/docs-screenshots.ts FOLDER [PAGE...]`.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser } from './stats-page/browser.ts';

const [folder = 'dist/site-screenshots', ...names] = process.argv.slice(2);
const pages = names.length > 0 ? names : ['index.html', 'plan.html', 'benchmarks.html'];
const browser = await openBrowser('docs-screenshots');
try {
  const context = await browser.visit();
  const page = await context.newPage();
  const shoot = async (name: string): Promise<void> => {
    await page.screenshot({ path: resolve(folder, `${name.replaceAll('/', '-')}.png`) });
  };
  for (const name of pages) {
    const title = name.replace('.html', '');
    await page.goto(pathToFileURL(resolve('dist/site', name)).href);
    await shoot(title);
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot(`${title}-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 800 });
    await shoot(`${title}-phone`);
    await page.setViewportSize({ width: 1280, height: 720 });
  }
  await page.locator('#search').fill('priority');
  await page.locator('#hits a').first().waitFor();
  await shoot('search');
} finally {
  await browser.close();
}
