/** What the site itself says, in each language. */
import type { Language } from './navigation.ts';

export interface Words {
  /** The language's own name. */
  readonly name: string;
  readonly search: string;
  readonly nothing: string;
  readonly menu: string;
  readonly contents: string;
  readonly theme: string;
  readonly language: string;
  readonly skip: string;
  readonly previous: string;
  readonly next: string;
  /** Of a page that is in English only, in a translated navigation. */
  readonly english: string;
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    name: 'English',
    search: 'Search',
    nothing: 'Nothing found',
    menu: 'Menu',
    contents: 'On this page',
    theme: 'Light or dark',
    language: 'Language',
    skip: 'To the text',
    previous: 'Before',
    next: 'Next',
    english: '',
  },
  zh: {
    name: '中文',
    search: '搜索',
    nothing: '没有找到',
    menu: '目录',
    contents: '本页内容',
    theme: '浅色或深色',
    language: '语言',
    skip: '跳到正文',
    previous: '上一页',
    next: '下一页',
    english: '英文',
  },
  ru: {
    name: 'Русский',
    search: 'Поиск',
    nothing: 'Ничего не найдено',
    menu: 'Меню',
    contents: 'На этой странице',
    theme: 'Светлая или тёмная',
    language: 'Язык',
    skip: 'К тексту',
    previous: 'Назад',
    next: 'Далее',
    english: 'по-английски',
  },
};
