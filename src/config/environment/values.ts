/** Values as they may stand in a configuration: without quotes of their own, line breaks and braces. */
import { parseIp } from '../../base/ip.ts';
import type { Value } from './draft.ts';
import { type Notes, placeOf } from './notes.ts';

/** A value as one line holds it. What is wrong is told without the value, which may be a secret. */
export function cleanValue(variable: string, given: string, notes: Notes): Value {
  const about = placeOf(variable);
  let text = given.replace(/^\s+|\s+$/g, '');
  const quoted = /^(["'])(.*)\1$/s.exec(text)?.[2];
  if (quoted !== undefined || text.includes('"')) {
    text = (quoted ?? text).replaceAll('"', '');
    notes.add({
      code: 'image-quotes',
      about,
      message: 'the quotes belong to the value; they are left out',
      hint: `write - ${variable}=VALUE in a list of compose, or "${variable}=VALUE"`,
    });
  }
  if (/[\r\n]/.test(text)) {
    text = text.replace(/\s*[\r\n]+\s*/g, ' ');
    notes.add({
      code: 'image-line-break',
      about,
      message: 'the value has several lines; they are read as one',
      hint: 'write one line; a list as #PYTHON2BASH:[...] or in variables with numbers',
    });
  }
  if (/[{}]/.test(text)) {
    text = text.replaceAll(/[{}]/g, '');
    notes.add({
      code: 'image-braces',
      about,
      message: 'braces would end the block that the value stands in; they are left out',
      hint: 'write the value without { and }',
    });
  }
  if (/[#!]/.test(text)) {
    notes.add({
      code: 'image-comment',
      about,
      message: 'what stands behind # or ! is a comment in keepalived.conf',
      hint: 'write the value without # and !',
    });
  }
  return { text, variable };
}

/** Addresses with or without a prefix, and nothing else. */
export function areAddresses(words: readonly string[]): boolean {
  return words.every((word) => {
    const [, address = '', prefix] = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(word) ?? [];
    return parseIp(address) !== undefined && Number(prefix ?? 0) <= 128;
  });
}

export function wordsOf(text: string): readonly string[] {
  return text.split(/[ \t\r\n]+/).filter((word) => word !== '');
}
