import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCsv } from '../../src/pictures/csv.ts';
import { holds } from '../support/property.ts';

const fieldsOf = (text: string): unknown => {
  const rows = parseCsv(text);
  return 'problem' in rows ? rows : rows.map(({ fields }) => fields);
};

test('rows end with LF, CRLF or the text, and empty lines are none', () => {
  const rows = [
    ['a', 'b'],
    ['c', ''],
  ];
  expect(fieldsOf('a,b\nc,\n')).toEqual(rows);
  expect(fieldsOf('a,b\r\nc,')).toEqual(rows);
  expect(fieldsOf('\n\r\na,b\n\nc,\n\n')).toEqual(rows);
  expect(fieldsOf('')).toEqual([]);
  expect(fieldsOf('""')).toEqual([['']]);
  expect(fieldsOf(' a , b')).toEqual([[' a ', ' b']]);
});

test('quotes hold commas, line breaks and quotes, and lines are counted over them', () => {
  expect(parseCsv('"a,""b""","c\r\nd"\n\ne,f')).toEqual([
    { line: 1, fields: ['a,"b"', 'c\r\nd'] },
    { line: 4, fields: ['e', 'f'] },
  ]);
});

test('what is no CSV is refused with its line', () => {
  expect(parseCsv('a,b\n"c,d\ne')).toEqual({ line: 2, problem: 'a quote is never closed' });
  expect(parseCsv('a,b\nc"d,e')).toEqual({
    line: 2,
    problem: 'a quote stands inside a field that does not begin with one',
  });
  expect(parseCsv('"a"b,c')).toEqual({ line: 1, problem: 'text follows a closing quote' });
  expect(parseCsv('a\rb')).toEqual({ line: 1, problem: 'a carriage return stands without a line feed' });
});

test('what is quoted reads back, and any text ends', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
  holds(
    fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }), rows => {
      const quoted = rows.map(row => row.map(field => `"${field.replaceAll('"', '""')}"`).join(','));
      expect(fieldsOf(quoted.join('\n'))).toEqual(rows);
      expect(fieldsOf(`${quoted.join('\r\n')}\r\n`)).toEqual(rows);
      parseCsv(rows.flat().join(''));
    }),
  );
});

test('a field of many megabytes is no trouble', () => {
  const long = 'x"",\n'.repeat(1_000_000);
  expect(fieldsOf(`"${long}",1`)).toEqual([[long.replaceAll('""', '"'), '1']]);
  expect(fieldsOf(`"${long}`)).toMatchObject({ problem: 'a quote is never closed' });
});
