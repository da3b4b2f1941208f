/** The search of the documentation, over the pages as they are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entriesOf } from '../../tools/site/build.ts';
import { readPages, readSources } from '../../tools/site/pages.ts';
import { createSearch } from '../../tools/site/search.ts';
import { splitTerms, stemOf } from '../../tools/site/terms.ts';

describe('the search', () => {
  const search = createSearch(entriesOf(readPages(readSources('.'))));
  const cases: [query: string, language: string, wanted: RegExp][] = [
    ['equal-priorities', 'en', /^lint\/equal-priorities\.html/],
    ['virtual_router_id', 'en', /./],
    ['hand over without a gap', 'en', /handover|control/],
    ['quorum', 'en', /./],
    ['benchmark failover', 'en', /benchmarks/],
    ['recordng', 'en', /flight-recorder|replay|benchmarks/],
    ['虚拟 漂移', 'zh', /^zh\/quick-start/],
    ['数据库', 'zh', /^zh\/(?:quick-start\/database|index)/],
    ['виртуальные адреса', 'ru', /^ru\//],
    ['контейнером', 'ru', /ru\/quick-start\/containers/],
  ];
  for (const [query, language, wanted] of cases) {
    test(`finds ${query}`, () => {
      const urls = search.find(query, language).map(({ url }) => url);
      assert.match(urls.slice(0, 5).join(' '), wanted, urls.join(' '));
    });
  }

  test('finds nothing for what is nowhere', () => {
    assert.deepEqual(search.find('qqxzy', 'en'), []);
  });

  test('shows what stands around a word', () => {
    const entry = { url: 'a.html', page: 'A', heading: 'A', language: 'en' };
    const text = `${'before '.repeat(60)}the needle is here ${'after '.repeat(60)}`;
    const [hit] = createSearch([{ ...entry, text }]).find('needle', 'en');
    assert.match(hit?.excerpt ?? '', /^….*needle is here.*…$/);
  });

  test('puts the reader’s language first', () => {
    const entries = ['en', 'ru'].map((language) => ({
      ...{ url: `${language}.html`, page: 'keepalived', heading: 'keepalived', text: 'keepalived' },
      language,
    }));
    const find = (language: string) => createSearch(entries).find('keepalived', language)[0]?.url;
    assert.equal(find('ru'), 'ru.html');
    assert.equal(find('en'), 'en.html');
  });
});

describe('words to search by', () => {
  test('are pairs of Chinese characters, and the parts of names', () => {
    assert.deepEqual(splitTerms('虚拟IP漂移'), ['虚拟', 'IP', '漂移']);
    assert.deepEqual(splitTerms('负载均衡'), ['负载', '载均', '均衡']);
    assert.deepEqual(splitTerms('set virtual_router_id, 51.'), [
      ...['set', 'virtual_router_id', 'virtual', 'router', 'id', '51'],
    ]);
  });

  const stems: [form: string, other: string][] = [
    ['виртуальный', 'виртуального'],
    ['адрес', 'адреса'],
    ['адресами', 'адресов'],
    ['узел', 'Узел'],
    ['проверка', 'проверки'],
    ['servers', 'Server'],
  ];
  for (const [form, other] of stems) {
    test(`${form} and ${other} are one word`, () => assert.equal(stemOf(form), stemOf(other)));
  }

  test('a short word keeps its ending', () => {
    assert.deepEqual(['сеть', 'bus', 'ip', 'class'].map(stemOf), ['сеть', 'bus', 'ip', 'class']);
  });
});
