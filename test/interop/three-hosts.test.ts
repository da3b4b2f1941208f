import { describeScenario } from './scenario.ts';

describeScenario({
  title: 'holdfast and keepalived, three hosts',
  v3IntervalSeconds: 1,
  casts: [
    { a: 'keepalived', b: 'holdfast', c: 'keepalived' },
    { a: 'holdfast', b: 'keepalived', c: 'holdfast' },
    { a: 'keepalived', b: 'keepalived', c: 'keepalived' },
  ],
  // Of two backups the better one wins by the difference of their skew times. With nopreempt the first one stays, so
  // there it is nearly a second.
  kinds: [
    { name: 'abc', priorities: [250, 130, 10], preempt: 'preempt', wantsMaster: 0 },
    { name: 'cab', priorities: [130, 10, 250], preempt: 'preempt' },
    { name: 'bca', priorities: [10, 250, 130], preempt: 'preempt' },
    { name: 'bca-keeps', priorities: [1, 250, 249], preempt: 'nopreempt' },
    { name: 'equal', priorities: [100, 100, 100], preempt: 'preempt' },
  ],
  // abc, cab, bca, bca-keeps, equal; the address stays where a daemon was killed.
  steps: [
    ['b   b   b   b   b    ', 'b starts alone', (on) => on.start('b')],
    ['a   c   b   b   b    ', 'a and c join', (on) => on.start('a', 'c')],
    ['a   c   bc  bc  ab|bc', 'b crashes', (on) => on.crash('b')],
    ['a   c   b   c   a|c  ', 'b comes back', (on) => on.start('b')],
    ['a   a   b   b   a|b  ', 'the power of c fails', (on) => on.powerOff('c')],
    ['a   c   b   b   a|b  ', 'c has power again', (on) => on.powerOn('c')],
    ['b   c   b   b   b|c  ', 'a stops', (on) => on.stop('a')],
    ['a   c   b   b   b|c  ', 'a starts again', (on) => on.start('a')],
    ['a   a   b   b   a|b  ', 'the cable of c is pulled', (on) => on.setCable('pulled', 'c')],
    ['a   c   b   b   a|b  ', 'the cable of c is back', (on) => on.setCable('plugged', 'c')],
    ['abc abc abc abc abc  ', 'none hears another', (on) => on.setIsolation('isolated')],
    ['a   c   b   b   c    ', 'all hear one another', (on) => on.setIsolation('connected')],
    ['b   b   b   b   b    ', 'the power of a and c fails', (on) => on.powerOff('a', 'c')],
    ['a   c   b   b   b    ', 'a and c have power again', (on) => on.powerOn('a', 'c')],
    ['a   c   c   c   a|c  ', 'the cable of b is pulled', (on) => on.setCable('pulled', 'b')],
    ['a   c   b   c   a|c  ', 'the cable of b is back', (on) => on.setCable('plugged', 'b')],
    ['-   -   -   -   -    ', 'all stop', (on) => on.stop('a', 'b', 'c')],
  ],
});
