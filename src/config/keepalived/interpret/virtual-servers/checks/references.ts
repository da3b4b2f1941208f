import type { HealthCheck } from '../../../../model/health-check.ts';
import type { Word } from '../../../text/words.ts';
import { inheritedFlag } from '../inherited.ts';
import type { CheckReading } from './check.ts';

/** A check that follows a bfd_instance. */
export function interpretBfdCheck(reading: CheckReading): HealthCheck | undefined {
  const { values, place, context } = reading;
  const { report } = context;
  const [line, second] = values.all('name').filter(({ words }) => words.length === 1);
  const [name] = line?.words ?? [];
  if (second !== undefined) {
    report.add(
      'repeated-setting',
      second.keyword.at,
      "'name' is given twice: the first one counts",
      'write a BFD_CHECK for each session',
    );
  }
  if (name === undefined) {
    if (!values.has('name')) reportIncomplete('name', reading);
    return undefined;
  }
  if (!context.sessions.has(name.text)) {
    reportUndefined('bfd_instance', name, reading);
    return undefined;
  }
  if (place.sessions.has(name.text)) {
    report.add(
      'duplicate-check',
      name.at,
      `this real server follows ${name.text} already: the check is left out`,
    );
    return undefined;
  }
  place.sessions.add(name.text);
  const alpha = inheritedFlag([values, ...place.layers], 'alpha');
  return { kind: 'bfd', instance: name.text, alpha };
}

/** A check by the number in a track_file. */
export function interpretFileCheck(reading: CheckReading): HealthCheck | undefined {
  const { values, context } = reading;
  const [name] = values.statement('track_file')?.words ?? [];
  const senseWord = values.statement('weight')?.words[1];
  if (senseWord !== undefined && !['reverse', 'noreverse'].includes(senseWord.text)) {
    context.report.add(
      'unknown-tracking-option',
      senseWord.at,
      `'${senseWord.text}' is not reverse or noreverse and is ignored`,
    );
  }
  if (name === undefined) {
    if (!values.has('track_file')) reportIncomplete('track_file', reading);
    return undefined;
  }
  const file = context.files.get(name.text);
  if (file === undefined) {
    reportUndefined('track_file', name, reading);
    return undefined;
  }
  const isReverse = senseWord === undefined ? undefined : senseWord.text === 'reverse';
  const weight = values.number('weight');
  const inherited = weight === undefined ? file.sense : 'normal';
  return {
    kind: 'file',
    file: name.text,
    weight: weight ?? file.weight,
    sense: isReverse === undefined ? inherited : isReverse ? 'reverse' : 'normal',
  };
}

function reportIncomplete(keyword: string, { statement, context: { report } }: CheckReading): void {
  const name = statement.definition.name;
  report.add(
    'incomplete-check',
    statement.keyword.at,
    `${name} without ${keyword} is left out`,
    `${keyword} NAME`,
  );
}

function reportUndefined(kind: string, name: Word, { context }: CheckReading): void {
  const isLater = context.definedLater.has(`${kind} ${name.text}`);
  context.report.add(
    'undefined-name',
    name.at,
    `there is no ${kind} ${name.text}${isLater ? ' above this line' : ''}: the check is left out`,
    isLater ? `move the block of ${name.text} above the virtual server` : undefined,
  );
}
