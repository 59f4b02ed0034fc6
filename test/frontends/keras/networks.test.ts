import { expect, test } from 'vitest';
import { convertKeras } from '../../../src/frontends/keras/convert.ts';
import { parseNetwork } from '../../../src/frontends/keras/parse.ts';
import { namedStore } from '../../../src/frontends/keras/weights.ts';
import { functionalModel, kerasLayer } from '../../support/keras-model.ts';
import { refusalOf } from '../../support/refusal.ts';

const convert = (configuration: unknown) =>
  convertKeras(parseNetwork(configuration, 'net.json'), namedStore([], 'net.json'), { file: 'net.json' });
const relu = (name: string, ...calls: string[]) =>
  kerasLayer(
    'ReLU',
    name,
    {},
    calls.map(input => [input]),
  );
const sequential = (layers: unknown, more: object = {}) => ({
  class_name: 'Sequential',
  config: { name: 's', layers, ...more },
});

test.each<[string, unknown, string, string]>([
  ['a cycle', functionalModel([relu('a', 'b'), relu('b', 'a')], 'b'), 'SNUG202', 'cycle'],
  ['a layer that reads itself', functionalModel([relu('a', 'a')], 'a'), 'SNUG202', 'cycle'],
  ['a layer that is not there', functionalModel([relu('a', 'b')], 'a'), 'SNUG202', 'no layer b'],
  ['two layers of one name', functionalModel([relu('a', 'x'), relu('a', 'x')], 'a'), 'SNUG202', 'two layers'],
  ['a layer without an input', functionalModel([relu('a')], 'a'), 'SNUG202', 'no input'],
  ['a batch', functionalModel([relu('a', 'x')], 'a', [8, 4, 4, 3]), 'SNUG204', 'batch of 8'],
  [
    'an open number of channels',
    functionalModel([relu('a', 'x')], 'a', [null, 4, 4, null]),
    'SNUG204',
    'channels is not fixed',
  ],
  ['a subclassed model', { class_name: 'MyModel', config: {} }, 'SNUG204', 'MyModel'],
  ['no layers', sequential([]), 'SNUG202', 'no layers'],
  ['an input without a shape', sequential([relu('a')]), 'SNUG204', 'what shape'],
  ['a list', [], 'SNUG202', 'JSON object'],
  ['nothing', null, 'SNUG202', 'JSON object'],
  ['layers that are no list', sequential({}), 'SNUG202', 'list of layers'],
  ['a layer that is no object', sequential([7]), 'SNUG202', 'layer 0 is 7'],
  ['a layer without a class', sequential([{}]), 'SNUG202', 'its class is missing'],
])('%s is refused', (_, configuration, code, problem) => {
  const diagnostic = refusalOf(() => convert(configuration));
  expect(diagnostic).toMatchObject({ code, origin: { file: 'net.json' } });
  expect(diagnostic.message).toContain(problem);
});

test('several inputs and outputs are refused by name', () => {
  const { class_name, config } = functionalModel([relu('a', 'x'), relu('b', 'x')], 'a') as {
    class_name: string;
    config: object;
  };
  const ends = [
    ['a', 0, 0],
    ['b', 0, 0],
  ];
  expect(refusalOf(() => convert({ class_name, config: { ...config, output_layers: ends } })).message).toContain(
    'a, b',
  );
  expect(refusalOf(() => convert({ class_name, config: { ...config, input_layers: ends } })).message).toContain('a, b');
});

test('a Sequential model takes its shape from wherever Keras wrote it', () => {
  const kinds = (configuration: unknown) => convert(configuration).graph.nodes.map(({ kind }) => kind);
  expect(kinds(sequential([relu('a')], { build_input_shape: [null, 4, 4, 2] }))).toEqual(['clamp']);
  expect(kinds(sequential([kerasLayer('ReLU', 'a', { batch_input_shape: [null, 4, 4, 2] })]))).toEqual(['clamp']);
  const inner = { ...functionalModel([relu('a', 'x')], 'a', [null, 4, 4, 2]), name: 'inner' };
  expect(kinds(sequential([inner, relu('b')]))).toEqual(['clamp', 'clamp']);
  expect(
    kinds({ class_name: 'Sequential', config: [kerasLayer('ReLU', 'a', { batch_input_shape: [null, 3] })] }),
  ).toEqual(['clamp']);
});

test('a chain that is deeper than the stack is converted, or refused for its length', () => {
  const chain = (length: number) =>
    functionalModel(
      Array.from({ length }, (_, i) => relu(`r${i}`, i === 0 ? 'x' : `r${i - 1}`)),
      `r${length - 1}`,
    );
  expect(convert(chain(5_000)).graph.nodes).toHaveLength(5_000);
  expect(refusalOf(() => convert(chain(20_000)))).toMatchObject({ code: 'SNUG202' });
});

test('networks that call each other twice on many levels are refused', () => {
  let network: object = functionalModel([relu('a', 'x')], 'a');
  for (let level = 0; level < 15; level += 1) {
    const inner = { ...network, name: 'n', config: { ...(network as { config: object }).config, name: 'n' } };
    const called = { ...inner, inbound_nodes: kerasLayer('', '', {}, [['x'], ['n']])['inbound_nodes'] };
    const second = { class_name: '__keras_tensor__', config: { keras_history: ['n', 1, 0] } };
    network = functionalModel([called, { ...relu('last'), inbound_nodes: [{ args: [second], kwargs: {} }] }], 'last');
  }
  expect(refusalOf(() => convert(network)).message).toContain('calls its layers more than');
  let deep: object = functionalModel([relu('a', 'x')], 'a');
  for (let level = 0; level < 40; level += 1) deep = sequential([deep]);
  expect(refusalOf(() => convert(deep)).message).toContain('too deep');
});
