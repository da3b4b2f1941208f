/** The documentation as `npm run docs` writes it, in a browser, from files: links, search, languages, dark. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { testPath } from '../../tools/sweep.ts';
import { type Browser, openBrowser, skipBrowser } from './stats-page/browser.ts';

const site = testPath('docs-site');
const urlOf = (name: string): string => pathToFileURL(join(site, name)).href;

/** What a page has, as the browser understood it. */
interface Seen {
  readonly ids: readonly string[];
  /** Of links, each whole. */
  readonly hrefs: readonly string[];
}

const LOOK = `({
  ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
  hrefs: [...document.querySelectorAll('a[href]')].map((link) => link.href),
})`;

describe('the documentation in a browser', { skip: skipBrowser, concurrency: false }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const troubles: string[] = [];

  before(async () => {
    await promisify(execFile)('npm', ['run', '-s', 'docs', '--', `--output=${site}`]);
    browser = await openBrowser('docs-site-browser');
    context = await browser.visit();
    page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
    });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('requestfailed', (request) => {
      // The next page may come before the icon of the last.
      const why = request.failure()?.errorText;
      if (why !== 'net::ERR_ABORTED') troubles.push(`${why}: ${request.url()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) troubles.push(`from the network: ${request.url()}`);
    });
  });
  after(async () => {
    await browser?.close();
    rmSync(site, { recursive: true, force: true });
  });

  /** What is typed into the field leads to these titles. */
  async function search(query: string): Promise<readonly string[]> {
    await page.locator('#search').fill(query);
    await page.locator('#hits').waitFor();
    await page.waitForFunction(
      'document.querySelector("#hits a") !== null || document.querySelector("#hits").textContent !== ""',
    );
    return page.locator('#hits strong').allInnerTexts();
  }

  test('has no link that leads nowhere, on any page', async () => {
    const names = readdirSync(site, { recursive: true, encoding: 'utf8' });
    const pages = names.filter((name) => name.endsWith('.html'));
    assert.ok(pages.length > 100);
    const seen = new Map<string, Seen>();
    for (const name of pages) {
      await page.goto(urlOf(name));
      seen.set(urlOf(name), await page.evaluate<Seen>(LOOK));
    }
    const dead = [...seen].flatMap(([from, { hrefs }]) =>
      hrefs.filter((href) => isDead(href, seen)).map((href) => `${from}: ${href}`),
    );
    assert.deepEqual(dead, []);
  });

  test('finds a keyword, and leads to where it stands', async () => {
    await page.goto(urlOf('index.html'));
    const titles = await search('equal-priorities');
    assert.match(titles.slice(0, 3).join(), /equal-priorities/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/lint\/equal-priorities\.html/);
    assert.match(await page.locator('h1').innerText(), /equal-priorities/);
  });

  test('finds from a page in a folder, by the key / and arrows', async () => {
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.id'), 'search');
    await search('replay');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const second = await page.locator('#hits a').nth(1).getAttribute('href');
    assert.equal(await page.evaluate('document.activeElement.getAttribute("href")'), second);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#hits').isHidden(), true);
  });

  test('says so where there is nothing', async () => {
    assert.deepEqual(await search('qqxzy'), []);
    assert.equal(await page.locator('#hits').innerText(), 'Nothing found');
  });

  test('finds Chinese and Russian words, in any form, and changes the language of a page', async () => {
    await page.goto(urlOf('quick-start/database.html'));
    await page.locator('.languages a[lang=zh]').click();
    await page.waitForURL(/zh\/quick-start\/database\.html/);
    assert.match((await search('负载均衡')).join(), /[\u4e00-\u9fff]/);
    await page.locator('.languages a[lang=ru]').click();
    await page.waitForURL(/ru\/quick-start\/database\.html/);
    assert.match((await search('контейнерами')).join(), /контейнер/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/ru\/quick-start\/containers\.html/);
    // A page that is not translated has that language's first page behind the switch.
    await page.goto(urlOf('plan.html'));
    await page.locator('.languages a[lang=ru]').click();
    await page.waitForURL(/ru\/index\.html/);
  });

  test('is dark when the reader wants it, and stays so on the next page', async () => {
    await page.goto(urlOf('plan.html'));
    const brightness = async (): Promise<number> => {
      const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      return (colour.match(/\d+/g) ?? []).map(Number).reduce((sum, part) => sum + part, 0);
    };
    assert.ok((await brightness()) > 600);
    await page.locator('#theme-button').click();
    assert.ok((await brightness()) < 200);
    await page.goto(urlOf('control.html'));
    assert.ok((await brightness()) < 200);
    await page.locator('#theme-button').click();
    assert.ok((await brightness()) > 600);
  });

  test('fits a telephone, with the menu behind a button', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const name of ['index.html', 'keepalived-compatibility.html', 'benchmarks.html']) {
      await page.goto(urlOf(name));
      const widths = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      assert.equal(await page.evaluate(widths), 0, name);
      assert.equal(await page.locator('#menu').isVisible(), false);
      await page.locator('#menu-button').click();
      assert.equal(await page.locator('#menu').isVisible(), true);
    }
    await page.setViewportSize({ width: 1280, height: 720 });
  });

  test('causes no complaint of the browser, and asks no network', () => {
    assert.deepEqual(troubles, []);
  });
});

function isDead(href: string, seen: ReadonlyMap<string, Seen>): boolean {
  const url = new URL(href);
  if (url.protocol !== 'file:') return false;
  const anchor = decodeURIComponent(url.hash.slice(1));
  url.hash = '';
  const target = seen.get(url.href);
  if (target === undefined) return url.pathname.endsWith('.html') || !existsSync(url);
  return anchor !== '' && !target.ids.includes(anchor);
}
