/** 5xx: the host's tools. */
import { type DiagnosticConstructor, define } from '../diagnostic.ts';

export const toolMissing: DiagnosticConstructor<{ tool: string; install: string; instead?: string }> = define(
  'SNUG501',
  'usage',
  d => `${d.tool} is not installed or not on the PATH`,
  d =>
    `install it, for example with: ${d.install}; snug doctor lists all that is missing${d.instead === undefined ? '' : `. Or ${d.instead}`}`,
);
export const portableKernelsMissing: DiagnosticConstructor<{ path: string }> = define(
  'SNUG502',
  'usage',
  d => `${d.path} holds no portable kernels, and no CMSIS-NN was given in their place`,
  () => 'compile with --kernels auto or portable, or name CMSIS-NN with snug verify --cmsis-nn',
);

export const cmsisNnMissing: DiagnosticConstructor<{ path: string; lookedFor: string }> = define(
  'SNUG503',
  'usage',
  d => `${d.path} is neither a checkout of CMSIS-NN nor a folder with its archive: there is no ${d.lookedFor}`,
  () => 'give a checkout, with CMakeLists.txt and Include/, or a folder with libcmsis-nn.a and Include/',
);

export const cmsisNnNotBuilt: DiagnosticConstructor<{ path: string; output: string }> = define(
  'SNUG504',
  'usage',
  d => `CMSIS-NN in ${d.path} was not built:\n${d.output}`,
  () => 'check that the checkout is complete and that its release builds with this compiler (docs/cmsis-nn.md)',
);

/** At most so many parts of a list are said; the rest are counted. */
const MOST_SAID = 5;

export const cmsisNnIncomplete: DiagnosticConstructor<{ path: string; lacks: readonly string[] }> = define(
  'SNUG505',
  'usage',
  d => {
    const [said, more] = [d.lacks.slice(0, MOST_SAID), d.lacks.length - MOST_SAID];
    return `CMSIS-NN in ${d.path} is incomplete or too old: it lacks ${said.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  },
  () =>
    'restore what is missing there, or give a whole checkout of release 4.1.0 or later; build an archive again from all folders of its Source/ (docs/cmsis-nn.md)',
);

export const cmsisNnForAnotherBuild: DiagnosticConstructor<{ path: string; says: string }> = define(
  'SNUG506',
  'usage',
  d => `the archive of CMSIS-NN in ${d.path} is damaged, or for another core or float ABI: ${d.says}`,
  () =>
    'build it with the compiler and the processor flags of the target, or give a checkout, which snug builds itself',
);

export const machineMissing: DiagnosticConstructor<{ target: string; core: string; machines: string }> = define(
  'SNUG510',
  'usage',
  d => `QEMU has no machine for ${d.target}, whose core is ${d.core}`,
  d => `take a target with one of the cores ${d.machines}, or run the firmware of snug build on the board itself`,
);
