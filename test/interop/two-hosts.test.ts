import { describeScenario } from './scenario.ts';

const v3IntervalSeconds = 0.5;

describeScenario({
  title: 'holdfast and keepalived, one of each',
  v3IntervalSeconds,
  casts: [
    { a: 'holdfast', b: 'keepalived' },
    { a: 'keepalived', b: 'holdfast' },
    { a: 'keepalived', b: 'keepalived' },
  ],
  kinds: [
    { name: 'a-first', priorities: [150, 100], preempt: 'preempt', wantsMaster: 0 },
    { name: 'b-first', priorities: [100, 150], preempt: 'preempt' },
    { name: 'a-keeps', priorities: [150, 100], preempt: 'nopreempt' },
    { name: 'b-keeps', priorities: [100, 150], preempt: 'nopreempt' },
    { name: 'equal', priorities: [100, 100], preempt: 'preempt' },
    { name: 'b-owns', priorities: [100, 255], preempt: 'preempt', wantsMaster: 1 },
  ],
  // a-first, b-first, a-keeps, b-keeps, equal, b-owns; the address stays where a daemon was killed.
  steps: [
    ['a   a   a   a   a   a  ', 'a starts alone', (on) => on.start('a')],
    ['a   b   a   a   a   b  ', 'b joins', (on) => on.start('b')],
    ['ab  b   ab  ab  ab  b  ', 'a crashes', (on) => on.crash('a')],
    ['a   b   b   b   b   b  ', 'a comes back', (on) => on.start('a')],
    ['a   a   a   a   a   a  ', 'the power of b fails', (on) => on.powerOff('b')],
    ['a   b   a   a   a   b  ', 'b has power again', (on) => on.powerOn('b')],
    ['b   b   b   b   b   b  ', 'a stops', (on) => on.stop('a')],
    ['a   b   b   b   b   b  ', 'a starts again', (on) => on.start('a')],
    ['a   a   a   a   a   a  ', 'the cable of b is pulled', (on) => on.setCable('pulled', 'b')],
    ['a   b   a   a   a   b  ', 'the cable of b is back', (on) => on.setCable('plugged', 'b')],
    ['ab  ab  ab  ab  ab  ab ', 'they do not hear each other', (on) => on.setIsolation('isolated')],
    ['a   b   a   b   b   b  ', 'they hear each other', (on) => on.setIsolation('connected')],
    ['a   ab  a   ab  ab  ab ', 'b crashes', (on) => on.crash('b')],
    ['a   b   a   a   a   b  ', 'b comes back', (on) => on.start('b')],
    ['b   b   b   b   b   b  ', 'the power of a fails', (on) => on.powerOff('a')],
    ['a   b   b   b   b   b  ', 'a has power again', (on) => on.powerOn('a')],
    ['a   a   a   a   a   a  ', 'b stops', (on) => on.stop('b')],
    ['a   b   a   a   a   b  ', 'b starts again', (on) => on.start('b')],
    ['b   b   b   b   b   b  ', 'the cable of a is pulled', (on) => on.setCable('pulled', 'a')],
    ['a   b   b   b   b   b  ', 'the cable of a is back', (on) => on.setCable('plugged', 'a')],
    ['-   -   -   -   -   -  ', 'both stop', (on) => on.stop('a', 'b')],
  ],
});
