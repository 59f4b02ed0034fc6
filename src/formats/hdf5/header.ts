/** Object headers: the messages that say what an object of the file is (HDF5 File Format Specification 3.0, IV.A). */
import type { Source } from './source.ts';

/** Numbers of the header messages that are read. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** One message: where its data lies. */
export interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

const SHARED = 2;
const V1_PREFIX = 16;
const V1_MESSAGE = 8;
const CHECKSUM = 4;
/** Objects of a network have a few messages each; blocks that point at each other do not end. */
const MAX_BLOCKS = 1024;

interface Block {
  readonly at: number;
  readonly end: number;
}

/** Where the messages of a header begin and end, and how they are laid out. */
interface Layout {
  readonly first: Block;
  /** Null for version 1. */
  readonly v2: { readonly ordered: boolean } | null;
}

function layoutOf(source: Source, at: number): Layout {
  if (!source.signed(at, 'OHDR')) {
    if (source.number(at, 1) !== 1) source.refuse(`no object begins at ${at}`);
    return { first: { at: at + V1_PREFIX, end: at + V1_PREFIX + source.number(at + 8, 4) }, v2: null };
  }
  const flags = source.number(at + 5, 1);
  const sizeAt = at + 6 + ((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4);
  const sizeBytes = 2 ** (flags & 3);
  const start = sizeAt + sizeBytes;
  return {
    first: { at: start, end: start + source.number(sizeAt, sizeBytes) },
    v2: { ordered: (flags & 4) !== 0 },
  };
}

/** All messages of the object at `at`, continuation blocks included. Shared messages are left out. */
export function messagesOf(source: Source, at: number): readonly Message[] {
  const { first, v2 } = layoutOf(source, at);
  const prefix = v2 === null ? V1_MESSAGE : v2.ordered ? 6 : 4;
  const blocks: Block[] = [first];
  const messages: Message[] = [];
  for (let i = 0; i < blocks.length; i += 1) {
    if (i >= MAX_BLOCKS) source.refuse(`the header of the object at ${at} does not end`);
    const block = blocks[i]!;
    source.need(block.at, block.end - block.at);
    for (let next = block.at; next + prefix <= block.end; ) {
      source.step();
      const type = source.number(next, v2 === null ? 2 : 1);
      const size = source.number(next + (v2 === null ? 2 : 1), 2);
      const flags = source.number(next + (v2 === null ? 4 : 3), 1);
      const data = next + prefix;
      if (data + size > block.end) source.refuse(`a message of the object at ${at} is cut off`);
      if (type === MESSAGE.continuation) {
        const to = source.address(data) ?? source.refuse('a header continues nowhere');
        const end = to + source.length(data + source.offsetSize);
        // Version 2 has a signature in front and a checksum behind.
        blocks.push(v2 === null ? { at: to, end } : { at: to + 4, end: end - CHECKSUM });
      } else if ((flags & SHARED) === 0) {
        messages.push({ type, at: data, size });
      }
      next = data + size;
    }
  }
  return messages;
}
