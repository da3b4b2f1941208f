// What a page does in the browser: search, menu on small screens, light and dark, its place in the contents.
import { createSearch } from '../search.ts';

const root = document.documentElement.dataset.root ?? '';
const element = (id) => document.getElementById(id);

function followTheme() {
  element('theme-button').addEventListener('click', () => {
    const { dataset } = document.documentElement;
    const isDark =
      dataset.theme === undefined
        ? matchMedia('(prefers-color-scheme: dark)').matches
        : dataset.theme === 'dark';
    dataset.theme = isDark ? 'light' : 'dark';
    try {
      localStorage.setItem('theme', dataset.theme);
    } catch {
      // It holds for this page alone.
    }
  });
}

function followMenu() {
  const button = element('menu-button');
  const show = (isOpen) => {
    button.setAttribute('aria-expanded', String(isOpen));
    document.body.classList.toggle('menu-open', isOpen);
  };
  button.addEventListener('click', () => show(button.getAttribute('aria-expanded') !== 'true'));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') show(false);
  });
  element('menu').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
}

/** The sections come as a script: a page from a file may not fetch another one. */
function loadSearch() {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${root}assets/search-data.js`;
    script.onload = () => resolve(createSearch(globalThis.holdfastSections));
    script.onerror = () => reject(new Error(`${script.src} is missing`));
    document.head.append(script);
  });
}

function showHits(box, hits, nothing) {
  box.replaceChildren(
    ...hits.map((hit) => {
      const link = document.createElement('a');
      link.href = root + hit.url;
      const title = document.createElement('strong');
      title.textContent = hit.heading === hit.page ? hit.page : `${hit.page} › ${hit.heading}`;
      const excerpt = document.createElement('span');
      excerpt.textContent = hit.excerpt;
      link.append(title, excerpt);
      return link;
    }),
  );
  if (hits.length === 0) box.textContent = nothing;
  box.hidden = false;
}

function followSearch() {
  const input = element('search');
  const box = element('hits');
  let search;
  const prepare = () => {
    search ??= loadSearch();
    return search;
  };
  input.addEventListener('focus', prepare);
  input.addEventListener('input', async () => {
    const query = input.value.trim();
    if (query === '') {
      box.hidden = true;
      return;
    }
    const { find } = await prepare();
    // Meanwhile more may have been typed.
    if (input.value.trim() !== query) return;
    showHits(box, find(query, document.documentElement.lang), input.dataset.nothing);
  });
  const move = (step) => {
    const links = [...box.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement) + step;
    (at < 0 ? input : links[Math.min(at, links.length - 1)])?.focus();
  };
  document.addEventListener('keydown', (event) => {
    const isTyping = /^(?:INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '');
    if (event.key === '/' && !isTyping) {
      event.preventDefault();
      input.focus();
    } else if (event.key === 'Escape') {
      box.hidden = true;
      input.blur();
    } else if (!box.hidden && ['ArrowDown', 'ArrowUp'].includes(event.key)) {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && document.activeElement === input) {
      box.querySelector('a')?.click();
    }
  });
  document.addEventListener('click', (event) => {
    if (!event.target.closest('search')) box.hidden = true;
  });
}

/** Marks in the contents the section that is being read. */
function followReading() {
  const links = new Map(
    [...document.querySelectorAll('aside a')].map((link) => [
      decodeURIComponent(link.hash.slice(1)),
      link,
    ]),
  );
  const watcher = new IntersectionObserver(
    (entries) => {
      const seen = entries.find(({ isIntersecting }) => isIntersecting);
      if (seen === undefined) return;
      for (const [anchor, link] of links) link.classList.toggle('here', anchor === seen.target.id);
    },
    { rootMargin: '-64px 0px -70% 0px' },
  );
  for (const anchor of links.keys()) {
    const heading = element(anchor);
    if (heading !== null) watcher.observe(heading);
  }
}

followTheme();
followMenu();
followSearch();
followReading();
