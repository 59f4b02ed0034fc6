/** What a network must not be called, because something else has the name already. */

/** Words of C. */
const WORDS = `
auto case char const default do double else enum extern float for goto if inline int long main register restrict return short
signed sizeof static struct switch typedef union unsigned void volatile while`;

/** Targets that CMake or the emitted CMakeLists.txt has. */
const TARGETS = `
all clean edit_cache help install package package_source preinstall rebuild_cache snug_cmsis_nn test`;

/**
 * Headers of C, of C++ and POSIX, and what lies beside them in glibc, newlib, musl and the compilers' own folders. A program's
 * folder is searched first, so that `<name>.h` would stand in for them wherever they include each other.
 */
const HEADERS = `
aio aliases alloca ar argp argz assert byteswap complex cpio cpuid cross_stdarg crypt ctype devctl dirent dlfcn elf endian
envlock envz err errno error execinfo fastmath fcntl features fenv float fmtmsg fnmatch fstab fts ftw gconv gcov getopt glob
grp gshadow iconv ieeefp ifaddrs inttypes iso646 langinfo lastlog libgen libintl limits link locale malloc math mcheck memory
mm_malloc mntent monetary mqueue nano ndbm netdb newlib nl_types nss obstack omp openacc paths picolibc poll printf
proc_service pthread pty pwd quadmath re_comp reent regdef regex regexp release resolv search sched semaphore setjmp sgtty
shadow signal spawn stab stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdfix stdint stdio stdio_ext stdlib
stdnoreturn string strings syscall sysexits syslimits syslog tar term termcap termio termios tgmath thread_db threads time
ttyent uchar ucontext ulimit unctrl unistd unwind utime utmp utmpx values varargs wait wchar wctype wordexp xlocale`;

/** Libraries that compilers link by default: CMake would take a target of the name in their place. */
const LIBRARIES = `
c dl g gcc gloss m nosys pthread rdimon rt`;

/** Files that Windows cannot have, whatever their extension. */
const DEVICES = `
aux con nul prn com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9`;

const setOf = (...lists: readonly string[]): ReadonlySet<string> => new Set(lists.join(' ').trim().split(/\s+/));

/** Taken for anything in a program: layers and regions of memory, too. */
export const RESERVED_WORDS: ReadonlySet<string> = setOf(
  WORDS,
  TARGETS,
  'arm_nn_types arm_nnfunctions stddef stdint stdio string',
);

const RESERVED_NAMES = setOf(WORDS, TARGETS, HEADERS, LIBRARIES, DEVICES);

/** CMSIS's headers and functions and snug's own; and functions of the program, which have numbers. */
const RESERVED_FORMS = /^(arm|cmsis|core|snug)_|^(flow|layer|window)_\d/;

/** Whether a network's files, symbols or target would take the place of others. */
export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.has(name) || RESERVED_FORMS.test(name);
}
