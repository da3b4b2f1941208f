import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Diagnostic, formatDiagnostic } from './diagnostics.ts';

const diagnostic: Diagnostic = {
  code: 'unknown-keyword',
  severity: 'error',
  file: 'keepalived.conf',
  line: 12,
  column: 3,
  message: "unknown keyword 'prioritiy'",
};

test('a diagnostic reads as FILE:LINE:COLUMN, so that editors can jump there', () => {
  assert.equal(
    formatDiagnostic(diagnostic),
    "keepalived.conf:12:3: error: unknown keyword 'prioritiy' [unknown-keyword]",
  );
});

test('the hint follows in brackets', () => {
  assert.equal(
    formatDiagnostic({ ...diagnostic, severity: 'warning', hint: "write 'priority'" }),
    "keepalived.conf:12:3: warning: unknown keyword 'prioritiy' (write 'priority') [unknown-keyword]",
  );
});
