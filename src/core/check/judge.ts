/** What a finding means for the check that asked. */
import type { HttpUrl } from '../../config/model/health-check.ts';
import type { Finding } from './probe.ts';
import type { AskingCheck } from './requests.ts';

export type Judgement =
  /** `weight`: what a script wants the server's to be from now on. */
  | { readonly kind: 'passed'; readonly detail: string; readonly weight?: number }
  | { readonly kind: 'failed'; readonly detail: string };

/** A script with `misc_dynamic` that exits with at least this sets the weight. */
const FIRST_WEIGHT_STATUS = 2;

/** `step`: the index of the question. */
export function judge(check: AskingCheck, step: number, finding: Finding): Judgement {
  switch (finding.kind) {
    case 'passed':
    case 'failed':
      return { kind: finding.kind, detail: finding.detail };
    case 'exited':
      return judgeExit(finding.status, check.kind === 'script' && check.setsWeight);
    case 'http-answered': {
      const url = check.kind === 'http' || check.kind === 'https' ? check.urls[step] : undefined;
      return judgeAnswer(finding, url);
    }
  }
}

function judgeExit(status: number, setsWeight: boolean): Judgement {
  const detail = `exit status ${status}`;
  if (status === 0) return { kind: 'passed', detail };
  if (!setsWeight || status < FIRST_WEIGHT_STATUS) return { kind: 'failed', detail };
  return { kind: 'passed', detail, weight: status - FIRST_WEIGHT_STATUS };
}

function judgeAnswer(
  { status, digest, regex }: Extract<Finding, { kind: 'http-answered' }>,
  url: HttpUrl | undefined,
): Judgement {
  if (url === undefined) return { kind: 'failed', detail: `status ${status}` };
  const { path, statusCodes } = url;
  const isExpected = statusCodes.some(({ first, last }) => first <= status && status <= last);
  if (!isExpected) {
    return { kind: 'failed', detail: `status ${status} for ${path}, not ${codesText(url)}` };
  }
  if (url.digest !== undefined && url.digest !== digest) {
    return { kind: 'failed', detail: `digest ${digest ?? 'missing'} for ${path}` };
  }
  if (url.regex !== undefined && url.regex.expected !== regex) {
    const how = regex === 'match' ? 'matches' : 'does not match';
    return { kind: 'failed', detail: `the body of ${path} ${how} ${url.regex.pattern}` };
  }
  return { kind: 'passed', detail: `status ${status}` };
}

function codesText({ statusCodes }: HttpUrl): string {
  return statusCodes
    .map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`))
    .join(' ');
}
