/** Text that remembers where each of its characters was written, through any substitution. */
export interface TracedLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** Offset added to an index to get its 1-based column; or the column of every character. */
  readonly columns: number | readonly number[];
  /** Whom the line was kept for: `@holdfast` lines are for nobody else. */
  readonly reader?: 'holdfast';
}

/** A place in the operator's own text. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function traceLine(file: string, line: number, text: string): TracedLine {
  return { file, line, text, columns: 1 };
}

export function columnAt({ columns, text }: TracedLine, index: number): number {
  if (typeof columns === 'number') return columns + index;
  if (index < columns.length) return columns[index] ?? 1;
  return text.length === 0 ? 1 : (columns[columns.length - 1] ?? 0) + 1;
}

export function positionAt(line: TracedLine, index: number): Position {
  return { file: line.file, line: line.line, column: columnAt(line, index) };
}

export function sliceLine(line: TracedLine, start: number, end: number): TracedLine {
  const { columns } = line;
  return {
    ...line,
    text: line.text.slice(start, end),
    columns: typeof columns === 'number' ? columns + start : columns.slice(start, end),
  };
}

export function trimLine(line: TracedLine): TracedLine {
  const start = line.text.length - line.text.trimStart().length;
  const end = line.text.trimEnd().length;
  return start === 0 && end === line.text.length
    ? line
    : sliceLine(line, start, Math.max(start, end));
}

/** Builds a line of pieces kept, each with its columns, and pieces put in, all at one column. */
export class LineBuilder {
  readonly #origin: TracedLine;
  readonly #columns: number[] = [];
  #text = '';

  constructor(origin: TracedLine) {
    this.#origin = origin;
  }

  get length(): number {
    return this.#text.length;
  }

  keep(start: number, end: number): void {
    this.#text += this.#origin.text.slice(start, end);
    for (let index = start; index < end; index++) {
      this.#columns.push(columnAt(this.#origin, index));
    }
  }

  insert(text: string, column: number): void {
    this.#text += text;
    for (let index = 0; index < text.length; index++) this.#columns.push(column);
  }

  build(): TracedLine {
    return { ...this.#origin, text: this.#text, columns: this.#columns };
  }
}
