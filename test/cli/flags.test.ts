/** Values of flags that are refused where they are read, and what the others become. */
import { Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { addModelFlags } from '../../src/cli/flags.ts';

function channelsOf(value: string): unknown {
  const command = addModelFlags(new Command())
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  return command.parse(['--channels', value], { from: 'user' }).opts()['channels'];
}

test('--channels takes 1 and 3, as numbers', () => {
  expect([channelsOf('1'), channelsOf('3')]).toEqual([1, 3]);
});

test.each(['2', '4', '0', '-1', '3.0', '1e0', '', 'rgb'])('--channels %s is refused', value => {
  expect(() => channelsOf(value)).toThrow(CommanderError);
  expect(() => channelsOf(value)).toThrow('Allowed choices are 1, 3.');
});
