import { expect, test } from 'vitest';
import { writeSafetensors } from '../../src/formats/safetensors.ts';
import { loadModel } from '../../src/frontends/index.ts';
import { node, onnxModel } from '../support/onnx-writer.ts';
import { refusalFrom } from '../support/refusal.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, c => c.charCodeAt(0));
const MODEL = onnxModel({ nodes: [node('Relu', ['x'], 'y')] });

test('an ONNX model is recognized by its content, whatever its name', async () => {
  const { graph, format } = await loadModel({ path: 'models/My Net.v2.bin', bytes: MODEL });
  expect([graph.name, format]).toEqual(['My_Net_v2_bin', 'onnx']);
  expect(await loadModel({ path: 'models/net.onnx', bytes: MODEL }, { resolution: [6, 8] })).toMatchObject({
    graph: { name: 'net', stage: 'float', weights: 'file' },
    notes: [],
  });
});

test.each([
  ['weights.safetensors', writeSafetensors(new Map()), '--model mobilenet-v2 --weights weights.safetensors'],
  ['weights.bin', writeSafetensors(new Map()), '--weights weights.bin'],
  ['broken.safetensors', bytesOf('x'), '--weights'],
  ['net.pt', bytesOf('PK\x03\x04\0\0'), 'torch.onnx.export'],
  ['net.onnx', bytesOf('PK\x03\x04\0\0'), 'torch.onnx.export'],
  ['net.pkl', bytesOf('\x80\x02}q\0.'), '--weights net.pkl'],
  ['package.json', bytesOf('{"name": "net"}'), 'modelTopology'],
  ['data.json', bytesOf('[1, 2'), 'weightsManifest'],
  ['net.txt', bytesOf('hello'), 'ONNX (.onnx)'],
  ['empty', new Uint8Array(0), 'ONNX (.onnx)'],
])('%s is in no format that is read, and the hint says what to do', async (path, bytes, hint) => {
  const diagnostic = await refusalFrom(() => loadModel({ path, bytes }));
  expect(diagnostic).toMatchObject({ code: 'SNUG201', origin: { file: path } });
  expect(diagnostic.hint).toContain(hint);
});

test('a damaged ONNX file is called so, by content or by name', async () => {
  const cut = MODEL.subarray(0, MODEL.length - 9);
  expect((await refusalFrom(() => loadModel({ path: 'net.bin', bytes: cut }))).code).toBe('SNUG202');
  expect((await refusalFrom(() => loadModel({ path: 'NET.ONNX', bytes: new Uint8Array(3) }))).code).toBe('SNUG202');
});
