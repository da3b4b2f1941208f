/** What the documentation site has, and in which order: one table. A page of docs/ that it lacks fails a test. */

export const LANGUAGES = ['en', 'zh', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Group {
  readonly title: Readonly<Record<Language, string>>;
  /** Files, from the root of the project; of a translated one the English. */
  readonly pages?: readonly string[];
  /** Every page of this folder, by name; README.md first. */
  readonly folder?: string;
}

export const NAVIGATION: readonly Group[] = [
  {
    title: { en: 'Start', zh: '开始', ru: 'Начало' },
    pages: ['docs/README.md', 'README.md', 'docs/install.md'],
  },
  {
    title: { en: 'Quick starts', zh: '快速入门', ru: 'Быстрый старт' },
    pages: [
      'docs/quick-start/control-plane.md',
      'docs/quick-start/proxy.md',
      'docs/quick-start/database.md',
      'docs/quick-start/containers.md',
      'docs/quick-start/kubernetes.md',
    ],
  },
  {
    title: { en: 'Tasks', zh: '操作指南', ru: 'Как сделать' },
    pages: [
      'docs/how-to/replace-keepalived.md',
      'docs/how-to/maintenance.md',
      'docs/from-keepalived.md',
      'docs/plan.md',
      'docs/control-plane.md',
      'docs/kubernetes.md',
      'docs/images.md',
      'docs/virtual-servers.md',
      'docs/proxy.md',
      'docs/control.md',
      'docs/handover.md',
      'docs/upgrade.md',
      'docs/flight-recorder.md',
    ],
  },
  {
    title: { en: 'Knowing before it happens', zh: '防患于未然', ru: 'Знать заранее' },
    pages: [
      'docs/answers.md',
      'docs/simulate.md',
      'docs/forecast.md',
      'docs/doctor.md',
      'docs/lint-in-ci.md',
    ],
  },
  {
    title: { en: 'Lint rules', zh: '检查规则', ru: 'Правила lint' },
    folder: 'docs/lint',
  },
  {
    title: { en: 'When something is wrong', zh: '故障排查', ru: 'Когда что-то не так' },
    pages: [
      'docs/runbook.md',
      'docs/support-bundle.md',
      'docs/metrics.md',
      'docs/split-brain.md',
      'docs/dead-man.md',
      'docs/errors.md',
    ],
  },
  {
    title: { en: 'Reference', zh: '参考', ru: 'Справочник' },
    pages: [
      'docs/commands.md',
      'docs/keepalived-compatibility.md',
      'docs/haproxy-compatibility.md',
      'docs/haproxy-differences.md',
      'docs/nftables-balancing.md',
      'docs/proxy-statistics.md',
      'docs/control-protocol.md',
      'docs/http-api.md',
      'docs/peer-protocol.md',
    ],
  },
  {
    title: { en: 'Figures and trust', zh: '性能与可信度', ru: 'Цифры и доверие' },
    pages: ['docs/benchmarks.md', 'docs/testing.md', 'SECURITY.md', 'CHANGELOG.md'],
  },
  {
    title: { en: 'Inside', zh: '内部设计', ru: 'Устройство' },
    pages: ['ARCHITECTURE.md', 'CONTRIBUTING.md'],
  },
  {
    title: { en: 'Decisions', zh: '设计决策', ru: 'Решения' },
    folder: 'docs/adr',
  },
];

/** `docs/zh/plan.md` is Chinese; everything that is in no such folder is English. */
export function languageOf(file: string): Language {
  return LANGUAGES.find((language) => file.startsWith(`docs/${language}/`)) ?? 'en';
}

/** The English page of which this one is a translation, or itself. */
export function originalOf(file: string): string {
  const language = languageOf(file);
  return language === 'en' ? file : `docs/${file.slice(`docs/${language}/`.length)}`;
}

/** Where the translation of an English page stands. */
export function translationOf(file: string, language: Language): string {
  return language === 'en' ? file : file.replace(/^docs\//, `docs/${language}/`);
}

/**
 * Where a page stands in the site: `docs/lint/README.md` is `lint/index.html`, and `README.md`, beside which
 * docs/README.md is the first page, `readme.html`.
 */
export function outputOf(file: string): string {
  if (!file.startsWith('docs/')) return `${file.replace(/\.md$/, '').toLowerCase()}.html`;
  return file
    .slice('docs/'.length)
    .replace(/(?:(README)|\.md)(?:\.md)?$/, (_all, readme) =>
      readme === undefined ? '.html' : 'index.html',
    );
}

/** The pages of a group, in order, out of all that there are. */
export function pagesOf(group: Group, files: readonly string[]): readonly string[] {
  const { folder, pages = [] } = group;
  if (folder === undefined) return pages;
  const inside = files.filter((file) => file.startsWith(`${folder}/`)).sort();
  const readme = `${folder}/README.md`;
  return [...inside.filter((file) => file === readme), ...inside.filter((file) => file !== readme)];
}
