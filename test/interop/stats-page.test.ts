/** The stats page in a browser, and haproxy's own beside it: what an operator sees and does there. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { skipWithoutHaproxy } from './skip-without-haproxy.ts';
import { type Browser, openBrowser, skipBrowser } from './stats-page/browser.ts';
import { OPERATOR, READER, type Side, StatsHost, sides } from './stats-page/hosts.ts';

const skip = skipBrowser || skipWithoutHaproxy;

/** What is needed here of a browser's own. */
interface Window {
  getComputedStyle(element: unknown): { readonly backgroundColor: string };
}

/** Of each colour, from 0 to 255: what nobody would take for another state. */
const COLOUR_DISTANCE_MAX = 80;

const STATES = {
  master1: /^\d+s UP$/,
  master2: /^\d+s UP$/,
  master3: /^\d+s DOWN$/,
  drained: /^\d+s UP$/,
  spare: /^\d+s UP$/,
  plain: /^no check$/,
  away: /^\d+s MAINT$/,
} as const;

describe('the stats page in a browser', { skip }, () => {
  let browser: Browser;
  const hosts = new Map<Side, StatsHost>();
  const pages = new Map<Side, Page>();
  const troubles: string[] = [];

  before(async () => {
    browser = await openBrowser('stats-page');
    const opened = await Promise.all(sides.map((side) => StatsHost.open(side)));
    for (const host of opened) {
      hosts.set(host.side, host);
      const page = await watched(await browser.visit(OPERATOR), host.side);
      pages.set(host.side, page);
      const answer = await page.goto(host.page);
      assert.equal(answer?.status(), 200);
    }
  });
  after(async () => {
    await browser?.close();
    for (const host of hosts.values()) await host.close();
  });

  async function watched(context: BrowserContext, side: Side): Promise<Page> {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) troubles.push(`${side} ${message.text()}`);
    });
    page.on('pageerror', (error) => troubles.push(`${side} ${error.message}`));
    page.on('requestfailed', (request) => troubles.push(`${side} ${request.url()}`));
    return page;
  }

  const hostOf = (side: Side): StatsHost => hosts.get(side) as StatsHost;
  const pageOf = (side: Side): Page => pages.get(side) as Page;
  const both = async <Seen>(look: (page: Page) => Promise<Seen>): Promise<readonly Seen[]> =>
    Promise.all(sides.map((side) => look(pageOf(side))));

  test('asks for a password, and takes no other', async () => {
    const answer = await fetch(hostOf('ours').page);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="Control plane"');
    for (const who of [undefined, { user: OPERATOR.user, password: 'guess' }]) {
      const page = await (await browser.visit(who)).newPage();
      // It shows the refusal, or says that nothing can be shown.
      const seen = await page.goto(hostOf('ours').page).then(
        (shown) => String(shown?.status()),
        (error: Error) => error.message,
      );
      assert.match(seen, /^401$|ERR_INVALID_AUTH_CREDENTIALS/);
      assert.equal(await page.locator('table').count(), 0);
    }
  });

  test("has haproxy's tables and columns", async () => {
    const [ours, theirs] = await both(async (page) => {
      const heads = await page.locator('tr:has(th)').allInnerTexts();
      return heads
        .map((line) => line.trim().split(/\s+/).join(' '))
        .filter((line) => line.startsWith('Queue') || line.startsWith('Cur'));
    });
    assert.equal(ours?.length, 8);
    assert.deepEqual(ours, theirs);
  });

  test("shows the states of servers in haproxy's words and colours", async () => {
    for (const [name, state] of Object.entries(STATES)) {
      const [ours, theirs] = await both(async (page) => ({
        status: await statusOf(rowOf(page, name)),
        colour: await colourOf(rowOf(page, name)),
      }));
      assert.match(ours?.status ?? '', state, name);
      assert.match(theirs?.status ?? '', state, name);
      const distances = ours?.colour.map((part, at) => Math.abs(part - (theirs?.colour[at] ?? 0)));
      assert.ok(Math.max(...(distances ?? [])) <= COLOUR_DISTANCE_MAX, `${name}: ${distances}`);
    }
    const page = pageOf('ours');
    const shown = await Promise.all(
      Object.keys(STATES).map(async (name) => String(await colourOf(rowOf(page, name)))),
    );
    assert.equal(new Set(shown).size, 6);
  });

  test('fits a window of 1280 points', async () => {
    const [widest] = await both((page) =>
      page.evaluate(
        'Math.max(...[...document.querySelectorAll("section")].map((s) => s.scrollWidth - s.clientWidth))',
      ),
    );
    assert.equal(widest, 0);
  });

  test('takes a server out and puts it back, as an operator asks', async () => {
    for (const side of sides) {
      await act(pageOf(side), 'master1', 'maint');
      assert.match(await statusOf(rowOf(pageOf(side), 'master1')), /^\d+s MAINT$/, side);
      assert.equal(await hostOf(side).stateOf('master1'), 'MAINT', side);
      assert.match(await statusOf(rowOf(pageOf(side), 'master2')), /^\d+s UP$/, side);
      await act(pageOf(side), 'master1', 'ready');
      assert.match(await statusOf(rowOf(pageOf(side), 'master1')), /^\d+s UP( \d\/2)?/, side);
    }
  });

  test('shows a visitor who may not change anything no form', async () => {
    const page = await watched(await browser.visit(READER), 'ours');
    await page.goto(hostOf('ours').page);
    assert.match(await statusOf(rowOf(page, 'master2')), /UP$/);
    assert.equal(await page.locator('form[method=post]').count(), 0);
  });

  test('causes no complaint of the browser', () => {
    assert.deepEqual(troubles, []);
  });
});

function rowOf(page: Page, server: string): Locator {
  return page.locator('tr', { has: page.getByText(server, { exact: true }) }).first();
}

async function statusOf(row: Locator): Promise<string> {
  const cells = await row.locator('td').allInnerTexts();
  return cells.find((cell) => /^(?:\d\S* (?:UP|DOWN|MAINT|NOLB|DRAIN)|no check)/.test(cell)) ?? '';
}

async function colourOf(row: Locator): Promise<readonly number[]> {
  const text: string = await row.evaluate(
    (element: unknown) =>
      (globalThis as unknown as Window).getComputedStyle(element).backgroundColor,
  );
  return (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}

/** Ticks a server, chooses what to do, and sends the form. */
async function act(page: Page, server: string, action: string): Promise<void> {
  const form = page.locator('form[method=post]', { has: rowOf(page, server) });
  await form.locator(`input[type=checkbox][value="${server}"]`).check();
  await form.locator('select[name=action]').selectOption(action);
  await Promise.all([page.waitForURL(/;st=DONE/), form.locator('input[type=submit]').click()]);
  // The next answer is told from this one.
  await page.waitForLoadState('load');
}
