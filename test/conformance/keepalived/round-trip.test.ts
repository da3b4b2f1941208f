import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Statement } from '../../../src/config/keepalived/grammar/tree.ts';
import type { KeepalivedConfig } from '../../../src/config/keepalived/index.ts';
import { splitCommand, splitScriptLine } from '../../../src/config/keepalived/text/script-words.ts';
import { encodeModel } from '../../../src/config/model/model-codec.ts';
import {
  type CorpusFile,
  corpusFiles,
  readCorpusFile,
  readText,
  renderConfig,
} from './rendering.ts';

const meaning = ({ model }: KeepalivedConfig): object =>
  encodeModel(model, { secrets: 'revealed' });

type Outline = readonly [name: string, words: readonly string[], inside: readonly unknown[]];

/** What was read, without where it was written: spellings of today, and only words that count. */
function outline({ definition, words, source, block }: Statement): Outline {
  const last = definition.arguments.at(-1)?.kind;
  const [, command, user, group] = last === 'script' ? splitScriptLine(source) : [];
  const identity = definition.name === 'script' ? [] : [user?.text ?? '', group?.text ?? ''];
  const read =
    last === 'script'
      ? [...splitCommand(command?.text ?? ''), ...identity]
      : words
          .slice(0, last === 'words' ? words.length : definition.arguments.length)
          .map(({ text }) => text);
  const isRenamed = definition.age !== undefined && definition.spellingOf !== undefined;
  return [
    isRenamed ? (definition.spellingOf ?? '') : definition.name,
    read,
    [
      ...(block?.lines.map((line) => line.words.map(({ text }) => text)) ?? []),
      ...(block?.statements.map(outline) ?? []),
    ],
  ];
}

function check(file: CorpusFile): void {
  const config = readCorpusFile(file);
  const rendered = renderConfig(config);
  const again = readText(rendered);
  assert.deepEqual(meaning(again), meaning(config), rendered);
  const complete = renderConfig(config, 'stated');
  assert.deepEqual(meaning(readText(complete)), meaning(config), complete);
  assert(complete.length >= rendered.length);
}

describe('what is rendered of a valid file says the same, statement for statement', () => {
  for (const file of corpusFiles('valid')) {
    test(file.name, () => {
      check(file);
      const config = readCorpusFile(file);
      const rendered = renderConfig(config);
      const again = readText(rendered);
      assert.deepEqual(again.statements.map(outline), config.statements.map(outline));
      assert.equal(renderConfig(again), rendered);
    });
  }
});

describe('what is rendered of any other file means the same', () => {
  for (const file of [...corpusFiles('newer'), ...corpusFiles('broken')]) {
    test(file.name, () => check(file));
  }
});
