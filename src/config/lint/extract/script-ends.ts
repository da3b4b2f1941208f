/** Whether a simple shell script can end well: a reading of its exits, not a run. */

/** A test whose left side is gone: the shell says “unary operator expected” and takes it for false. */
export const TEST_WITHOUT_VALUE = /\bif\s+\[\s+-(?:gt|ge|lt|le|eq|ne)\s/;

/** One list of commands that are run one after the other. */
interface Frame {
  /** `fails`: whoever comes here fails; `open`: it goes on. */
  end: 'open' | 'fails' | 'succeeds';
  /** Whether the branch can be taken at all. */
  readonly isLive: boolean;
  /** Branches of the `if` that this frame belongs to. */
  readonly branches: Frame['end'][];
  hasElse: boolean;
}

/**
 * True only where that is certain: every way that can be taken meets an `exit` that is not 0. Loops, cases
 * and functions make it uncertain, and so false.
 */
export function alwaysFails(text: string): boolean {
  const frame = (isLive: boolean, branches: Frame['end'][] = []): Frame => {
    return { end: 'open', isLive, branches, hasElse: false };
  };
  const stack: Frame[] = [frame(true)];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const top = stack.at(-1);
    if (top === undefined || line === '' || line.startsWith('#')) continue;
    if (/^(?:while|until|for|case)\b|\(\)\s*\{?$|^(?:return|exec|trap|\.|source)\b/.test(line))
      return false;
    if (/^if\b/.test(line)) {
      if (/\bfi\s*$/.test(line)) {
        if (/\bexit\b(?!\s+[1-9])/.test(line) && top.end === 'open') top.end = 'succeeds';
      } else stack.push(frame(!TEST_WITHOUT_VALUE.test(line)));
    } else if (/^(?:else|elif)\b/.test(line)) {
      if (top.isLive) top.branches.push(top.end);
      stack[stack.length - 1] = frame(true, top.branches);
      const next = stack.at(-1);
      if (next !== undefined) next.hasElse = line.startsWith('else');
    } else if (/^fi\b/.test(line)) {
      if (top.isLive) top.branches.push(top.end);
      stack.pop();
      close(top, stack.at(-1));
    } else settle(top, line);
  }
  return stack.length === 1 && stack[0]?.end === 'fails';
}

function close({ branches, hasElse }: Frame, outer: Frame | undefined): void {
  if (outer?.end !== 'open') return;
  if (hasElse && branches.every((end) => end === 'fails')) outer.end = 'fails';
  else if (branches.includes('succeeds')) outer.end = 'succeeds';
}

function settle(frame: Frame, line: string): void {
  const [, status] = /^exit\s+(\d+)/.exec(line) ?? [];
  if (frame.end !== 'open') return;
  if (status !== undefined) frame.end = status === '0' ? 'succeeds' : 'fails';
  else if (/^exit\b|(?:&&|\|\||;)\s*exit(?:\s+0)?\s*(?:$|;)/.test(line)) frame.end = 'succeeds';
}

/** Whatever could end it otherwise: an exit that is not 0, one of another command, a shell that ends by itself. */
const OTHER_ENDS: readonly RegExp[] = [
  /\bexit\b(?!\s+0\b)|\|\|\s*(?:false|return)\b/,
  /^\s*(?:return|exec|trap|\.|source)\b|\bset\s+-\w*[eu]/,
  /\b(?:kill|pkill|killall|systemctl|service)\b/,
];

/** True only where its last command is `exit 0` and nothing before it can end it otherwise, nor stops keepalived. */
export function alwaysSucceeds(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const isOther = (line: string): boolean => OTHER_ENDS.some((pattern) => pattern.test(line));
  return /^exit\s+0\b/.test(lines.at(-1) ?? '') && !lines.some(isOther);
}
