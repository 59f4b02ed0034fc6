/**
 * Groups: the named objects in them, from symbol tables (the form that h5py and Keras write) or from link messages. Groups
 * whose links lie in a fractal heap are refused.
 */
import { unsupportedModel } from '../../diagnostics/catalog.ts';
import { SnugError } from '../../diagnostics/diagnostic.ts';
import { MESSAGE, type Message } from './header.ts';
import type { Source } from './source.ts';

/** A name and the address of its object. */
export type Link = readonly [name: string, address: number];

/** Bytes of a name; longer ones are cut off. */
const MAX_NAME = 1024;
const NODE_PREFIX = 8;
const SYMBOLS_PREFIX = 8;
/** Behind the two addresses of a symbol: kind of cache, reserved, scratch space. */
const SYMBOL_REST = 24;

/** Refuses a part of the format that files of networks do not use. */
export function refuseForm(source: Source, what: string): never {
  const problem = `the HDF5 file uses ${what}, which snug does not read`;
  const fix = "save the network again with Keras, or open the file with h5py's default libver";
  throw new SnugError(unsupportedModel({ problem, fix }, { file: source.file }));
}

/** The addresses of all leaves of a version 1 B-tree of `type` (0 for groups, 1 for chunks), with where their keys lie. */
export function leavesOf(
  source: Source,
  root: number,
  type: number,
  keySize: number,
): readonly { readonly key: number; readonly child: number }[] {
  const leaves: { readonly key: number; readonly child: number }[] = [];
  const seen = new Set<number>();
  const pending = [root];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) source.refuse('the nodes of an index form a cycle');
    seen.add(at);
    if (!source.signed(at, 'TREE') || source.number(at + 4, 1) !== type) source.refuse(`no index node lies at ${at}`);
    const level = source.number(at + 5, 1);
    const used = source.number(at + 6, 2);
    const first = at + NODE_PREFIX + 2 * source.offsetSize;
    for (let i = 0; i < used; i += 1) {
      source.step();
      const key = first + i * (keySize + source.offsetSize);
      const child = source.address(key + keySize) ?? source.refuse('an index points nowhere');
      if (level === 0) leaves.push({ key, child });
      else pending.push(child);
    }
  }
  return leaves;
}

function fromSymbolTable(source: Source, message: Message): readonly Link[] {
  const tree = source.address(message.at) ?? source.refuse('a group has no index');
  const heap = source.address(message.at + source.offsetSize) ?? source.refuse('a group has no names');
  if (!source.signed(heap, 'HEAP')) source.refuse(`no heap of names lies at ${heap}`);
  const size = source.length(heap + 8);
  const names = source.address(heap + 8 + 2 * source.lengthSize) ?? source.refuse('a group has no names');
  source.need(names, size);
  const links: Link[] = [];
  for (const { child } of leavesOf(source, tree, 0, source.lengthSize)) {
    if (!source.signed(child, 'SNOD')) source.refuse(`no symbols lie at ${child}`);
    for (let i = 0; i < source.number(child + 6, 2); i += 1) {
      source.step();
      const at = child + SYMBOLS_PREFIX + i * (2 * source.offsetSize + SYMBOL_REST);
      const offset = source.number(at, source.offsetSize);
      if (offset >= size) source.refuse('a name lies outside of its heap');
      const address = source.address(at + source.offsetSize);
      // A soft link has no address; networks have none.
      if (address !== null) links.push([source.text(names + offset, Math.min(size - offset, MAX_NAME)), address]);
    }
  }
  return links;
}

function fromLinkMessage(source: Source, { at, size }: Message): Link | null {
  const flags = source.number(at + 1, 1);
  let next = at + 2;
  const kind = (flags & 8) === 0 ? 0 : source.number(next, 1);
  next += ((flags & 8) === 0 ? 0 : 1) + ((flags & 4) === 0 ? 0 : 8) + ((flags & 16) === 0 ? 0 : 1);
  const lengthBytes = 2 ** (flags & 3);
  const length = source.number(next, lengthBytes);
  next += lengthBytes;
  if (length > Math.min(size, MAX_NAME)) source.refuse('a name is longer than its link');
  const address = kind === 0 ? source.address(next + length) : null;
  return address === null ? null : [source.text(next, length), address];
}

/** The links of a group, or null where the messages are not those of a group. */
export function linksOf(source: Source, messages: readonly Message[]): readonly Link[] | null {
  const table = messages.find(({ type }) => type === MESSAGE.symbolTable);
  if (table !== undefined) return fromSymbolTable(source, table);
  const info = messages.find(({ type }) => type === MESSAGE.linkInfo);
  if (info === undefined) return null;
  const ordered = (source.number(info.at + 1, 1) & 1) !== 0;
  if (source.address(info.at + 2 + (ordered ? 8 : 0)) !== null) refuseForm(source, 'groups with a fractal heap');
  return messages
    .filter(({ type }) => type === MESSAGE.link)
    .map(message => fromLinkMessage(source, message))
    .filter(link => link !== null);
}
