/**
 * What a network may be called: every file, symbol and CMake target of the emitted C begins with the name, and the macros
 * with the same in upper case, so that two names must not differ in case only. Here because configurations, manifests and
 * the code generator must agree.
 */
export const NETWORK_NAME: RegExp = /^[a-z][a-z0-9_]*$/;

/** `NETWORK_NAME` in words, for diagnostics. */
export const NETWORK_NAME_RULE = 'lower-case letters, digits and underscores, a letter first';
